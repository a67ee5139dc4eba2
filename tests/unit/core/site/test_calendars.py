"""Calendars, compared with a wall clock that is watched minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.core.kernel.times import HOUR, MINUTE, Micros, from_datetime, isoformat
from gateway.core.site.calendars import Calendar, CalendarSpec, compile_calendar
from gateway.site_files.holidays import holidays_of
from tests.unit.core.site.wall_clocks import WatchedClock

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
CHINA = holidays_of("CN")
WORKING: dict[str, Any] = {"days": "mon-fri", "hours": "08:00-18:00"}
WORKED_WEEKENDS_2026 = ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")
"""As the State Council announced them."""


def calendar(zone: ZoneInfo = SHANGHAI, **fields: Any) -> Calendar:  # noqa: ANN401
    known = {"CN": CHINA, "DE-BY": holidays_of("DE-BY")}
    return compile_calendar(CalendarSpec.model_validate(fields), zone, holidays=known, calendars={})


def outside(inner: Calendar) -> Calendar:
    spec = CalendarSpec.model_validate({"outside": "inner"})
    return compile_calendar(spec, inner.zone, holidays={}, calendars={"inner": inner})


def at(text: str, zone: ZoneInfo = SHANGHAI) -> Micros:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC))


def changes(each: Calendar, start: str, count: int, zone: ZoneInfo = SHANGHAI) -> list[str]:
    """The next changes after a moment, by the wall."""
    found, time = [], at(start, zone)
    for _ in range(count):
        following = each.next_change(time)
        assert following is not None
        time = following
        found.append(from_utc(time, zone))
    return found


def from_utc(time: Micros, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(isoformat(time)).astimezone(zone).strftime("%a %d %H:%M")


def test_working_hours_begin_on_monday_morning_and_end_every_evening() -> None:
    assert changes(calendar(**WORKING), "2026-11-27T12:00", 4) == [
        "Fri 27 18:00",
        "Mon 30 08:00",
        "Mon 30 18:00",
        "Tue 01 08:00",
    ]


def test_a_moment_at_which_hours_begin_is_inside_and_one_at_which_they_end_is_not() -> None:
    working = calendar(**WORKING)
    times = ("2026-11-30T08:00", "2026-11-30T18:00")
    assert [working.is_active(at(time)) for time in times] == [True, False]
    assert [working.is_active(at(time) - 1) for time in times] == [False, True]


def test_two_spans_a_day_leave_the_break_out() -> None:
    found = calendar(days="mon-fri", hours=["08:00-12:00", "13:00-17:00"])
    assert changes(found, "2026-11-30T07:00", 4) == ["Mon 30 08:00", "Mon 30 12:00", "Mon 30 13:00", "Mon 30 17:00"]


def test_a_span_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    night = calendar(days="fri", hours="22:00-06:00")
    assert changes(night, "2026-11-27T00:00", 3) == ["Fri 27 22:00", "Sat 28 06:00", "Fri 04 22:00"]
    assert night.is_active(at("2026-11-28T05:59"))
    assert not night.is_active(at("2026-11-27T05:59"))


def test_groups_of_days_have_hours_of_their_own() -> None:
    found = calendar(spans=[{"days": "mon-thu", "hours": "08:00-18:00"}, {"days": "fri", "hours": "08:00-15:00"}])
    assert changes(found, "2026-11-26T12:00", 3) == ["Thu 26 18:00", "Fri 27 08:00", "Fri 27 15:00"]


def test_whole_days_in_a_row_are_one_stretch() -> None:
    assert changes(calendar(days="sat-sun"), "2026-11-27T00:00", 2) == ["Sat 28 00:00", "Mon 30 00:00"]


def test_what_always_holds_never_changes_and_neither_does_what_is_outside_it() -> None:
    always = calendar()
    assert (always.is_active(at("2026-11-27T00:00")), always.next_change(at("2026-11-27T00:00"))) == (True, None)
    never = outside(always)
    assert (never.is_active(at("2026-11-27T00:00")), never.next_change(at("2026-11-27T00:00"))) == (False, None)


def test_a_single_date_far_away_is_found() -> None:
    fields: dict[str, Any] = {"days": "mon-sun", "except": "2029-07-01"}
    found = calendar(**fields)
    assert changes(found, "2026-11-27T00:00", 2) == ["Sun 01 00:00", "Mon 02 00:00"]


def test_the_time_outside_a_calendar_is_the_rest() -> None:
    quiet = outside(calendar(**WORKING))
    assert changes(quiet, "2026-11-27T12:00", 3) == ["Fri 27 18:00", "Mon 30 08:00", "Mon 30 18:00"]


def test_dates_of_the_site_come_before_the_holidays_of_its_country() -> None:
    fields = {**WORKING, "holidays": "CN", "also": ["2026-10-01", "2026-11-28"], "except": "2026-11-30"}
    found = calendar(**fields)
    times = ("2026-10-01T09:00", "2026-10-02T09:00", "2026-11-28T09:00", "2026-11-28T19:00", "2026-11-30T09:00")
    assert [found.is_active(at(time)) for time in times] == [True, False, True, False, False]


def test_in_china_it_holds_on_make_up_working_days_and_not_on_holidays() -> None:
    found = calendar(**WORKING, holidays="CN")
    days = [date(2026, 1, 1) + timedelta(days=each) for each in range(365)]
    weekends = [day for day in days if day.weekday() >= 5 and found.is_active(at(f"{day}T09:00"))]
    assert [day.isoformat() for day in weekends] == list(WORKED_WEEKENDS_2026)
    off = [day for day in days if day.weekday() < 5 and not found.is_active(at(f"{day}T09:00"))]
    assert [f"{day:%m-%d}" for day in off] == [
        *("01-01", "01-02", "02-16", "02-17", "02-18", "02-19", "02-20", "02-23", "04-06", "05-01", "05-04", "05-05"),
        *("06-19", "09-25", "10-01", "10-02", "10-05", "10-06", "10-07"),
    ]


def test_the_holidays_of_a_part_of_a_country_are_its_own() -> None:
    found = calendar(BERLIN, **WORKING, holidays="DE-BY")
    assert not found.is_active(at("2026-01-06T09:00", BERLIN))  # Epiphany, in Bavaria alone
    assert found.is_active(at("2026-01-07T09:00", BERLIN))


def test_hours_in_a_night_when_clocks_are_set_occur_once() -> None:
    nightly = calendar(BERLIN, hours="02:00-02:30")
    spring = [each for each in nightly.following(at("2026-03-28T12:00", BERLIN)) if each.start < at("2026-03-30T00:00")]
    assert spring == []  # 02:00 does not exist
    autumn = [
        each
        for each in nightly.following(at("2026-10-24T12:00", BERLIN))
        if each.start < at("2026-10-26T00:00", BERLIN)
    ]
    assert [(isoformat(each.start)[11:16], each.end - each.start) for each in autumn] == [("00:00", 30 * MINUTE)]


def test_a_night_when_clocks_are_set_has_an_hour_less_or_more_and_ends_where_the_day_begins() -> None:
    night, day = calendar(BERLIN, hours="22:00-06:00"), calendar(BERLIN, hours="06:00-22:00")
    for start, hours in (("2026-03-28T12:00", 7), ("2026-10-24T12:00", 9)):
        first = next(night.following(at(start, BERLIN)))
        assert first.end - first.start == hours * HOUR
        assert first.end == next(each for each in day.following(first.start)).start


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ({"outside": "x", "days": "mon"}, "stands alone"),
        ({"outside": "x", "except": "2026-12-24"}, "stands alone"),
        ({"spans": [{"days": "mon"}], "hours": "08:00-18:00"}, "in place of days and hours"),
        ({"spans": []}, "there is none"),
        ({"except": "2026-12-24", "also": "2026-12-24"}, "stands in except and in also"),
        ({"holidays": "China"}, "no country: write its two letters"),
        ({"holidays": "DE-"}, "names no part of DE"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_an_error(written: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        CalendarSpec.model_validate(written)


FIRST, DAYS = date(2026, 1, 1), 365
SPECIAL = [
    date(2026, month, day)
    for month, day in ((2, 14), (3, 8), (3, 29), (4, 5), (6, 17), (10, 4), (10, 10), (10, 25), (11, 1))
]
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe")
minutes = st.integers(0, 24 * 4 - 1).map(lambda quarter: quarter * 15)


@cache
def watched(zone: str) -> WatchedClock:
    return WatchedClock(ZoneInfo(zone), FIRST, DAYS)


def _written(start: int, end: int) -> str:
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


spans = st.lists(
    st.tuples(minutes, minutes).filter(lambda pair: pair[0] != pair[1]), min_size=1, max_size=2, unique=True
)


@given(
    zone=st.sampled_from(ZONES),
    hours=spans,
    days=st.sets(st.sampled_from(("mon", "tue", "wed", "thu", "fri", "sat", "sun")), min_size=1),
    has_holidays=st.booleans(),
    is_outside=st.booleans(),
    near=st.sampled_from(SPECIAL),
    minute=st.integers(-2 * 24 * 60, 2 * 24 * 60),
)
def test_a_calendar_holds_when_a_watched_clock_says_so(
    *,
    zone: str,
    hours: list[tuple[int, int]],
    days: set[str],
    has_holidays: bool,
    is_outside: bool,
    near: date,
    minute: int,
) -> None:
    clock = watched(zone)
    fields: dict[str, Any] = {"days": sorted(days), "hours": [_written(*pair) for pair in hours]}
    fields |= {"holidays": "CN"} if has_holidays else {}
    found = calendar(ZoneInfo(zone), **fields)
    found = outside(found) if is_outside else found
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    ranges: list[tuple[Micros, Micros]] = []
    for number in range(-6, 14):
        day = near + timedelta(days=number)
        is_on = names[day.weekday()] in days
        if has_holidays:
            is_on = day not in CHINA.days and (is_on or day in CHINA.working)
        for start, end in hours if is_on else ():
            last = end if end > start else end + 24 * 60
            ranges.append((clock.first_showing(day, start), clock.first_showing(day, last)))

    def expected(moment: Micros) -> bool:
        return any(start <= moment < end for start, end in ranges) is not is_outside

    begin = from_datetime(datetime(near.year, near.month, near.day, tzinfo=UTC)) + minute * MINUTE
    assert found.is_active(begin) is expected(begin)
    following = found.next_change(begin)
    horizon = begin + 5 * 24 * HOUR
    step = begin
    while step < horizon and expected(step) is expected(begin):
        step += 15 * MINUTE - step % (15 * MINUTE)
    if step < horizon:
        assert following == step
    else:
        assert following is None or following >= horizon


def test_the_latest_end_is_that_of_the_last_stretch_also_after_a_holiday() -> None:
    working = calendar(**WORKING, holidays="CN")
    ends = {
        "2026-11-30T07:00": "Fri 27 18:00",
        "2026-11-30T12:00": "Fri 27 18:00",
        "2026-11-30T18:00": "Mon 30 18:00",
        "2026-02-24T09:00": "Sat 14 18:00",  # before the Spring Festival
    }
    for time, end in ends.items():
        found = working.latest_end(at(time))
        assert found is not None
        assert from_utc(found, SHANGHAI) == end


def test_whole_days_in_a_row_end_once_and_what_always_holds_never_did() -> None:
    weekend = calendar(days="sat-sun")
    found = weekend.latest_end(at("2026-11-29T12:00"))
    assert found is not None
    assert from_utc(found, SHANGHAI) == "Mon 23 00:00"
    assert calendar().latest_end(at("2026-11-29T12:00")) is None
