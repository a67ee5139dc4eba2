"""The types of values in messages and of metrics, and how people read them."""

from __future__ import annotations

import math
from typing import Any

Json = Any
"""Any parsed JSON value, before it is checked."""

Value = bool | int | float | str
"""A value of a metric. The states of an enum are stored by name."""

_SIGNIFICANT = 4
_MOST_DECIMALS = 4
_MOST_SIGNIFICANT = 6
"""As many as a float of 32 bits has for certain: what is beyond them may be noise, as in 21.399999618530273."""
_TINY = 1e-3
"""Below it decimals would round to little or nothing: it is shown with two significant digits."""
_LEAST = 1e-6
"""Below it a power of ten is easier to read than zeros."""
_HUGE = 1e15
"""From it on, too; not every whole number is a float there."""


def readable(value: Value, unit: str = "") -> str:
    """A value as people read it, with its unit: a number with decimals has four significant digits, at least one and at
    most four decimals, and of a percentage one; trailing zeros are left out. It has more digits where it would seem to
    be a rounder number, such as 0.3 for 0.29996, and it is never shown as a whole number: what is almost a threshold is
    not the threshold. Everything else is exact."""
    text = _rounded(value, unit) if isinstance(value, float) else exact(value)
    return f"{text} {unit}" if unit else text


def exact(value: Value) -> str:
    """A value with all its digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value) or abs(value) >= _HUGE or not value.is_integer():
            return repr(value)
        return f"{value + 0.0:.0f}"  # the sum of -0.0 and 0.0 is 0.0
    return str(value)


def _rounded(value: float, unit: str) -> str:
    size = abs(value)
    if not math.isfinite(value) or size >= _HUGE:
        return f"{value:g}"
    if value.is_integer():
        return exact(value)
    if size < _LEAST:
        return f"{value:.2g}"
    magnitude = math.floor(math.log10(size))
    if size < _TINY:
        decimals = 1 - magnitude
    else:
        decimals = max(1, min(_SIGNIFICANT - 1 - magnitude, 1 if unit == "%" and size >= 1 else _MOST_DECIMALS))
    rounded = f"{value:.{decimals}f}"
    for more in range(decimals + 1, _MOST_SIGNIFICANT - magnitude):
        if not rounded.endswith("0"):
            break
        rounded = f"{value:.{more}f}"
    text = rounded.rstrip("0").rstrip(".")
    return text if "." in text else repr(value)
