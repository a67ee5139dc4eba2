"""A wall clock that is watched minute by minute, to compare the reckoning with."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.core.kernel.times import MINUTE, Micros, from_datetime

_A_DAY = 24 * 60


class WatchedClock:
    """What the wall clock of a zone shows in each minute of some days, at most, up to then."""

    def __init__(self, zone: ZoneInfo, first: date, days: int) -> None:
        begin = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=3)
        self.begin = from_datetime(begin)
        self.highest: list[int] = []
        """Of each minute since the beginning: the latest that was shown up to then, in minutes since the year 1."""
        highest = 0
        for minute in range((days + 6) * _A_DAY):
            shown = (begin + timedelta(minutes=minute)).astimezone(zone)
            highest = max(highest, shown.toordinal() * _A_DAY + shown.hour * 60 + shown.minute)
            self.highest.append(highest)

    def at(self, minute: int) -> Micros:
        """The moment of a minute since the beginning."""
        return self.begin + minute * MINUTE

    def first_showing(self, day: date, minute: int) -> Micros:
        """The first moment at which it shows this minute of the day, or something later."""
        return self.at(bisect_left(self.highest, day.toordinal() * _A_DAY + minute))
