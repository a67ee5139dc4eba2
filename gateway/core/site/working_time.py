"""Working time: how much of a stretch of time counts by a calendar, and when so much has counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple, Protocol

from gateway.core.kernel.times import LATEST, Micros
from gateway.core.site.calendars import Calendar
from gateway.core.site.wall_time import DAY_MINUTES, Interval, date_at, joined, moment_of

_QUIET_DAYS = 15
"""After the last date that is special, every week is like the one before: two weeks show whatever may come."""
_LAST_DAY = date(2999, 12, 31).toordinal()
"""No calendar of a building names a later date, and Python's dates break off not long after."""
_MOST_DAYS = 4_096
_CALENDARS = 64


class Hours(Protocol):
    """The time that counts."""

    def counted(self, start: Micros, end: Micros) -> Micros:
        """How much counts from `start` to `end`; 0 where the end is not after the start."""

    def after(self, start: Micros, amount: Micros) -> Micros | None:
        """The first moment from `start` on by which so much has counted: `start` itself where the amount is 0 or less.

        None where so much never counts.
        """


class EveryHour:
    """Every hour counts, day and night."""

    __slots__ = ()

    def counted(self, start: Micros, end: Micros) -> Micros:
        """As of `Hours`."""
        return max(0, end - start)

    def after(self, start: Micros, amount: Micros) -> Micros | None:
        """As of `Hours`; a moment beyond the last that can be shown is never."""
        moment = start + max(0, amount)
        return moment if moment <= LATEST else None


class _Day(NamedTuple):
    """One date of a calendar: what holds from its first moment to that of the next date."""

    begins: Micros
    ends: Micros
    held: tuple[Interval, ...]
    amount: Micros


class CalendarHours:
    """The hours of a calendar count.

    Days that were once computed are kept: a due time over a month of holidays costs a look at each of its days.
    """

    __slots__ = ("_calendar", "_days", "_last_special")

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._last_special = calendar.pattern.last_special.toordinal()
        self._days: dict[int, _Day] = {}

    def counted(self, start: Micros, end: Micros) -> Micros:
        """As of `Hours`."""
        if end <= start:
            return 0
        number = self._date_of(start)
        day = self._day(number)
        total = -_held_before(day, start)
        while day.ends < end:
            total += day.amount
            number += 1
            day = self._day(number)
        return total + _held_before(day, end)

    def after(self, start: Micros, amount: Micros) -> Micros | None:
        """As of `Hours`."""
        if amount <= 0:
            return start
        number = self._date_of(start)
        day = self._day(number)
        left = amount + _held_before(day, start)
        quiet_until = max(number, self._last_special) + _QUIET_DAYS
        while day.amount < left:
            if day.amount:
                left -= day.amount
                quiet_until = max(quiet_until, number + _QUIET_DAYS)
            number += 1
            if number > min(quiet_until, _LAST_DAY):
                return None
            day = self._day(number)
        for interval in day.held:
            length = interval.end - interval.start
            if left <= length:
                return interval.start + left
            left -= length
        raise AssertionError("a day holds what its intervals hold")

    def _date_of(self, moment: Micros) -> int:
        """The date in which a moment lies, from the first moment that shows this date to that of the next.

        Where clocks are set back over midnight, the wall shows the end of a date again after the next has begun.
        """
        number = date_at(self._calendar.zone, moment).toordinal()
        while self._day(number).ends <= moment:
            number += 1
        return number

    def _day(self, number: int) -> _Day:
        day = self._days.get(number)
        if day is None:
            if len(self._days) >= _MOST_DAYS:
                self._days.clear()
            day = self._days[number] = self._computed(number)
        return day

    def _computed(self, number: int) -> _Day:
        zone, today = self._calendar.zone, date.fromordinal(number)
        begins, ends = moment_of(zone, today, 0), moment_of(zone, today, DAY_MINUTES)
        # Hours begin on a date and end on the next at the latest.
        inside = (
            Interval(max(interval.start, begins), min(interval.end, ends))
            for each in (date.fromordinal(number - 1), today)
            for interval in self._calendar.intervals_on(each)
        )
        held = tuple(joined(inside))
        return _Day(begins, ends, held, sum(interval.end - interval.start for interval in held))


def hours_of(calendar: str | None, calendars: Mapping[str, Calendar]) -> Hours:
    """The hours of a calendar by its id; every hour where it is None.

    Raises:
        KeyError: there is no such calendar.
    """
    return EVERY_HOUR if calendar is None else _hours_of(calendars[calendar])


EVERY_HOUR = EveryHour()


def _held_before(day: _Day, moment: Micros) -> Micros:
    """How much of a day has counted before a moment."""
    total = 0
    for interval in day.held:
        if interval.start >= moment:
            break
        total += min(interval.end, moment) - interval.start
    return total


@lru_cache(maxsize=_CALENDARS)
def _hours_of(calendar: Calendar) -> CalendarHours:
    return CalendarHours(calendar)
