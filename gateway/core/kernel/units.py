"""Conversion from the units that devices send to the units of a profile's metrics.

A table of linear factors, computed exactly, and a few formulas: unit libraries need more memory at start-up than the
rest of the core together (docs/decisions/0009).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from gateway.core.kernel.numbers import EXACT, Linear, decimal_of
from gateway.core.kernel.unit_names import OTHER_NAMES, by_folded_name, plain_number, plain_unit

Convert = Callable[[Decimal], Decimal]
"""A `Linear` where the units differ by a factor and an offset."""

_DIMENSIONS: Mapping[str, Mapping[str, float | Fraction]] = {
    "pressure": {
        "Pa": 1,
        "hPa": 100,
        "mbar": 100,
        "kPa": 1_000,
        "bar": 100_000,
        "MPa": 1_000_000,
        "psi": 6_894.757_293_168,
        "mH2O": 9_806.65,
        "kgf/cm2": 98_066.5,
        "mmH2O": 9.806_65,
        "mmHg": 133.322_387_415,
        "inHg": 3_386.388_640_341,
    },
    "length": {"mm": 0.001, "cm": 0.01, "m": 1, "km": 1_000, "in": 0.0254, "ft": 0.3048},
    "flow": {
        "m3/h": Fraction(1, 3_600),
        "m3/s": 1,
        "L/s": 0.001,
        "L/min": Fraction(1, 60_000),
        "L/h": Fraction(1, 3_600_000),
    },
    "volume": {"L": 0.001, "m3": 1, "gal": 0.003_785_411_784},
    "speed": {"mm/s": 0.001, "m/s": 1, "km/h": Fraction(10, 36)},
    "acceleration": {"m/s2": 1, "gn": 9.80665},
    "active power": {"mW": 0.001, "W": 1, "kW": 1_000, "MW": 1_000_000},
    "apparent power": {"VA": 1, "kVA": 1_000},
    "reactive power": {"var": 1, "kvar": 1_000},
    "energy": {"J": 1, "kJ": 1_000, "MJ": 1_000_000, "mWh": 3.6, "Wh": 3_600, "kWh": 3_600_000, "MWh": 3_600_000_000},
    "reactive energy": {"varh": 1, "kvarh": 1_000},
    "apparent energy": {"VAh": 1, "kVAh": 1_000},
    "voltage": {"uV": 1e-6, "mV": 0.001, "V": 1, "kV": 1_000, "MV": 1_000_000},
    "current": {"uA": 1e-6, "mA": 0.001, "A": 1, "kA": 1_000},
    "charge": {"mAh": 0.001, "Ah": 1},
    "frequency": {"Hz": 1, "kHz": 1_000},
    "rotation": {"rpm": 1},
    "time": {"ms": 0.001, "s": 1, "min": 60, "h": 3_600, "d": 86_400},
    "mass": {"g": 0.001, "kg": 1},
    "size": {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30},
    "ratio": {"1": 1, "%": 0.01, "‰": 0.001, "ppm": 1e-6, "ppb": 1e-9},
    "concentration": {"ug/m3": 1e-6, "mg/m3": 0.001, "g/m3": 1},
    "resistance": {"mOhm": 0.001, "Ohm": 1, "kOhm": 1_000, "MOhm": 1_000_000},
    "illuminance": {"lx": 1, "klx": 1_000},
    "angle": {"°": 1},
    "loudness": {"dB": 1},
}
_KNOWN = {
    unit: (dimension, factor if isinstance(factor, Fraction) else Fraction(repr(factor)))
    for dimension, units in _DIMENSIONS.items()
    for unit, factor in units.items()
}
_TO_KELVIN: Mapping[str, tuple[Fraction, Fraction]] = {
    "K": (Fraction(1), Fraction(0)),
    "°C": (Fraction(1), Fraction("273.15")),
    "°F": (Fraction(5, 9), Fraction("459.67") * 5 / 9),
}
_NUMBER = re.compile(r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?)\s*(\S.*?)?\s*")
_WHOLE = re.compile(r"[-+]?\d+")
_INFINITE = re.compile(r"\s*([-+]?)inf(?:inity)?\s*", re.IGNORECASE)
_LONGEST = 64

_FOOT = 0.3048
_WEAKEST_SIGNAL, _STRONGEST_SIGNAL = -100, -50
"""dBm at 0 % and 100 % of a radio signal: the usual convention for showing Wi-Fi reception."""


def unit_names() -> list[str]:
    """All units that can be converted."""
    return sorted({*_CANONICAL, *OTHER_NAMES})


@lru_cache(maxsize=4_096)  # texts of messages come here too
def canonical_unit(text: str) -> str:
    """The unit as the table writes it, or the text in plain signs where the table does not have it."""
    plain = plain_unit(text)
    if plain in _CANONICAL or not plain:
        return plain
    return OTHER_NAMES.get(plain) or (plain if _is_deliberate(plain) else _BY_FOLDED_NAME.get(plain.casefold(), plain))


def _is_deliberate(plain: str) -> bool:
    """Whether the case of an unknown unit says something: mPa is not MPa, and Mb are bits."""
    return (plain[0] in "mM" and plain[1:] in _CANONICAL) or plain.lower() in ("kb", "mb", "gb")


def conversion(sent: str, kept: str) -> Convert | None:
    """The function from the unit `sent` to the unit `kept`; None when they are the same or `sent` is empty.

    Raises:
        ValueError: the units have different dimensions, or one is unknown.
    """
    given = sent
    sent, kept = canonical_unit(sent), canonical_unit(kept)
    if sent == kept or not sent:
        return None
    if formula := _FORMULAS.get((sent, kept)):
        return formula
    if sent in _TO_KELVIN and kept in _TO_KELVIN:
        (a, b), (c, d) = _TO_KELVIN[sent], _TO_KELVIN[kept]
        return Linear(a / c, (b - d) / c)
    if sent in _KNOWN and kept in _KNOWN and _KNOWN[sent][0] == _KNOWN[kept][0]:
        return Linear(_KNOWN[sent][1] / _KNOWN[kept][1], Fraction(0))
    raise ValueError(f"{given!r} cannot be converted to {kept or 'a metric without a unit'!r}")


def split_text(text: str) -> tuple[int | float, str] | None:
    """Number and unit of a text such as `"3.384 V"`; the unit may be empty. None when the text is not a number.

    `inf` is one without a unit: the greatest or, with a minus, the least.
    """
    if len(text) > _LONGEST:
        return None
    text = plain_number(text)
    match = _NUMBER.fullmatch(text)
    if match is None:
        infinite = _INFINITE.fullmatch(text)
        return (float(f"{infinite[1]}inf"), "") if infinite else None
    number = match[1]
    return int(number) if _WHOLE.fullmatch(number) else float(number), match[2] or ""


def _signal(dbm: Decimal) -> Decimal:
    if dbm.is_nan():
        return dbm  # min and max would turn it into a number
    share = EXACT.divide(EXACT.subtract(dbm, _WEAKEST_SIGNAL), _STRONGEST_SIGNAL - _WEAKEST_SIGNAL)
    return EXACT.multiply(min(Decimal(1), max(Decimal(0), share)), 100)


def _db_per_metre(percent: float) -> float:
    """Obscuration: -10 log10(1 - the share of light lost per metre); infinite from 100 % on."""
    return -10 * math.log10(1 - percent / 100) if percent < 100 else math.inf


def _percent_per_metre(db: float) -> float:
    return (1 - 10 ** (-db / 10)) * 100 if db > -1_000 else -math.inf


def _in_floats(formula: Callable[[float], float]) -> Convert:
    return lambda value: decimal_of(formula(float(value)))


_FORMULAS: Mapping[tuple[str, str], Convert] = {
    ("dBm", "%"): _signal,
    ("%", "dBm"): Linear(Fraction(_STRONGEST_SIGNAL - _WEAKEST_SIGNAL, 100), Fraction(_WEAKEST_SIGNAL)),
    ("%/m", "dB/m"): _in_floats(_db_per_metre),
    ("%/ft", "dB/m"): _in_floats(lambda percent: _db_per_metre(percent) / _FOOT),
    ("dB/m", "%/m"): _in_floats(_percent_per_metre),
}

_CANONICAL = frozenset({*_KNOWN, *_TO_KELVIN, *(unit for pair in _FORMULAS for unit in pair)})
_BY_FOLDED_NAME = by_folded_name(_CANONICAL)
