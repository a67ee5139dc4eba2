"""Numbers are stored as they were sent: whole ones to the last digit or not at all, others as the shortest decimal."""

from __future__ import annotations

import struct
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.core.kernel.times import parse_device_time
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.decoding.compiled import mapping_of, parser_of
from gateway.core.telemetry.decoding.flat import FlatDecoder
from gateway.core.telemetry.decoding.messages import Contents, Decoded
from gateway.core.telemetry.quarantine import Reason, Rejected
from tests.unit.core.telemetry.decoding.probes import payload_of

METRICS: dict[str, dict[str, Any]] = {
    "whole": {"type": "int"},
    "energy": {"type": "int", "unit": "Wh"},
    "number": {"type": "float"},
    "litres": {"type": "float", "unit": "L"},
    "kilowatt_hours": {"type": "float", "unit": "kWh"},
    "warmth": {"type": "float", "unit": "°C"},
}
BEYOND = 9007199254740993
"""2^53 + 1: the first whole number that no float holds."""

LARGEST, LEAST = 2**63 - 1, -(2**63)
"""What SQLite and InfluxDB store as a whole number."""


def profile_of(**binding: Any) -> Profile:  # noqa: ANN401
    return Profile.model_validate(
        {"profile": "p", "title": {"en": "P"}, "metrics": METRICS, "messages": [{"topic": "p/{device}", **binding}]}
    )


def only(reading: Decoded) -> Value | Reason:
    """The one value of a reading, or why it is rejected."""
    if reading.values:
        (value,) = reading.values.values()
        assert not reading.rejected
        return value
    (rejected,) = reading.rejected
    return rejected.reason


def result_of(message: object, **binding: Any) -> Value | Reason:  # noqa: ANN401
    """The one value of a message, or why it is rejected."""
    profile = profile_of(**binding)
    fragments = parser_of(profile.messages[0]).parse(Contents(payload_of(message)))
    assert not isinstance(fragments, Rejected), fragments
    decoded = mapping_of(profile, profile.messages[0], site_zone="UTC").decode(fragments[0])
    assert isinstance(decoded, list), decoded
    (reading,) = decoded
    return only(reading)


def read(metric: str, raw: object, **source: Any) -> Value | Reason:  # noqa: ANN401
    """What the metric becomes if `raw` is at its path."""
    return result_of({"v": raw, "factor": source.pop("factor", None)}, values={metric: {"path": "v", **source}})


def native(metric: str, raw: object) -> Value | Reason:
    """What the metric becomes in native telemetry."""
    decoded = FlatDecoder(profile_of(), None, parse_device_time).decode(payload_of({metric: raw}))
    assert not isinstance(decoded, Rejected), decoded
    return only(decoded)


def same(result: Value | Reason, expected: Value | Reason) -> bool:
    return type(result) is type(expected) and result == expected


# Whole numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [BEYOND, -BEYOND, LARGEST, LEAST, LARGEST - 1, LARGEST - 1023, LEAST + 1, 2**53])
@pytest.mark.parametrize("source", [{}, {"scale": 1}, {"unit": "Wh"}, {"scale": 1, "offset": 0}, {"sum": True}])
def test_a_whole_number_stays_as_it_is(raw: int, source: dict[str, Any]) -> None:
    assert same(read("energy", raw, **source), raw)
    assert same(read("energy", str(raw), unit="Wh"), raw)
    assert same(native("energy", raw), raw)


@pytest.mark.parametrize("raw", [LARGEST + 1, LEAST - 1, 2**64 - 1, 2**64, 10**40, 10**400, -(10**400)])
@pytest.mark.parametrize("source", [{}, {"scale": 1}, {"unit": "Wh"}, {"sum": True}])
def test_a_whole_number_beyond_the_stores_is_rejected(raw: int, source: dict[str, Any]) -> None:
    assert read("energy", raw, **source) is Reason.OUT_OF_RANGE
    assert native("energy", raw) is Reason.OUT_OF_RANGE


@pytest.mark.parametrize("digits", [399, 401, 4299, 4301])
@pytest.mark.parametrize("source", [{}, {"scale": 1e308}, {"unit": "MWh", "scale": 1e308}, {"sum": True}])
def test_a_number_of_any_length_is_rejected(digits: int, source: dict[str, Any]) -> None:
    payload = b'{"v":[%s],"s":{"v":%s}}' % ((b"9" * digits,) * 2)
    path = "v" if "sum" in source else "s.v"

    assert result_of(payload, values={"energy": {"path": path, **source}}) is Reason.OUT_OF_RANGE
    assert result_of(payload, values={"number": {"path": path, "scale": 1e308}}) in (
        Reason.OUT_OF_RANGE,
        Reason.WRONG_TYPE,
    )


