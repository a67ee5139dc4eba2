"""Decimal arithmetic for numbers of devices: 308 × 0.1 is 30.8, and whole numbers stay exact beyond 2^53."""

from __future__ import annotations

import math
import struct
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

EXACT = Context(prec=60, Emin=-999_999, Emax=999_999, traps=[])
"""60 digits hold the product of a number of 64 bits and a factor. Nothing raises: a result may be infinite or NaN."""

EXACT_FLOATS = 2**53 - 1
"""Up to this, a float stands for one whole number; that of 2^53 also stands for 2^53 + 1."""

_DIGITS, _DECIMALS = 12, 6
_STEPS: int = 10**_DECIMALS
_ROUNDED = Context(prec=_DIGITS, rounding=ROUND_HALF_UP, Emin=-999_999, Emax=999_999, traps=[])

_DIGITS_OF_FLOATS = 15
"""Every float holds so many."""

_SINGLE = struct.Struct("<f")
_SMALLEST_NORMAL = 2.0**-126
_DIGITS_HELD, _DIGITS_NEEDED = 6, 9
"""A float of 32 bits holds any decimal of six digits, and is told from all others by nine."""


def decimal_of(number: int | float) -> Decimal:
    """The number as a decimal. Of a float with a fraction 15 digits count, which every float holds.

    Further digits are noise of the sender's arithmetic: 23.400000000000002 was 23.4.
    """
    if isinstance(number, int):
        return Decimal(number)
    return Decimal(repr(number) if number.is_integer() else f"{number:.{_DIGITS_OF_FLOATS}g}")


def rounded(number: Decimal) -> Decimal:
    """The number to 12 digits, and at least six decimals; a whole number as it is.

    Factors in profiles are cut off: 255 × 0.392156862745 is 100, not 99.999999999975.
    """
    digits = number.adjusted() + 1 + _DECIMALS
    if digits <= _DIGITS:
        return _ROUNDED.plus(number)
    if not number.is_finite() or number == number.to_integral_value():
        return number
    longer = _ROUNDED.copy()
    longer.prec = digits
    return longer.plus(number)


def number_of(number: Decimal) -> int | float:
    """The nearest float; for a whole number of more than 15 digits, which it may miss, the number itself."""
    if number.adjusted() >= _DIGITS_OF_FLOATS and number == number.to_integral_value():
        return int(number)
    return float(number)


class Linear:
    """value × factor + offset: exactly if the result has an end, else to 60 digits."""

    __slots__ = ("_plus", "_times", "divisor", "factor", "offset", "plus", "times")

    def __init__(self, factor: Fraction, offset: Fraction) -> None:
        self.factor, self.offset = factor, offset
        self.divisor = math.lcm(factor.denominator, offset.denominator)
        self.times, self.plus = int(factor * self.divisor), int(offset * self.divisor)
        self._times, self._plus = Decimal(self.times), Decimal(self.plus)

    def __call__(self, value: Decimal) -> Decimal:
        """The result for a decimal."""
        number = EXACT.fma(value, self._times, self._plus)
        return number if self.divisor == 1 else EXACT.divide(number, self.divisor)

    def after(self, first: Linear) -> Linear:
        """The function that applies `first` and then this one."""
        return Linear(first.factor * self.factor, first.offset * self.factor + self.offset)

    @property
    def keeps_decimals(self) -> bool:
        """Whether a whole number becomes one of at most six decimals, which `rounded` leaves as it is."""
        return _STEPS % self.divisor == 0


def shortest_single(number: float) -> float:
    """The float of 32 bits as the shortest decimal that stands for it: 0.02, not 0.019999999552965164."""
    try:
        packed = _SINGLE.pack(number)
    except OverflowError:  # it is none of 32 bits
        return number
    for digits in range(_DIGITS_HELD if abs(number) >= _SMALLEST_NORMAL else 1, _DIGITS_NEEDED):
        short = float(f"{number:.{digits}g}")
        if _SINGLE.pack(short) == packed:
            return short
    return float(f"{number:.{_DIGITS_NEEDED}g}")
