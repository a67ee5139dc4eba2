"""SLA clocks by example: what counts, pauses, other targets, and when people are told."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from gateway.core.kernel.times import DAY, HOUR, MINUTE, Micros, from_datetime, to_datetime
from gateway.core.site.calendars import CalendarSpec, compile_calendar
from gateway.core.site.working_time import EVERY_HOUR, CalendarHours
from gateway.core.work.clocks import (
    Clock,
    ClockKind,
    begin,
    counted_at,
    due_at,
    meet,
    next_due,
    pause,
    resume,
    retarget,
    told,
    warn_at,
)
from gateway.site_files.holidays import holidays_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
resolve_within = partial(begin, ClockKind.RESOLVE)


def working(zone: str = "Asia/Shanghai", **fields: Any) -> CalendarHours:  # noqa: ANN401
    spec = CalendarSpec.model_validate({"days": "mon-fri", "hours": "08:30-17:30"} | fields)
    holidays = {"CN": holidays_of("CN")}
    return CalendarHours(compile_calendar(spec, ZoneInfo(zone), holidays=holidays, calendars={}))


def at(text: str, zone: str = "Asia/Shanghai") -> Micros:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))


def due(clock: Clock, hours: CalendarHours, zone: str = "Asia/Shanghai") -> str:
    moment = due_at(clock, hours)
    assert moment is not None
    return to_datetime(moment).astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M")


def test_a_hold_over_closed_hours_moves_the_due_time_by_the_working_time_only() -> None:
    hours = working()
    clock = resolve_within(4 * HOUR, "working-hours", at("2026-11-26T16:00"))
    assert due(clock, hours) == "11-27 11:00"
    # From Thursday 17:00 to Friday 09:00 one hour is worked: half of it on each day.
    held = resume(pause(clock, at("2026-11-26T17:00"), hours), at("2026-11-27T09:00"))
    assert due(held, hours) == "11-27 12:00"


def test_a_hold_over_holidays_moves_the_due_time_by_the_working_time_only() -> None:
    hours = working(holidays="CN")
    clock = resolve_within(9 * HOUR, "working-hours", at("2026-09-30T12:30"))
    # The first to the seventh of October are holidays.
    assert due(clock, hours) == "10-08 12:30"
    held = resume(pause(clock, at("2026-09-30T16:30"), hours), at("2026-10-07T23:00"))
    assert due(held, hours) == "10-08 13:30"


def test_a_hold_that_begins_and_ends_while_nobody_works_moves_nothing() -> None:
    hours = working()
    clock = resolve_within(4 * HOUR, "working-hours", at("2026-11-27T16:00"))
    held = resume(pause(clock, at("2026-11-27T18:00"), hours), at("2026-11-30T07:00"))
    assert due(held, hours) == due(clock, hours)


def test_a_paused_clock_has_no_due_time_and_shows_one_when_it_is_resumed_for_a_look() -> None:
    clock = pause(resolve_within(HOUR, None, 0), 20 * MINUTE, EVERY_HOUR)
    assert due_at(clock, EVERY_HOUR) is None
    assert next_due(clock, EVERY_HOUR) is None
    assert due_at(resume(clock, DAY), EVERY_HOUR) == DAY + 40 * MINUTE


def test_another_target_keeps_what_has_counted_and_the_pause() -> None:
    clock = pause(resolve_within(24 * HOUR, None, 0), HOUR, EVERY_HOUR)
    urgent = retarget(clock, 4 * HOUR, None, 2 * HOUR, EVERY_HOUR)
    assert (urgent.runs, urgent.counted) == (False, HOUR)
    assert due_at(resume(urgent, 10 * HOUR), EVERY_HOUR) == 13 * HOUR


def test_the_hours_of_another_calendar_count_from_the_change_on() -> None:
    hours = working()
    clock = resolve_within(4 * HOUR, "working-hours", at("2026-11-27T16:30"))
    urgent = retarget(clock, 4 * HOUR, None, at("2026-11-27T20:30"), hours)
    assert due_at(urgent, EVERY_HOUR) == at("2026-11-27T23:30")


def test_a_target_that_has_counted_already_is_due_at_the_change_and_told_then() -> None:
    urgent = retarget(resolve_within(24 * HOUR, None, 0), HOUR, None, 3 * HOUR, EVERY_HOUR)
    assert next_due(urgent, EVERY_HOUR) == 3 * HOUR
    assert told(urgent, 3 * HOUR, EVERY_HOUR).breached_at == 3 * HOUR


def test_a_target_that_has_counted_already_is_due_in_a_pause_once_the_clock_goes_on() -> None:
    held = pause(resolve_within(24 * HOUR, None, 0), HOUR, EVERY_HOUR)
    for target, due in ((HOUR, DAY), (HOUR + 1, DAY + 1)):
        urgent = retarget(held, target, None, 2 * HOUR, EVERY_HOUR)
        assert (urgent.breached_at, next_due(urgent, EVERY_HOUR)) == (None, None)
        assert told(resume(urgent, DAY), DAY + 1, EVERY_HOUR).breached_at == due


def test_a_breach_of_the_old_target_is_none_of_a_longer_one() -> None:
    clock = told(resolve_within(HOUR, None, 0), 2 * HOUR, EVERY_HOUR)
    longer = retarget(clock, 10 * HOUR, None, 2 * HOUR, EVERY_HOUR)
    assert (longer.warned_at, longer.breached_at) == (None, None)
    assert next_due(longer, EVERY_HOUR) == 8 * HOUR
    shorter = retarget(clock, MINUTE, None, 2 * HOUR, EVERY_HOUR)
    assert shorter.breached_at == HOUR  # people were told of that


def test_the_same_target_again_changes_nothing() -> None:
    clock = told(resolve_within(HOUR, None, 0), 50 * MINUTE, EVERY_HOUR)
    assert retarget(clock, HOUR, None, 55 * MINUTE, EVERY_HOUR) is clock


def test_people_are_warned_at_four_fifths_and_told_of_the_breach_at_the_due_time() -> None:
    clock = resolve_within(HOUR, None, 0)
    assert next_due(clock, EVERY_HOUR) == 48 * MINUTE
    assert told(clock, 48 * MINUTE - 1, EVERY_HOUR) == clock
    warned = told(clock, 48 * MINUTE + 7, EVERY_HOUR)
    assert (warned.warned_at, warned.breached_at) == (48 * MINUTE, None)
    assert next_due(warned, EVERY_HOUR) == HOUR
    breached = told(warned, HOUR, EVERY_HOUR)
    assert breached.breached_at == HOUR
    assert next_due(breached, EVERY_HOUR) is None
    assert told(breached, DAY, EVERY_HOUR) == breached


def test_another_share_warns_at_another_time() -> None:
    assert warn_at(resolve_within(HOUR, None, 0), EVERY_HOUR, 0.5) == 30 * MINUTE


def test_after_an_outage_both_are_told_by_their_exact_times() -> None:
    late = told(resolve_within(HOUR, None, 0), DAY, EVERY_HOUR)
    assert (late.warned_at, late.breached_at) == (48 * MINUTE, HOUR)


def test_a_breach_that_no_timer_has_told_is_not_lost_in_a_pause() -> None:
    clock = pause(resolve_within(HOUR, None, 0), HOUR + 1, EVERY_HOUR)
    assert clock.breached_at == HOUR
    assert told(resume(clock, DAY), DAY, EVERY_HOUR).warned_at is None


def test_a_breach_that_was_told_stays_when_the_clock_stops_in_that_moment_or_is_set_back() -> None:
    told_then = told(resolve_within(HOUR, None, 0), HOUR, EVERY_HOUR)
    for now in (HOUR, HOUR - 1):
        assert pause(told_then, now, EVERY_HOUR).breached_at == HOUR
        assert meet(told_then, now, EVERY_HOUR).breached_at == HOUR
    warned = told(resolve_within(HOUR, None, 0), 48 * MINUTE, EVERY_HOUR)
    assert told(warned, 47 * MINUTE, EVERY_HOUR) == warned


def test_a_target_that_is_met_in_its_last_moment_is_met() -> None:
    clock = resolve_within(HOUR, None, 0)
    assert meet(clock, HOUR, EVERY_HOUR).breached_at is None
    assert meet(clock, HOUR + 1, EVERY_HOUR).breached_at == HOUR


def test_what_was_met_first_stays_the_one_moment_and_nothing_moves_it() -> None:
    met = meet(resolve_within(HOUR, None, 0), 10 * MINUTE, EVERY_HOUR)
    assert met.met_at == 10 * MINUTE
    assert meet(met, 20 * MINUTE, EVERY_HOUR) is met
    assert resume(met, 20 * MINUTE) is met
    assert retarget(met, MINUTE, None, 20 * MINUTE, EVERY_HOUR) is met
    assert counted_at(met, DAY, EVERY_HOUR) == 10 * MINUTE


def test_a_clock_that_was_set_back_counts_nothing_below_zero() -> None:
    clock = resolve_within(HOUR, None, DAY)
    assert counted_at(clock, DAY - HOUR, EVERY_HOUR) == 0
    assert pause(clock, DAY - HOUR, EVERY_HOUR).counted == 0


def test_hours_that_give_no_time_never_run_out() -> None:
    never = working(days="mon", **{"except": "2998-01-01..2998-12-31"})
    far = resolve_within(10 * 365 * DAY * 365, "working-hours", at("2998-06-01T00:00"))  # no calendar is that long
    assert (due_at(far, never), next_due(far, never)) == (None, None)


def test_a_due_time_is_by_the_wall_clock_over_the_night_in_which_clocks_are_set() -> None:
    berlin = working("Europe/Berlin", days="mon-sun")
    for day in ("2026-03-28", "2026-10-24"):
        clock = resolve_within(9 * HOUR, "working-hours", at(f"{day}T12:30", "Europe/Berlin"))
        assert due(clock, berlin, "Europe/Berlin").endswith("12:30")