@pytest.mark.parametrize(
    ("metric", "raw", "source", "expected"),
    [
        ("whole", BEYOND, {"scale": 1000}, BEYOND * 1000),
        ("whole", BEYOND * 1000, {"scale": 0.001}, BEYOND),
        ("whole", BEYOND, {"offset": 1}, BEYOND + 1),
        ("whole", BEYOND, {"scale": 2, "offset": -0.5}, Reason.WRONG_TYPE),
        ("whole", BEYOND, {"scale": 0.001}, Reason.WRONG_TYPE),
        ("whole", BEYOND, {"scale": 1024}, Reason.OUT_OF_RANGE),
        ("energy", BEYOND, {"unit": "kWh"}, BEYOND * 1000),
        ("energy", BEYOND * 1000, {"unit": "kWh", "scale": 0.001}, BEYOND * 1000),
        ("energy", BEYOND * 3600, {"unit": "J"}, BEYOND),
        ("energy", 9223372036854775, {"unit": "kWh"}, 9223372036854775000),
        ("energy", 9223372036854776, {"unit": "kWh"}, Reason.OUT_OF_RANGE),
        ("energy", "9007199254740993 kWh", {"unit": "Wh"}, BEYOND * 1000),
        ("whole", [BEYOND, BEYOND, -1], {"sum": True}, 2 * BEYOND - 1),
        ("whole", [LARGEST, 1], {"sum": True}, Reason.OUT_OF_RANGE),
        ("whole", [LARGEST, -LARGEST, 5], {"sum": True}, 5),
        ("whole", [BEYOND, 0.5, 0.5], {"sum": True}, Reason.OUT_OF_RANGE),
        ("whole", [1, 0.5, 0.5], {"sum": True}, 2),
        ("whole", 2**63 + 5, {"bits": [0, 63]}, 5),
        ("whole", 2**64 - 1, {"bits": [0, 64]}, Reason.OUT_OF_RANGE),
        ("whole", BEYOND, {"scale_by": {"path": "factor"}, "factor": 1000}, BEYOND * 1000),
        ("whole", BEYOND * 10, {"scale_by": {"path": "factor"}, "factor": 0.1}, BEYOND),
        ("whole", BEYOND, {"scale": 0.1, "scale_by": {"path": "factor"}, "factor": 10}, BEYOND),
        ("whole", 1_000_001, {"scale": 1_000_001}, 1_000_002_000_001),
        ("whole", 3, {"scale": 1e16}, 30_000_000_000_000_000),
        ("whole", 1234567890123, {"scale": 1}, 1234567890123),
    ],
)
def test_a_whole_number_is_computed_exactly_or_rejected(
    metric: str, raw: object, source: dict[str, Any], expected: Value | Reason
) -> None:
    result = read(metric, raw, **source)

    assert same(result, expected), result


@pytest.mark.parametrize("raw", [BEYOND, -BEYOND, LARGEST, 2**64 - 1])
def test_a_whole_number_that_a_float_cannot_hold_is_rejected_for_a_float(raw: int) -> None:
    assert read("number", raw) is Reason.OUT_OF_RANGE
    assert native("number", raw) is Reason.OUT_OF_RANGE
    assert read("litres", raw, unit="m3") is Reason.OUT_OF_RANGE
    decoded = FlatDecoder(profile_of(), None, parse_device_time).decode(payload_of({"number": raw}))
    assert not isinstance(decoded, Rejected)
    assert decoded.rejected[0].detail == f"number is {raw}, and no float is exactly that: make the metric an int"


@pytest.mark.parametrize("raw", [2**53, -(2**53), 2**60, 10**22, 2**64])
def test_a_whole_number_that_a_float_can_hold_is_a_float(raw: int) -> None:
    assert same(read("number", raw), float(raw))
    assert same(native("number", raw), float(raw))


def test_a_fraction_of_a_whole_number_is_the_nearest_float() -> None:
    assert read("kilowatt_hours", BEYOND, unit="Wh") == 9007199254740.993
    assert read("number", BEYOND, scale=0.001) == 9007199254740.993


@pytest.mark.parametrize("raw", [2.0**53, -(2.0**53), 2.0**53 + 2, -(2.0**53) - 2, 1e18, -(2.0**63), 1e300])
def test_a_float_beyond_2_53_is_no_exact_whole_number(raw: float) -> None:
    assert read("whole", raw) is Reason.OUT_OF_RANGE
    assert read("whole", raw, scale=1) is Reason.OUT_OF_RANGE
    assert native("whole", raw) is Reason.OUT_OF_RANGE


