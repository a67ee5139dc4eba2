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
_TINY = 1e-3
"""Below it decimals would round to little or nothing: it is shown with two significant digits."""
_LEAST = 1e-6
"""Below it a power of ten is easier to read than zeros."""


def readable(value: Value, unit: str = "") -> str:
    """A value as people read it, with its unit: a number with decimals has four significant digits, at least one and at
    most four decimals, and of a percentage one; trailing zeros are left out. Everything else is exact."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, float):
        text = _rounded(value, unit)
    else:
        text = str(value)
    return f"{text} {unit}" if unit else text


def _rounded(value: float, unit: str) -> str:
    size = abs(value)
    if value.is_integer() or not math.isfinite(value):
        return f"{value + 0.0:.0f}"  # the sum of -0.0 and 0.0 is 0.0
    if size < _LEAST:
        return f"{value:.2g}"
    magnitude = math.floor(math.log10(size))
    if size < _TINY:
        decimals = 1 - magnitude
    else:
        decimals = max(1, min(_SIGNIFICANT - 1 - magnitude, 1 if unit == "%" and size >= 1 else _MOST_DECIMALS))
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".")
