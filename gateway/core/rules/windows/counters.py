"""Samples of a counter: its rate."""

from __future__ import annotations

from gateway.core.kernel.times import SECOND, Micros
from gateway.core.rules.windows.folds import Increase, increase
from gateway.core.rules.windows.samples import Samples


class CounterSamples(Samples):
    """Knows the sample before its first as well, from which the counter has increased to that one."""

    __slots__ = ("before",)

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity, Increase())
        self.before: tuple[Micros, float] | None = None
        """The latest sample that has left, or is older than the window; None where none is known."""

    def increased(self, begin: Micros) -> tuple[float, Micros] | None:
        """By how much the counter has increased from `begin` to the last sample, and in how many microseconds of that.

        From the sample before the window to its first, the counter has increased evenly. None where fewer than two
        samples are known, or no time has passed between them.
        """
        folded = self.folded()
        if folded is None:
            return None
        first, _, high, low = folded
        start, (last, _) = self.oldest[0], self.latest
        total = high + low
        if self.before is not None:
            time, value = self.before
            if (passed := start - time) > 0:
                since = max(begin, time)
                total += increase(value, first) * ((start - since) / passed)
                start = since
            else:
                total += increase(value, first)
        return (total, last - start) if last > start else None

    def rate(self, begin: Micros) -> float | None:
        """The increase per second from `begin` to the last sample; None where it is unknown."""
        increased = self.increased(begin)
        return None if increased is None else increased[0] * SECOND / increased[1]

    def _leave(self, count: int) -> None:
        place = self._first + count - 1
        if self.before is None or self._times[place] >= self.before[0]:
            self.before = self._times[place], self._values[place]
        super()._leave(count)