@pytest.mark.parametrize("sent", ["9007199254740993.0", "-9007199254740993.0", "9.007199254740993e15"])
def test_a_whole_number_that_was_read_as_another_float_is_rejected(sent: str) -> None:
    assert result_of(f'{{"v": {sent}}}', values={"whole": "v"}) is Reason.OUT_OF_RANGE
    assert result_of(f'{{"v": "{sent}"}}', values={"whole": "v"}) is Reason.OUT_OF_RANGE
    decoded = FlatDecoder(profile_of(), None, parse_device_time).decode(f'{{"whole": {sent}}}'.encode())
    assert not isinstance(decoded, Rejected)
    assert decoded.values == {}


def test_bits_are_read_of_exact_numbers_only() -> None:
    bits = {"whole": {"path": "v", "bits": [0, 8]}}

    assert result_of({"v": 2**63 + 5}, values=bits) == 5
    assert result_of({"v": str(2**64 - 1)}, values=bits) == 255
    assert result_of({"v": 5.0}, values=bits) == 5
    assert result_of('{"v": 9007199254740993.0}', values=bits) is Reason.WRONG_TYPE
    assert result_of({"v": 1e19}, values=bits) is Reason.WRONG_TYPE
    assert result_of({"v": 2**64 + 5}, values=bits) is Reason.WRONG_TYPE


@pytest.mark.parametrize("other", [0.0, 2.0])
def test_a_sum_that_no_float_is_exactly_is_rejected_for_a_float(other: float) -> None:
    assert result_of({"v": [BEYOND, other]}, values={"number": {"path": "v", "sum": True}}) is Reason.OUT_OF_RANGE


def test_a_float_below_2_53_is_an_exact_whole_number() -> None:
    for raw in (3.0, 2.0**53 - 1, 1 - 2.0**53):
        assert same(read("whole", raw), int(raw))
        assert same(read("whole", raw, scale=1), int(raw))
        assert same(native("whole", raw), int(raw))


@pytest.mark.parametrize(("kind", "size"), [("u64", "Q"), ("i64", "q")])
def test_a_number_of_64_bits_stays_exact(kind: str, size: str) -> None:
    for source in ({}, {"scale": 1}, {"unit": "Wh"}):
        at = {"energy": {"at": 0, "type": kind, **source}}
        assert result_of(struct.pack(">" + size, BEYOND), format="bytes", values=at) == BEYOND
        assert result_of(struct.pack(">" + size, LARGEST), format="bytes", values=at) == LARGEST
    unit = {"kilowatt_hours": {"at": 0, "type": kind, "unit": "Wh"}}
    assert result_of(struct.pack(">" + size, BEYOND), format="bytes", values=unit) == 9007199254740.993


def test_the_upper_half_of_64_bits_without_a_sign_is_rejected_unless_it_is_scaled_down() -> None:
    for number in (2**63, 2**64 - 1):
        data = struct.pack(">Q", number)
        whole = {"whole": {"at": 0, "type": "u64"}}
        assert result_of(data, format="bytes", values=whole) is Reason.OUT_OF_RANGE
    scaled = {"whole": {"at": 0, "type": "u64", "scale": 0.1}}
    assert result_of(struct.pack(">Q", 18446744073709551610), format="bytes", values=scaled) == 1844674407370955161


@given(st.integers(-(2**70), 2**70), st.sampled_from(["1", "10", "1000", "0.1", "0.001", "1.5", "-1"]))
def test_a_scaled_whole_number_is_exact_or_rejected(raw: int, scale: str) -> None:
    exact = raw * Decimal(scale)
    result = read("whole", raw, scale=float(scale))

    if exact != exact.to_integral_value():
        assert result is Reason.WRONG_TYPE or not LEAST <= exact <= LARGEST
    elif LEAST <= exact <= LARGEST:
        assert same(result, int(exact))
    else:
        assert result is Reason.OUT_OF_RANGE


@pytest.mark.parametrize(
    "source",
    [
        {"unit": "Wh", "scale": 0.1},
        {"unit": "Wh", "scale": 0.392156862745098},
        {"unit": "Wh", "scale": 1e-9, "offset": 3},
        {"unit": "kWh", "scale": 2.5, "offset": -40},
        {"unit": "kWh", "scale": 0.001},
        {"unit": "J"},
        {"unit": "MWh"},
    ],
)
@pytest.mark.parametrize("metric", ["energy", "kilowatt_hours"])
@given(raw=st.integers(-(10**4), 10**4) | st.integers(-(10**18), 10**18) | st.integers(-(10**30), 10**30))
def test_a_whole_number_is_computed_as_exactly_as_its_text(metric: str, source: dict[str, Any], raw: int) -> None:
    assert same(read(metric, raw, **source), read(metric, str(raw), **source))


