"""The hours that no calendar of several covers, in words: those of a usual week, and the dates that differ from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from gateway.core.kernel.times import Micros, to_datetime
from gateway.core.site.calendars import Calendar
from gateway.core.site.notation import WEEKDAYS
from gateway.core.site.wall_time import date_at, days_around, whole_day, without

_LOOK_AHEAD_DAYS = 366
"""Each holiday comes within a year."""
_SHOWN = 3
_ALL_DAY = "00:00-24:00"
_Hours = tuple[str, ...]
"""Stretches of one date, such as `08:00-18:00`."""


def hours_without(calendars: Sequence[Calendar], zone: ZoneInfo, now: Micros) -> str:
    """When none of these calendars holds within the next year, in words; empty where one of them always does."""
    first = date_at(zone, now)
    days = [first + timedelta(days=index) for index in range(_LOOK_AHEAD_DAYS)]
    open_on = {day: _open_on(calendars, zone, day) for day in days}
    usual = [
        Counter(hours for day, hours in open_on.items() if day.weekday() == weekday).most_common(1)[0][0]
        for weekday in range(len(WEEKDAYS))
    ]
    special = {day: hours for day, hours in open_on.items() if _minutes(hours) > _minutes(usual[day.weekday()])}
    return "; and ".join(filter(None, (_of_week(usual), _of_dates(special))))


def _open_on(calendars: Sequence[Calendar], zone: ZoneInfo, day: date) -> _Hours:
    begun = (each for calendar in calendars for start in days_around(day) for each in calendar.intervals_on(start))
    whole = whole_day(zone, day)
    return tuple(
        f"{to_datetime(each.start).astimezone(zone):%H:%M}-"
        f"{'24:00' if each.end == whole.end else f'{to_datetime(each.end).astimezone(zone):%H:%M}'}"
        for each in without(whole, begun)
    )


def _minutes(hours: _Hours) -> int:
    """By the wall clock, so that a day on which clocks are set is no other than the rest."""
    times = [int(time[:2]) * 60 + int(time[3:]) for stretch in hours for time in stretch.split("-")]
    return sum(times[1::2]) - sum(times[::2])


def _of_week(usual: Sequence[_Hours]) -> str:
    """Days that follow one another with the same hours are said together."""
    found: list[str] = []
    first = 0
    for index, hours in enumerate(usual):
        if index + 1 < len(usual) and usual[index + 1] == hours:
            continue
        if hours:
            days = WEEKDAYS[first] if first == index else f"{WEEKDAYS[first]}-{WEEKDAYS[index]}"
            found.append(f"{days} {_in_words(hours)}")
        first = index + 1
    return ", ".join(found)


def _of_dates(special: dict[date, _Hours]) -> str:
    if not special:
        return ""
    shown = [f"{day} {_in_words(hours)}" for day, hours in [*special.items()][:_SHOWN]]
    more = f" and {len(special) - _SHOWN} more dates" if len(special) > _SHOWN else ""
    return f"on holidays and other dates that differ: {', '.join(shown)}{more}"


def _in_words(hours: _Hours) -> str:
    return "all day" if hours == (_ALL_DAY,) else " and ".join(hours)
