"""Sets of values that a metric may have: ranges of numbers, and choices among texts or true and false."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.core.kernel.values import Value


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers between two ends, which may be infinite."""

    low: float
    high: float
    has_low: bool = True
    """Whether `low` itself is one of them."""
    has_high: bool = True
    """Whether `high` itself is one of them."""

    def within(self, other: Range) -> Range:
        """The numbers that are in both."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Range(
            low,
            high,
            all(each.has_low for each in (self, other) if each.low == low),
            all(each.has_high for each in (self, other) if each.high == high),
        )

    def some(self, *, whole: bool) -> float | None:
        """One of the numbers, a plain one where there is; None if there is none.

        Args:
            whole: whether only whole numbers count.
        """
        near = [math.nextafter(self.low, math.inf), math.nextafter(self.high, -math.inf)]
        tries = [0.0, self.low, self.high, (self.low + self.high) / 2, self.low + 1, self.high - 1, *near]
        if whole:
            tries = [math.floor(self.low) + 1.0, *tries] if math.isfinite(self.low) else tries
            tries = [math.ceil(self.high) - 1.0, *tries] if math.isfinite(self.high) else tries
        fitting = [each for each in tries if math.isfinite(each) and each in self]
        return next((each for each in fitting if not whole or each.is_integer()), None)

    def __contains__(self, number: float) -> bool:
        return (self.low < number or (self.has_low and number == self.low)) and (
            number < self.high or (self.has_high and number == self.high)
        )


@dataclass(frozen=True, slots=True)
class Numbers:
    """A set of numbers: those in any of some ranges."""

    ranges: tuple[Range, ...]
    whole: bool = False
    """Whether the metric has whole numbers only."""

    def within(self, other: Numbers) -> Numbers:
        """The numbers that are in both."""
        whole = self.whole or other.whole
        both = (one.within(two) for one in self.ranges for two in other.ranges)
        return Numbers(tuple(each for each in both if each.some(whole=whole) is not None), whole)

    def some(self) -> float | None:
        """One of them; None if it is empty."""
        return next((n for each in self.ranges if (n := each.some(whole=self.whole)) is not None), None)


@dataclass(frozen=True, slots=True)
class Choice:
    """Some of the values of a metric that is no number, or all but these."""

    values: frozenset[Value]
    is_complement: bool = False

    def within(self, other: Choice) -> Choice:
        """The values that are in both."""
        if self.is_complement and other.is_complement:
            return Choice(self.values | other.values, is_complement=True)
        if other.is_complement:
            return Choice(self.values - other.values)
        if self.is_complement:
            return Choice(other.values - self.values)
        return Choice(self.values & other.values)

    def some(self) -> Value | None:
        """One of them; None if it is empty. Of a complement any text that is not among the values."""
        if self.is_complement:
            return "".join(sorted(str(value) for value in self.values)) + "?"
        return min(self.values, key=str, default=None)


Domain = Numbers | Choice

ANY_NUMBER = Numbers((Range(-math.inf, math.inf),))
ANY_TEXT = Choice(frozenset(), is_complement=True)
TRUTHS = Choice(frozenset({True, False}))


def both(one: Domain, other: Domain) -> Domain:
    """The values that are in both sets, which are of one kind."""
    if isinstance(one, Numbers) and isinstance(other, Numbers):
        return one.within(other)
    if isinstance(one, Choice) and isinstance(other, Choice):
        return one.within(other)
    raise TypeError("numbers are compared with numbers only, as CEL has checked")


def compared(operator: str, constant: float) -> Numbers:
    """The numbers for which `number operator constant` holds."""
    below, above = Range(-math.inf, constant, has_high=False), Range(constant, math.inf, has_low=False)
    match operator:
        case "<":
            return Numbers((below,))
        case "<=":
            return Numbers((Range(-math.inf, constant),))
        case ">":
            return Numbers((above,))
        case ">=":
            return Numbers((Range(constant, math.inf),))
        case "==":
            return Numbers((Range(constant, constant),))
        case "!=":
            return Numbers((below, above))
    raise ValueError(f"{operator!r} compares nothing")


def points(numbers: Iterable[float]) -> Numbers:
    """Exactly these numbers."""
    return Numbers(tuple(Range(each, each) for each in numbers))
