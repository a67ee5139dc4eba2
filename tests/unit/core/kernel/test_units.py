"""Conversion between the units that devices send and those that profiles keep."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.numbers import decimal_of
from gateway.core.kernel.units import conversion, split_text, unit_names

DIMENSIONS = [
    "Pa hPa kPa MPa mbar bar psi mH2O kgf/cm2 mmHg inHg",
    "mm cm m km in ft",
    "m3/h L/s L/min L/h m3/s",
    "L m3 gal",
    "m/s mm/s km/h",
    "W kW MW",
    "VA kVA",
    "var kvar",
    "Wh kWh MWh J kJ MJ",
    "uV mV V kV",
    "mA A",
    "Hz kHz",
    "ms s min h d",
    "g kg",
    "% ‰ 1 ppm ppb",
    "ug/m3 mg/m3",
    "Ohm kOhm",
    "°C °F K",
    "dB/m %/m",
    "m/s2 gn",
]
"""The units that the language knows, those of one dimension together."""

PAIRS = [pair for units in DIMENSIONS for pair in permutations(units.split(), 2)]
ALONE = ["lx", "rpm", "dB", "°"]


def converted(value: float, sent: str, kept: str) -> float:
    convert = conversion(sent, kept)
    return value if convert is None else float(convert(decimal_of(value)))


@pytest.mark.parametrize(
    ("value", "sent", "kept", "expected"),
    [
        # By definition of the units, or of the SI brochure's table of non-SI units.
        (1, "bar", "MPa", 0.1),
        (1013.25, "hPa", "kPa", 101.325),
        (1013.25, "mbar", "hPa", 1013.25),
        (100, "psi", "MPa", 0.689_475_729_316_8),
        (10, "mH2O", "MPa", 0.0980665),
        (1, "kgf/cm2", "MPa", 0.0980665),
        (760, "mmHg", "Pa", 101_325),
        (29.921, "inHg", "hPa", 1013.242),
        (12, "in", "cm", 30.48),
        (1, "ft", "mm", 304.8),
        (3.6, "m3/h", "L/s", 1),
        (60, "L/min", "m3/h", 3.6),
        (1, "gal", "L", 3.785_411_784),
        (36, "km/h", "m/s", 10),
        (2300, "W", "kW", 2.3),
        (3.6, "MJ", "kWh", 1),
        (3600, "J", "Wh", 1),
        (3384, "mV", "V", 3.384),
        (250, "mA", "A", 0.25),
        (1.5, "h", "min", 90),
        (1, "d", "s", 86_400),
        (0.5, "1", "%", 50),
        (5, "‰", "%", 0.5),
        (400, "ppm", "%", 0.04),
        (250, "ppb", "ppm", 0.25),
        (35, "ug/m3", "mg/m3", 0.035),
        (1, "gn", "m/s2", 9.80665),
        (0, "°C", "K", 273.15),
        (0, "K", "°C", -273.15),
        (212, "°F", "°C", 100),
        (-40, "°F", "°C", -40),
        (37, "°C", "°F", 98.6),
        (310.15, "K", "°F", 98.6),
    ],
)
def test_a_number_is_converted(value: float, sent: str, kept: str, expected: float) -> None:
    assert converted(value, sent, kept) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("sent", "kept"), PAIRS)
def test_each_unit_converts_to_each_other_of_its_dimension_and_back(sent: str, kept: str) -> None:
    for value in (0.0, 1.0, 21.5, 99.0):
        assert converted(converted(value, sent, kept), kept, sent) == pytest.approx(value, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("value", "sent", "kept", "expected"),
    [
        ("9007199254740993", "kWh", "Wh", "9007199254740993000"),
        ("9007199254740993", "Wh", "kWh", "9007199254740.993"),
        ("32425917317067574800", "J", "Wh", "9007199254740993"),
        ("3600", "L/h", "L/s", "1"),
        ("98.6", "°F", "°C", "37"),
        ("37", "°C", "°F", "98.6"),
        ("21.5", "°C", "K", "294.65"),
        ("18", "km/h", "m/s", "5"),
        ("1", "ft", "in", "12"),
        ("18014398509481985", "GiB", "B", str(18014398509481985 * 2**30)),
    ],
)
def test_a_conversion_is_exact_where_its_result_has_an_end(value: str, sent: str, kept: str, expected: str) -> None:
    convert = conversion(sent, kept)

    assert convert is not None
    assert convert(Decimal(value)) == Decimal(expected)


@pytest.mark.parametrize("unit", unit_names())
def test_a_unit_needs_no_conversion_to_itself(unit: str) -> None:
    assert conversion(unit, unit) is None


def test_the_units_of_the_language_are_all_known() -> None:
    assert {*(unit for units in DIMENSIONS for unit in units.split()), *ALONE, "dBm", "%/ft"} <= set(unit_names())


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("V", "A"),
        ("°C", "Pa"),
        ("kW", "kVA"),
        ("kVA", "kvar"),
        ("L", "L/min"),
        ("dBm", "V"),
        ("V", ""),
        ("foo", "V"),
        ("knots", "km/h"),
        ("dB/m", "%"),
        ("lx", "%"),
    ],
)
def test_a_unit_of_another_dimension_is_rejected(sent: str, kept: str) -> None:
    with pytest.raises(ValueError, match="cannot be converted to"):
        conversion(sent, kept)


@pytest.mark.parametrize(
    ("spelling", "unit"),
    [
        ("℃", "°C"),
        ("C", "°C"),
        ("℉", "°F"),
        ("m³/h", "m3/h"),
        ("l/min", "L/min"),
        ("m³", "m3"),
        ("µg/m³", "ug/m3"),
        ("m/s²", "m/s2"),
        ("Ω", "Ohm"),
    ],
)
def test_other_spellings_of_a_unit_are_the_same_unit(spelling: str, unit: str) -> None:
    assert conversion(spelling, unit) is None
    assert conversion(unit, spelling) is None


@pytest.mark.parametrize("percent", [0.0, 0.5, 5.0, 7.0, 12.0, 50.0, 99.0])
def test_obscuration_is_ten_times_the_logarithm_of_the_light_let_through_per_metre(percent: float) -> None:
    assert converted(percent, "%/m", "dB/m") == pytest.approx(-10 * math.log10(1 - percent / 100))
    assert converted(converted(percent, "%/m", "dB/m"), "dB/m", "%/m") == pytest.approx(percent)


def test_five_percent_a_metre_are_0_2228_decibels() -> None:
    assert converted(5, "%/m", "dB/m") == pytest.approx(0.2228, abs=5e-5)


def test_obscuration_of_a_foot_is_that_of_0_3048_metres() -> None:
    # What lets 0.96 through on a foot lets 0.96 to the power of 1 / 0.3048 through on a metre.
    assert converted(4, "%/ft", "dB/m") == pytest.approx(-10 * math.log10(0.96) / 0.3048)
    assert converted(converted(4, "%/ft", "dB/m"), "dB/m", "%/m") == pytest.approx(12.53, abs=0.01)


@pytest.mark.parametrize("percent", [100.0, 100.1, 1e9])
def test_obscuration_of_all_the_light_or_more_is_infinite(percent: float) -> None:
    assert converted(percent, "%/m", "dB/m") == math.inf


@pytest.mark.parametrize(
    ("dbm", "percent"), [(-100, 0), (-75, 50), (-50, 100), (-120, 0), (-20, 100), (0, 100), (-51, 98)]
)
def test_a_signal_is_linear_between_100_and_50_dbm_below_zero(dbm: float, percent: float) -> None:
    assert converted(dbm, "dBm", "%") == pytest.approx(percent)


def test_a_signal_that_is_nan_stays_nan() -> None:
    assert math.isnan(converted(math.nan, "dBm", "%"))


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("21.5", 21.5, ""),
        ("3.384 V", 3.384, "V"),
        ("3.384V", 3.384, "V"),
        ("-3", -3, ""),
        ("+3", 3, ""),
        (".5", 0.5, ""),
        ("5.", 5, ""),
        ("  7 ", 7, ""),
        ("1e3", 1000, ""),
        ("1E-3 m", 0.001, "m"),
        ("12 %", 12, "%"),
        ("21 °C", 21, "°C"),
        ("5 kg per s", 5, "kg per s"),
        ("1e", 1, "e"),
        ("0x10", 0, "x10"),
        ("1,5", 1, ",5"),
    ],
)
def test_a_text_is_split_into_number_and_unit(text: str, number: float, unit: str) -> None:
    assert split_text(text) == (number, unit)


@pytest.mark.parametrize(("text", "number"), [("inf", math.inf), (" -INF ", -math.inf), ("+Infinity", math.inf)])
def test_a_text_may_say_infinity(text: str, number: float) -> None:
    assert split_text(text) == (number, "")


@pytest.mark.parametrize("text", ["", " ", "V", "-", ".", "--1", "nan", "info", "inf V", "(null)", "1" * 65, "V 3"])
def test_other_texts_are_no_numbers(text: str) -> None:
    assert split_text(text) is None


@given(st.sampled_from(PAIRS), st.floats(min_value=1e-3, max_value=90))
def test_a_conversion_and_its_reverse_undo_each_other(pair: tuple[str, str], value: float) -> None:
    sent, kept = pair
    assert converted(converted(value, sent, kept), kept, sent) == pytest.approx(value, rel=1e-6, abs=1e-6)


@given(st.text(max_size=70))
def test_any_text_is_split_or_is_none(text: str) -> None:
    parts = split_text(text)
    assert parts is None or not math.isnan(parts[0])


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("\u2103", "°C"),  # one sign
        ("\u00baC", "°C"),  # the masculine ordinal
        ("\u02da C", "°C"),  # the ring above
        ("° \u0421", "°C"),  # a Cyrillic letter
        ("degC", "°C"),
        ("\u2109", "°F"),
        ("\u212a", "K"),  # the sign of the kelvin
        ("\u00b5V", "uV"),  # the micro sign
        ("\u03bcA", "uA"),  # the Greek letter
        ("\u00b5g/m\u00b3", "ug/m3"),
        ("\u03bcg / m3", "ug/m3"),
        ("\u2126", "Ohm"),  # the sign of the ohm
        ("k\u03a9", "kOhm"),  # the Greek letter
        ("m^3/h", "m3/h"),
        ("m\u00b3/h", "m3/h"),
        ("\u33a5", "m3"),
        ("m\u2044s", "m/s"),
        ("\uff05", "%"),
        ("\u33aa", "kPa"),
        ("Mpa", "MPa"),
        ("KPA", "kPa"),
        ("KWh", "kWh"),
        ("kwh", "kWh"),
        ("HZ", "Hz"),
        ("KVAr", "kvar"),
        ("v", "V"),
        ("M3/H", "m3/h"),
        ("mH\u2082O", "mH2O"),
        ("\u33c8", "dB"),
        ("LUX", "lx"),
    ],
)
def test_a_unit_in_other_signs_is_the_same_unit(written: str, unit: str) -> None:
    assert conversion(written, unit) is None
    assert conversion(unit, written) is None


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("mw", "kW"),
        ("MWH", "kWh"),
        ("Mv", "V"),
        ("S", "s"),
        ("M", "m"),
        ("Mb", "MB"),
        ("mPa", "MPa"),
        ("MA", "A"),
        ("Mm", "mm"),
        ("Mbar", "bar"),
        ("Kb", "kB"),
    ],
)
def test_case_decides_nothing_that_would_be_a_guess(written: str, kept: str) -> None:
    with pytest.raises(ValueError, match="cannot be converted"):
        conversion(written, kept)


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [("\u22125.5", -5.5, ""), ("\uff12\uff11\uff0e\uff15 \u2103", 21.5, "\u2103"), ("3.3\u00a0V", 3.3, "V")],
)
def test_a_number_in_other_signs_is_the_same_number(text: str, number: float, unit: str) -> None:
    assert split_text(text) == (number, unit)
