"""Names of units as devices write them: with other signs, in other case, as words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from gateway.core.kernel.look_alikes import CYRILLIC_AND_GREEK

OTHER_NAMES: Mapping[str, str] = {
    "C": "°C",
    "degC": "°C",
    "Celsius": "°C",
    "F": "°F",
    "degF": "°F",
    "Fahrenheit": "°F",
    "Kelvin": "K",
    "l/min": "L/min",
    "lpm": "L/min",
    "l/s": "L/s",
    "l/h": "L/h",
    "m3/hr": "m3/h",
    "l": "L",
    "litre": "L",
    "litres": "L",
    "liter": "L",
    "liters": "L",
    "mb": "mbar",
    "kg/cm2": "kgf/cm2",
    "v": "V",
    "Volt": "V",
    "Volts": "V",
    "a": "A",
    "Amp": "A",
    "Amps": "A",
    "w": "W",
    "Watt": "W",
    "Watts": "W",
    "%RH": "%",
    "%r.H.": "%",
    "Percent": "%",
    "pct": "%",
    "sec": "s",
    "secs": "s",
    "second": "s",
    "Seconds": "s",
    "Min": "min",
    "mins": "min",
    "minute": "min",
    "Minutes": "min",
    "hr": "h",
    "hrs": "h",
    "hour": "h",
    "hours": "h",
    "day": "d",
    "days": "d",
    "r/min": "rpm",
    "lux": "lx",
    "deg": "°",
}

_LOOK_ALIKES = CYRILLIC_AND_GREEK | str.maketrans(
    # Signs in place of the ring of a degree. Compatibility would make a letter, a space or a digit of these.
    dict.fromkeys("\u00ba\u02da\u2070\u2218\u309c", "°")
)
_SIGNS = str.maketrans(
    # The Greek mu, to which compatibility turns the micro sign, and Omega, to which it turns the ohm sign.
    {"\u03bc": "u", "\u03a9": "Ohm", "\u2215": "/", "\u2044": "/", "^": None}
)
_NUMERALS = str.maketrans(
    # Two minus signs and a plus, a full stop and digits of full width.
    dict(zip("\u2212\uff0d\uff0b\uff0e", "--+.", strict=True))
    | {chr(0xFF10 + digit): str(digit) for digit in range(10)}
)


def plain_unit(text: str) -> str:
    """The unit in the signs of the table, without blanks: `µg / m³` is ug/m3."""
    if text.isascii():
        return "".join(text.replace("^", "").split())
    compatible = unicodedata.normalize("NFKC", text.translate(_LOOK_ALIKES))
    return "".join(compatible.translate(_SIGNS).split())


def plain_number(text: str) -> str:
    """The text with signs and digits that a number has in ASCII."""
    return text if text.isascii() else text.translate(_NUMERALS)


def by_folded_name(units: Iterable[str]) -> dict[str, str]:
    """The units by their names in lower case. Those that differ in case alone, such as mW and MW, are left out.

    So are names of one letter: too much is written with one.
    """
    names: dict[str, set[str]] = {}
    for unit in units:
        names.setdefault(unit.casefold(), set()).add(unit)
    for name, unit in OTHER_NAMES.items():
        names.setdefault(name.casefold(), set()).add(unit)
    return {name: next(iter(each)) for name, each in names.items() if len(each) == 1 and len(name) > 1}