@given(st.lists(st.integers(-(2**63), 2**63), min_size=1, max_size=6))
def test_a_sum_of_whole_numbers_is_exact_or_rejected(numbers: list[int]) -> None:
    total = sum(numbers)

    assert same(read("whole", numbers, sum=True), total if LEAST <= total <= LARGEST else Reason.OUT_OF_RANGE)


# Floats of 32 bits --------------------------------------------------------------------------------------------------


def f32(metric: str, data: bytes, endian: str = "big", **source: Any) -> Value | Reason:  # noqa: ANN401
    at = {metric: {"at": 0, "type": "f32", "endian": endian, **source}}
    return result_of(data, format="bytes", values=at)


@pytest.mark.parametrize("number", [0.02, 0.1, 0.3, 21.4, -0.07, 3.14159, 1e-3, 16777216.0, 123456.79, 3.4028235e38])
def test_a_float_of_32_bits_is_the_shortest_decimal(number: float) -> None:
    assert f32("number", struct.pack(">f", number)) == number
    assert f32("number", struct.pack("<f", number), "little") == number


@pytest.mark.parametrize(
    ("metric", "number", "source", "expected"),
    [
        ("number", 0.02, {"scale": 0.1}, 0.002),
        ("number", 0.02, {"scale": 100}, 2.0),
        ("number", 0.1, {"offset": 0.2}, 0.3),
        ("kilowatt_hours", 1234.5, {"unit": "Wh"}, 1.2345),
        ("warmth", 70.7, {"unit": "°F"}, 21.5),
        ("litres", 0.02, {"unit": "m3"}, 20.0),
        ("whole", 0.02, {"scale": 100}, 2),
        ("whole", 16777216.0, {}, 16777216),
    ],
)
def test_a_float_of_32_bits_is_scaled_as_a_decimal(
    metric: str, number: float, source: dict[str, Any], expected: Value
) -> None:
    assert same(f32(metric, struct.pack(">f", number), **source), expected)


def test_a_factor_of_32_bits_is_a_decimal_too() -> None:
    values = {"number": {"at": 0, "type": "f32", "scale_by": {"at": 4, "type": "f32"}}}

    assert result_of(struct.pack(">ff", 0.02, 0.1), format="bytes", values=values) == 0.002


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_every_float_of_32_bits_comes_back(number: float) -> None:
    result = f32("number", struct.pack(">f", number))

    assert isinstance(result, float)
    assert struct.pack(">f", result) == struct.pack(">f", number)
    assert len(Decimal(repr(result)).as_tuple().digits) <= 9 or result.is_integer()


def test_a_float_of_64_bits_stays_as_it_is() -> None:
    at = {"number": {"at": 0, "type": "f64"}}

    assert result_of(struct.pack(">d", 0.019999999552965164), format="bytes", values=at) == 0.019999999552965164


# Other numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "raw", "source", "expected"),
    [
        ("number", 308, {"scale": 0.1}, 30.8),
        ("number", 255, {"scale": 0.392156862745}, 100.0),
        ("whole", 255, {"scale": 0.392156862745}, 100),
        ("whole", 10000001, {"scale": 1e-7}, Reason.WRONG_TYPE),
        ("whole", 123456789013, {"scale": 1.5}, Reason.WRONG_TYPE),
        ("number", 123456789013, {"scale": 1.5}, 185185183519.5),
        ("warmth", 70, {"unit": "°F"}, 21.1111111111),
        ("number", 0.07, {"scale": 100}, 7.0),
        ("number", 23.400000000000002, {"scale": 1}, 23.4),
        ("litres", 1.005, {"unit": "m3"}, 1005.0),
        ("warmth", 100.4, {"unit": "°F"}, 38.0),
        ("number", [0.1, 0.2, 0.3], {"sum": True}, 0.6),
        ("number", 1.1, {"scale_by": {"path": "factor"}, "factor": 1.1}, 1.21),
        ("number", 1e300, {"scale": 1e300}, Reason.OUT_OF_RANGE),
        ("number", 123456789.123456, {"scale": 1}, 123456789.123456),
        ("number", "1.2345678901234567e20", {"unit": ""}, 1.2345678901234567e20),
    ],
)
def test_decimals_are_computed_as_decimals(
    metric: str, raw: object, source: dict[str, Any], expected: Value | Reason
) -> None:
    assert same(read(metric, raw, **source), expected)


@given(st.decimals(-1_000_000, 1_000_000, places=4), st.sampled_from(["0.1", "0.01", "2.5", "100"]))
def test_a_scaled_decimal_is_the_nearest_float(raw: Decimal, scale: str) -> None:
    assume(raw)

    assert read("number", float(raw), scale=float(scale)) == float(raw * Decimal(scale))
