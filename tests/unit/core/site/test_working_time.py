"""Working time, compared with a count of the minutes in which a calendar holds."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.times import DAY, HOUR, LATEST, MINUTE, Micros, from_datetime, to_datetime
from gateway.core.site.calendars import Calendar, CalendarSpec, compile_calendar
from gateway.core.site.working_time import EVERY_HOUR, CalendarHours, hours_of
from gateway.site_files.holidays import holidays_of

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
LORD_HOWE, ST_JOHNS, APIA = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Apia")
WORKING: dict[str, Any] = {"days": "mon-fri", "hours": "08:30-18:00"}
NIGHTS: dict[str, Any] = {"hours": "22:00-06:00"}
OVERLAPPING: dict[str, Any] = {
    "spans": [{"days": "sat", "hours": "20:00-08:00"}, {"days": "sun", "hours": ["02:30-04:00", "06:00-12:00"]}]
}
WATCHED_DAYS = 8
WATCHED = [
    (BERLIN, "2026-03-25", WORKING),
    (BERLIN, "2026-03-25", NIGHTS),
    (BERLIN, "2026-03-25", OVERLAPPING),
    (BERLIN, "2026-10-21", NIGHTS),
    (BERLIN, "2026-10-21", OVERLAPPING),
    (BERLIN, "2026-10-21", {"outside": "inner"}),
    (LORD_HOWE, "2026-04-01", NIGHTS),
    # Clocks were set back at 0:01 to 23:01 of the day before.
    (ST_JOHNS, "2010-11-03", NIGHTS),
    # The 30th of December 2011 was left out.
    (APIA, "2011-12-27", NIGHTS),
    (SHANGHAI, "2026-09-26", WORKING | {"holidays": "CN"}),
]


def calendar(zone: ZoneInfo = SHANGHAI, **fields: Any) -> Calendar:  # noqa: ANN401
    spec = CalendarSpec.model_validate({key.rstrip("_"): value for key, value in fields.items()})
    inner = {"inner": calendar(zone, **WORKING)} if spec.outside else {}
    return compile_calendar(spec, zone, holidays={"CN": holidays_of("CN")}, calendars=inner)


def hours(zone: ZoneInfo = SHANGHAI, **fields: Any) -> CalendarHours:  # noqa: ANN401
    return CalendarHours(calendar(zone, **fields))


def at(text: str, zone: ZoneInfo = SHANGHAI) -> Micros:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC))


def shown(moment: Micros | None, zone: ZoneInfo = SHANGHAI) -> str:
    assert moment is not None
    return to_datetime(moment).astimezone(zone).strftime("%m-%d %H:%M")


@cache
def watched(which: int) -> tuple[CalendarHours, Micros, list[int]]:
    """A calendar, the beginning of some days, and how many minutes it has held by each of their minutes."""
    zone, first, fields = WATCHED[which]
    begin, each = at(first, zone), calendar(zone, **fields)
    held = (each.is_active(begin + minute * MINUTE) for minute in range(WATCHED_DAYS * 24 * 60))
    return CalendarHours(each), begin, [0, *accumulate(map(int, held))]


@pytest.mark.parametrize("which", range(len(WATCHED)))
@given(data=st.data())
def test_what_counts_are_the_minutes_in_which_the_calendar_holds(which: int, data: st.DataObject) -> None:
    found, begin, held = watched(which)
    start = data.draw(st.integers(0, len(held) - 1))
    end = data.draw(st.integers(start, len(held) - 1))
    counted = held[end] - held[start]
    assert found.counted(begin + start * MINUTE, begin + end * MINUTE) == counted * MINUTE
    if counted:
        first = next(minute for minute in range(start, end + 1) if held[minute] - held[start] == counted)
        assert found.after(begin + start * MINUTE, counted * MINUTE) == begin + first * MINUTE


@pytest.mark.parametrize("which", range(len(WATCHED)))
@given(data=st.data())
def test_a_due_moment_is_the_first_by_which_so_much_has_counted_to_the_microsecond(
    which: int, data: st.DataObject
) -> None:
    found, begin, _ = watched(which)
    start = begin + data.draw(st.integers(0, WATCHED_DAYS * DAY))
    amount = data.draw(st.integers(1, 40 * HOUR))
    moment = found.after(start, amount)
    assert moment is not None
    assert found.counted(start, moment) == amount
    assert found.counted(start, moment - 1) == amount - 1


@given(
    which=st.integers(0, len(WATCHED) - 1),
    cuts=st.lists(st.integers(0, WATCHED_DAYS * DAY), min_size=3, max_size=3).map(sorted),
)
def test_a_stretch_counts_as_much_as_its_two_parts(which: int, cuts: list[Micros]) -> None:
    found, begin, _ = watched(which)
    first, middle, last = (begin + cut for cut in cuts)
    assert found.counted(first, last) == found.counted(first, middle) + found.counted(middle, last)
    assert found.counted(last, first) == 0 or first == last


def test_hours_from_half_past_eight_stay_so_when_clocks_are_set() -> None:
    working = hours(BERLIN, hours="08:30-17:00")
    for day in ("2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"):
        evening = at(f"{day}T17:00", BERLIN)
        assert shown(working.after(evening, MINUTE), BERLIN).endswith("08:31")
        assert working.counted(at(f"{day}T00:00", BERLIN), evening) == 8 * HOUR + 30 * MINUTE


def test_a_night_in_which_clocks_are_set_counts_the_hours_that_pass() -> None:
    nights = hours(BERLIN, **NIGHTS)
    lengths = [
        nights.counted(at(f"{day}T12:00", BERLIN), at(f"{day}T12:00", BERLIN) + DAY) // HOUR
        for day in ("2026-03-27", "2026-03-28", "2026-10-24")
    ]
    assert lengths == [8, 7, 9]


def test_a_date_that_the_wall_shows_again_after_midnight_has_ended() -> None:
    # Clocks were set back at 0:01 to 23:01 of the day before: the minute from 0:00 on is over then.
    nights, midnight = hours(ST_JOHNS, **NIGHTS), at("2010-11-07T00:00", ST_JOHNS)
    shown_again = midnight + MINUTE
    assert to_datetime(shown_again).astimezone(ST_JOHNS).strftime("%d %H:%M") == "06 23:01"
    assert nights.counted(shown_again, shown_again + MINUTE) == MINUTE
    assert nights.after(shown_again, MINUTE) == shown_again + MINUTE


def test_time_runs_on_over_the_national_holidays_only_where_people_work() -> None:
    working = hours(**WORKING, holidays="CN")
    # The first to the seventh of October are holidays; people work on Saturday the tenth.
    assert shown(working.after(at("2026-09-30T17:00"), 2 * HOUR)) == "10-08 09:30"
    assert working.counted(at("2026-09-30T18:00"), at("2026-10-11T00:00")) == 3 * (9 * HOUR + 30 * MINUTE)


def test_a_calendar_that_never_holds_again_never_gives_the_time() -> None:
    once = hours(days="mon", hours="08:00-09:00", holidays="CN", except_="2026-01-01..2026-12-31")
    assert once.after(at("2026-06-01T00:00"), HOUR) == at("2027-01-04T09:00")
    never = CalendarHours(
        compile_calendar(
            CalendarSpec.model_validate({"outside": "always"}),
            SHANGHAI,
            holidays={},
            calendars={"always": calendar()},
        )
    )
    assert never.after(at("2026-06-01T00:00"), 1) is None
    assert never.after(at("2026-06-01T00:00"), 0) == at("2026-06-01T00:00")
    assert never.counted(at("2026-06-01T00:00"), at("2027-06-01T00:00")) == 0


def test_single_dates_far_apart_are_found_and_the_last_is_the_end() -> None:
    dates = hours(days="mon", hours="08:00-09:00", except_="2027-01-01..2028-12-31", also="2029-06-06")
    start = at("2026-12-28T12:00")
    assert shown(dates.after(start, HOUR)) == "01-01 09:00"
    assert dates.after(start, HOUR) == at("2029-01-01T09:00")
    assert dates.counted(start, at("2029-06-07T00:00")) == 24 * HOUR  # 23 Mondays and the date


def test_every_hour_counts_without_a_calendar() -> None:
    every = hours_of(None, {})
    assert every is EVERY_HOUR
    assert (every.counted(5, 9), every.counted(9, 5)) == (4, 0)
    assert (every.after(5, 4), every.after(5, -4)) == (9, 5)
    assert every.after(LATEST, 1) is None


def test_the_hours_of_a_calendar_are_computed_once_and_found_by_its_id() -> None:
    calendars = {"working-hours": calendar(**WORKING)}
    assert hours_of("working-hours", calendars) is hours_of("working-hours", calendars)
    with pytest.raises(KeyError, match="night"):
        hours_of("night", calendars)


def test_more_days_than_are_kept_are_counted_all_the_same() -> None:
    daily = hours(hours="08:00-09:00")
    start = at("2026-01-01T00:00")
    assert daily.counted(start, start + 5_000 * DAY) == 5_000 * HOUR
    assert daily.after(start, 5_000 * HOUR) == start + 4_999 * DAY + 9 * HOUR
