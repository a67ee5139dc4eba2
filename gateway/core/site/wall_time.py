"""The wall clock of a site: its dates and times of day as points in time.

A span of time that people write begins and ends by the wall clock, and occurs once for its date, also when clocks are
set forward or back. Where an hour occurs twice, its first occurrence counts. Where an hour does not exist, its times
stand for the moment at which clocks are set forward. So a span that ends when another begins still does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.core.kernel.times import SECOND, Micros, from_datetime, to_datetime

DAY_MINUTES = 24 * 60
_ONE_DAY = timedelta(days=1)


class Interval(NamedTuple):
    """A stretch of time."""

    start: Micros
    end: Micros
    """The first moment that does not belong to it; after the start."""


def date_at(zone: ZoneInfo, at: Micros) -> date:
    """The date that a calendar on the wall shows then."""
    return to_datetime(at).astimezone(zone).date()


def moment_of(zone: ZoneInfo, day: date, minute: int) -> Micros:
    """The first moment at which the wall clock shows this minute of the day, or a later one where it shows it never.

    Args:
        minute: counted from 0:00 of the day; from 1,440 on it is in the day after.
    """
    shown = datetime.combine(day, time.min, zone) + timedelta(minutes=minute)
    first, second = shown.replace(fold=0), shown.replace(fold=1)
    earlier, later = from_datetime(second.astimezone(UTC)), from_datetime(first.astimezone(UTC))
    if earlier >= later:  # the offset is the same, or this is shown twice and `first` is the earlier one
        return later
    before = to_datetime(earlier).astimezone(zone).utcoffset()
    while later - earlier > SECOND:
        middle = (earlier + later) // (2 * SECOND) * SECOND
        if to_datetime(middle).astimezone(zone).utcoffset() == before:
            earlier = middle
        else:
            later = middle
    return later


def joined(intervals: Iterable[Interval]) -> list[Interval]:
    """The same stretches of time in order, with those joined that overlap or touch; empty ones are left out."""
    result: list[Interval] = []
    for interval in sorted(intervals):
        if interval.start >= interval.end:
            continue
        if result and interval.start <= result[-1].end:
            result[-1] = Interval(result[-1].start, max(result[-1].end, interval.end))
        else:
            result.append(interval)
    return result


def without(whole: Interval, parts: Iterable[Interval]) -> list[Interval]:
    """What is left of a stretch of time without these."""
    left, start = [], whole.start
    for part in joined(parts):
        if part.start > start:
            left.append(Interval(start, min(part.start, whole.end)))
        start = max(start, part.end)
        if start >= whole.end:
            break
    left.append(Interval(start, whole.end))
    return joined(left)


def whole_day(zone: ZoneInfo, day: date) -> Interval:
    """The day from its first to its last moment: 23 or 25 hours where clocks are set."""
    return Interval(moment_of(zone, day, 0), moment_of(zone, day, DAY_MINUTES))


def days_around(day: date) -> tuple[date, date, date]:
    """The day before, the day and the day after: those on which a span can begin that holds at a moment of the day."""
    return day - _ONE_DAY, day, day + _ONE_DAY
