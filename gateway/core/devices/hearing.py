"""Hearing time: how long the gateway has heard its devices in all, over restarts.

By it a device is silent: no device can be blamed for the time in which the gateway did not listen, however often that
is interrupted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from gateway.core.kernel.times import Micros

MOST_INTERVALS = 100
"""That are kept: only those since the last snapshot of all devices are ever looked at."""


class Position(NamedTuple):
    """A moment in hearing time. Later ones are greater."""

    heard: Micros
    """How long the gateway had heard its devices before, in all."""
    gaps: int
    """How often it had begun to hear."""


BEGINNING = Position(0, 0)


class HearingInterval(msgspec.Struct, frozen=True, gc=False):
    """A time in which the gateway heard: a row of the store."""

    number: int
    since: Micros
    until: Micros | None
    """None while it lasts."""
    heard: Micros
    """How long the gateway had heard before it, in all."""

    @property
    def total(self) -> Micros:
        """How long the gateway had heard when it was over; at its beginning, while it lasts."""
        return self.heard + (0 if self.until is None else self.until - self.since)


class Hearing:
    """Counts hearing time."""

    def __init__(self) -> None:
        self._intervals: list[HearingInterval] = []
        self._changed: dict[int, HearingInterval] = {}

    def restore(self, intervals: Sequence[HearingInterval]) -> None:
        """Go on from the intervals of earlier runs; the last may not have an end."""
        self._intervals = sorted(intervals, key=lambda interval: interval.number)

    @property
    def intervals(self) -> Sequence[HearingInterval]:
        """The times in which the gateway heard, the earliest first."""
        return self._intervals

    @property
    def is_on(self) -> bool:
        """Whether the gateway hears."""
        return bool(self._intervals) and self._intervals[-1].until is None

    @property
    def gaps(self) -> int:
        """How often it has begun to hear."""
        return self._intervals[-1].number if self._intervals else 0

    def begin(self, now: Micros) -> None:
        """The gateway hears from now on."""
        heard = self._intervals[-1].total if self._intervals else 0
        self._put(HearingInterval(self.gaps + 1, now, None, heard))
        del self._intervals[:-MOST_INTERVALS]

    def end(self, at: Micros) -> None:
        """The gateway has heard until then, by the clock by which it has begun."""
        if self.is_on:
            last = self._intervals.pop()
            self._put(msgspec.structs.replace(last, until=max(at, last.since)))

    def clock_set(self, by: Micros) -> None:
        """Move the intervals along with the gateway's clock."""
        intervals, self._intervals = self._intervals, []
        for each in intervals:
            until = None if each.until is None else each.until + by
            self._put(msgspec.structs.replace(each, since=each.since + by, until=until))

    def includes(self, time: Micros) -> bool:
        """Whether the gateway heard then, as far as is known."""
        return any(
            each.since <= time and (each.until is None or time <= each.until) for each in reversed(self._intervals)
        )

    def at(self, time: Micros) -> Position:
        """The position of a time. It stands still while the gateway does not hear.

        A moment with which one interval ends and the next begins belongs to the former: so it did before there was the
        latter.
        """
        intervals = self._intervals
        for index in range(len(intervals) - 1, -1, -1):
            each = intervals[index]
            if each.since < time or (each.since == time and not (index and intervals[index - 1].until == time)):
                end = time if each.until is None else min(time, each.until)
                return Position(each.heard + end - each.since, each.number)
        if not self._intervals:
            return BEGINNING
        oldest = self._intervals[0]
        return Position(oldest.heard, oldest.number - 1)

    def time_of(self, heard: Micros) -> Micros:
        """The time at which hearing time is so long, if the gateway goes on hearing as it does now."""
        last = self._intervals[-1]
        return last.since + heard - last.heard

    def finish(self) -> list[HearingInterval]:
        """The intervals that have changed since the last call."""
        changed, self._changed = self._changed, {}
        return [*changed.values()]

    def _put(self, interval: HearingInterval) -> None:
        self._intervals.append(interval)
        self._changed[interval.number] = interval
