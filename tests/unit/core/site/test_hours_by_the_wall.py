"""Working time in weeks in which clocks are set, against a look at the wall clock in each minute."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.kernel.times import MINUTE
from gateway.core.site.calendars import CalendarSpec, compile_calendar
from gateway.core.site.notation import WEEKDAYS
from gateway.core.site.working_time import CalendarHours
from tests.unit.core.site.wall_clocks import WatchedClock

A_DAY = 24 * 60
DAYS = 6
CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/St_Johns", date(2026, 3, 8)),
    ("America/St_Johns", date(2010, 11, 7)),  # at 0:01, back into the day before
    ("America/Havana", date(2026, 3, 8)),  # the day begins at 1:00
    ("America/Havana", date(2026, 11, 1)),  # the first hour of the day twice
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 30)),  # the last hour of the day twice
    ("America/Santiago", date(2026, 9, 6)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Antarctica/Troll", date(2026, 3, 29)),
    ("Pacific/Apia", date(2011, 12, 30)),  # a day that was left out
    ("Asia/Shanghai", date(2026, 10, 4)),  # never
]
Span = tuple[set[int], int, int]
"""On these days of the week, from one minute of the day to another, which may be of the next day."""

minutes = st.sampled_from([0, 1, 30, 60, 90, 120, 150, 180, 510, 1080, 1380, 1410]) | st.integers(0, A_DAY - 1)


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    found: list[Span] = []
    for _ in range(draw(st.integers(1, 2))):
        start = draw(minutes)
        end = start + draw(st.sampled_from([30, 60, 570, 780]) | st.integers(1, A_DAY - 1))
        found.append((draw(st.sets(st.integers(0, 6), min_size=1)), start, end))
    return found


@cache
def watched(which: int) -> WatchedClock:
    zone, around = CHANGES[which]
    return WatchedClock(ZoneInfo(zone), around - timedelta(days=DAYS // 2), DAYS)


def holds(shown: int, given_spans: list[Span], closed: set[date]) -> bool:
    """Whether it holds while the wall shows this, in minutes since the year 1, or has shown it and was set back."""
    for before in (0, 1):
        day, minute = date.fromordinal(shown // A_DAY - before), shown % A_DAY + before * A_DAY
        if day not in closed and any(day.weekday() in days and a <= minute < b for days, a, b in given_spans):
            return True
    return False


def written(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


@settings(max_examples=120, derandomize=True, deadline=None)
@given(
    which=st.integers(0, len(CHANGES) - 1),
    given_spans=spans(),
    closed=st.sets(st.integers(-2, 2)),
    is_outside=st.booleans(),
    choose=st.data(),
)
def test_hours_count_while_the_wall_shows_them(
    which: int, given_spans: list[Span], closed: set[int], is_outside: bool, choose: st.DataObject
) -> None:
    zone, around = ZoneInfo(CHANGES[which][0]), CHANGES[which][1]
    clock, dates = watched(which), {around + timedelta(days=each) for each in closed}
    written_spans = [
        {"days": [WEEKDAYS[day] for day in days], "hours": f"{written(start)}-{written(end)}"}
        for days, start, end in given_spans
    ]
    spec = CalendarSpec.model_validate({"spans": written_spans, "except": [str(each) for each in dates]})
    calendar = compile_calendar(spec, zone, holidays={}, calendars={})
    if is_outside:
        outside = CalendarSpec.model_validate({"outside": "inner"})
        calendar = compile_calendar(outside, zone, holidays={}, calendars={"inner": calendar})
    held = [holds(shown, given_spans, dates) is not is_outside for shown in clock.highest]
    first, last = 2 * A_DAY, len(held) - 2 * A_DAY
    start = choose.draw(st.integers(first, last))
    end = choose.draw(st.integers(start, last))
    for minute in range(start, end, 61):
        assert calendar.is_active(clock.at(minute)) is held[minute]
    counted = [0, *accumulate(map(int, held))]
    amount = counted[end] - counted[start]
    hours = CalendarHours(calendar)
    assert hours.counted(clock.at(start), clock.at(end)) == amount * MINUTE
    if amount:
        moment = next(minute for minute in range(start, end + 1) if counted[minute] - counted[start] == amount)
        assert hours.after(clock.at(start), amount * MINUTE) == clock.at(moment)
        assert hours.after(clock.at(start), amount * MINUTE - 1) == clock.at(moment) - 1
