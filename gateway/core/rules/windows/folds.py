"""Folds: how the samples of a window become a few numbers, of which those of two neighbouring stretches can be merged.

No fold subtracts what leaves a window. So a value of 1e12 that has left it takes no digits of those that remain.
A mean is kept as the sum of two floats, so that it has twice the digits: deviations from a large mean are exact.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

from gateway.core.kernel.times import SECOND

Summary = tuple[float, ...]
"""The numbers of one stretch of samples."""


class Fold(ABC):
    """How many numbers a stretch has, those of one sample, and those of two stretches together."""

    width: int = 0

    @abstractmethod
    def lift(self, time: float, value: float) -> Summary:
        """The numbers of one sample; `time` is in microseconds from any time that is the same for all."""

    @abstractmethod
    def merge(self, earlier: Sequence[float], later: Sequence[float]) -> Summary:
        """The numbers of two stretches."""


class Sum(Fold):
    """The sum, as two floats."""

    width = 2

    def lift(self, time: float, value: float) -> Summary:
        return value, 0.0

    def merge(self, earlier: Sequence[float], later: Sequence[float]) -> Summary:
        high, error = _two_sum(earlier[0], later[0])
        return _two_sum(high, error + (earlier[1] + later[1]))


class Least(Fold):
    """The least value."""

    width = 1

    def lift(self, time: float, value: float) -> Summary:
        return (value,)

    def merge(self, earlier: Sequence[float], later: Sequence[float]) -> Summary:
        return (min(earlier[0], later[0]),)


class Greatest(Fold):
    """The greatest value."""

    width = 1

    def lift(self, time: float, value: float) -> Summary:
        return (value,)

    def merge(self, earlier: Sequence[float], later: Sequence[float]) -> Summary:
        return (max(earlier[0], later[0]),)


class Increase(Fold):
    """Of a counter: its first and last value, and by how much it has increased in between, as two floats."""

    width = 4

    def lift(self, time: float, value: float) -> Summary:
        return value, value, 0.0, 0.0

    def merge(self, earlier: Sequence[float], later: Sequence[float]) -> Summary:
        first, before, high, low = earlier
        after, last, later_high, later_low = later
        high, low = _moved(high, low, increase(before, after))
        high, error = _two_sum(high, later_high)
        return first, last, *_two_sum(high, error + (low + later_low))


class Spread(Fold):
    """The number of samples, their mean as two floats, and the sum of the squares of their deviations from it.

    Merged as Chan, Golub and LeVeque do (1979): all terms of the last are positive, so none cancels another.
    """

    width = 4

    def lift(self, time: float, value: float) -> Summary:
        return 1.0, value, 0.0, 0.0

    def merge(self, earlier: Sequence[float], later: Sequence[float]) -> Summary:
        before, high, low, squares = earlier
        after, later_high, later_low, later_squares = later
        count = before + after
        apart = (later_high - high) + (later_low - low)
        high, low = _moved(high, low, apart * after / count)
        return count, high, low, squares + later_squares + apart * apart * (before * after / count)


class Trend(Fold):
    """The number of samples, the means of times and values, and the sums of their products of deviations."""

    width = 6

    def lift(self, time: float, value: float) -> Summary:
        return 1.0, time, value, 0.0, 0.0, 0.0

    def merge(self, earlier: Sequence[float], later: Sequence[float]) -> Summary:
        before, time, high, low, of_times, of_both = earlier
        after, later_time, later_high, later_low, later_of_times, later_of_both = later
        count = before + after
        share, weight = after / count, before * after / count
        passed = later_time - time
        apart = (later_high - high) + (later_low - low)
        high, low = _moved(high, low, apart * share)
        return (
            count,
            time + passed * share,
            high,
            low,
            of_times + later_of_times + passed * passed * weight,
            of_both + later_of_both + passed * apart * weight,
        )


def increase(before: float, after: float) -> float:
    """By how much a counter has increased: one that fell has begun again at 0."""
    return after - before if after >= before else after


def deviation(spread: Sequence[float]) -> float | None:
    """The standard deviation of a sample (divided by n - 1); None of fewer than two."""
    count, _, _, squares = spread
    return math.sqrt(squares / (count - 1)) if count > 1 else None


def slope(trend: Sequence[float]) -> float | None:
    """The slope by least squares, per second; None where all samples have one time."""
    _, _, _, _, of_times, of_both = trend
    return SECOND * of_both / of_times if of_times > 0 else None


def _two_sum(one: float, other: float) -> tuple[float, float]:
    """The sum, and what rounding has taken from it (Knuth, The Art of Computer Programming 2, 4.2.2)."""
    total = one + other
    part = total - one
    return total, (one - (total - part)) + (other - part)


def _moved(high: float, low: float, by: float) -> tuple[float, float]:
    total, error = _two_sum(high, by)
    return _two_sum(total, error + low)
