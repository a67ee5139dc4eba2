"""A sum to which values are added and from which they are taken away again, without any error."""

from __future__ import annotations

import math

_BITS = 1074
"""Every float is a whole number of 2 to the power of minus so much (IEEE 754, binary64)."""


class ExactSum:
    """The sum as one whole number: what was taken away has left no trace, whatever its size was."""

    __slots__ = ("_total",)

    def __init__(self) -> None:
        self._total = 0

    def move(self, before: float | None, after: float | None) -> None:
        """Have one finite value in place of another; None for none."""
        if before is not None:
            self._total -= _scaled(before)
        if after is not None:
            self._total += _scaled(after)

    def over(self, count: int) -> float:
        """The sum divided by a number, rounded once; infinite beyond all floats."""
        try:
            return self._total / (count << _BITS)
        except OverflowError:
            return math.inf if self._total > 0 else -math.inf


def _scaled(value: float) -> int:
    numerator, denominator = value.as_integer_ratio()
    return numerator << (_BITS - denominator.bit_length() + 1)
