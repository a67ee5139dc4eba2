"""The wall clock of a site."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.core.kernel.times import HOUR, MINUTE, SECOND, Micros, from_datetime, to_datetime
from gateway.core.site.wall_time import Interval, date_at, joined, moment_of, whole_day, without
from tests.unit.core.site.wall_clocks import WatchedClock

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def utc(text: str) -> Micros:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("day", "minute", "moment"),
    [
        (date(2026, 1, 5), 8 * 60, "2026-01-05T07:00"),
        (date(2026, 7, 6), 8 * 60, "2026-07-06T06:00"),
        (SPRING, 2 * 60 + 30, "2026-03-29T01:00"),  # 02:30 does not exist: clocks go from 02:00 to 03:00
        (SPRING, 3 * 60, "2026-03-29T01:00"),
        (AUTUMN, 2 * 60 + 30, "2026-10-25T00:30"),  # the first of two
        (AUTUMN, 3 * 60, "2026-10-25T02:00"),
        (date(2026, 10, 24), 26 * 60, "2026-10-25T00:00"),
    ],
)
def test_a_time_of_day_is_the_first_moment_at_which_the_clock_shows_it_or_more(
    day: date, minute: int, moment: str
) -> None:
    assert moment_of(BERLIN, day, minute) == utc(moment)


def test_a_day_on_which_clocks_are_set_has_23_or_25_hours() -> None:
    lengths = [(span.end - span.start) // HOUR for span in (whole_day(BERLIN, SPRING), whole_day(BERLIN, AUTUMN))]
    assert lengths == [23, 25]


def test_a_day_that_a_zone_left_out_is_empty() -> None:
    samoa = whole_day(ZoneInfo("Pacific/Apia"), date(2011, 12, 30))
    assert samoa.start == samoa.end == utc("2011-12-30T10:00")


@pytest.mark.parametrize(
    ("zone", "around"),
    [
        ("Europe/Berlin", SPRING),
        ("Europe/Berlin", AUTUMN),
        ("America/New_York", date(2026, 3, 8)),
        ("America/New_York", date(2026, 11, 1)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),  # by half an hour
        ("Australia/Lord_Howe", date(2026, 10, 4)),
        ("America/Havana", date(2026, 3, 8)),  # at midnight
        ("America/Havana", date(2026, 11, 1)),
        ("Antarctica/Troll", date(2026, 3, 29)),  # by two hours
        ("Pacific/Apia", date(2011, 12, 30)),
    ],
)
def test_every_minute_of_a_day_is_where_a_watched_clock_shows_it(zone: str, around: date) -> None:
    clock, days = WatchedClock(ZoneInfo(zone), around, 1), [around + timedelta(days=each) for each in (-1, 0, 1)]
    wrong = [
        (day, minute)
        for day in days
        for minute in range(0, 24 * 60 + 1, 5)
        if moment_of(ZoneInfo(zone), day, minute) != clock.first_showing(day, minute)
    ]
    assert wrong == []


def test_the_date_is_that_of_the_zone() -> None:
    assert date_at(ZoneInfo("Asia/Shanghai"), utc("2026-01-31T16:00")) == date(2026, 2, 1)


def test_a_moment_keeps_its_seconds_where_a_zone_changed_within_a_minute() -> None:
    found = moment_of(ZoneInfo("Africa/Monrovia"), date(1972, 1, 7), 10)  # set forward by 44 min 30 s at 0:00
    assert found % MINUTE == 30 * SECOND
    assert to_datetime(found).astimezone(ZoneInfo("Africa/Monrovia")).strftime("%H:%M:%S") == "00:44:30"


def test_stretches_that_overlap_or_touch_are_joined_and_empty_ones_left_out() -> None:
    found = joined([Interval(5, 9), Interval(1, 3), Interval(3, 4), Interval(6, 7), Interval(4, 4)])
    assert found == [Interval(1, 4), Interval(5, 9)]


def test_what_is_left_of_a_stretch_lies_between_its_parts() -> None:
    assert without(Interval(0, 10), [Interval(-5, 1), Interval(3, 4), Interval(8, 20)]) == [(1, 3), (4, 8)]
    assert without(Interval(0, 10), [Interval(-5, 20)]) == []
    assert without(Interval(0, 10), []) == [(0, 10)]
