"""Rosters: who is on duty when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from gateway.core.kernel.times import DAY, HOUR, Micros, from_datetime
from gateway.core.site.calendars import CalendarSpec, compile_calendar
from gateway.core.site.rosters import Roster, RosterSpec, compile_roster
from gateway.core.site.wall_time import Interval

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
DAY_SHIFT: dict[str, Any] = {"people": ["ann"], "days": "mon-fri", "hours": "08:00-18:00"}
NIGHT_SHIFT: dict[str, Any] = {"people": ["bob"], "hours": "18:00-08:00"}


def roster(*shifts: dict[str, Any], changes: object = (), zone: ZoneInfo = SHANGHAI) -> Roster:
    spec = RosterSpec.model_validate({"team": "engineering", "shifts": list(shifts), "changes": changes})
    weekend = compile_calendar(CalendarSpec.model_validate({"days": "sat-sun"}), zone, holidays={}, calendars={})
    return compile_roster(spec, zone, {"weekend": weekend})


def at(text: str, zone: ZoneInfo = SHANGHAI) -> Micros:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC))


def test_a_shift_over_midnight_hands_over_to_the_next_one() -> None:
    found = roster(DAY_SHIFT, NIGHT_SHIFT)
    times = ("2026-11-30T07:59", "2026-11-30T08:00", "2026-11-30T17:59", "2026-11-30T18:00", "2026-12-01T03:00")
    assert [found.on_duty(at(time)) for time in times] == [("bob",), ("ann",), ("ann",), ("bob",), ("bob",)]


def test_several_on_duty_come_in_the_order_of_the_roster_and_each_once() -> None:
    found = roster({"people": ["cid", "ann"]}, DAY_SHIFT, {"people": ["bob", "cid"]})
    assert found.on_duty(at("2026-11-30T09:00")) == ("cid", "ann", "bob")


def test_a_shift_may_have_the_hours_of_a_calendar() -> None:
    found = roster(DAY_SHIFT, {"people": ["bob"], "calendar": "weekend"})
    assert [found.on_duty(at(f"2026-11-{day}T20:00")) for day in (27, 28)] == [(), ("bob",)]


def test_people_take_turns_week_by_week_from_a_date_on_and_also_before_it() -> None:
    found = roster({"people": ["ann", "bob", "cid"], "turns": {"every": "week", "from": "2026-11-30"}})
    days = ("2026-11-23", "2026-11-29", "2026-11-30", "2026-12-06", "2026-12-07", "2026-12-14", "2026-12-21")
    assert [found.on_duty(at(f"{day}T12:00"))[0] for day in days] == ["cid", "cid", "ann", "ann", "bob", "cid", "ann"]


def test_a_night_belongs_to_the_turn_in_which_it_begins() -> None:
    found = roster({"people": ["ann", "bob"], "hours": "18:00-08:00", "turns": {"every": "day", "from": "2026-11-30"}})
    assert [found.on_duty(at(time)) for time in ("2026-11-30T20:00", "2026-12-01T07:00", "2026-12-01T18:00")] == [
        ("ann",),
        ("ann",),
        ("bob",),
    ]


def test_somebody_stands_in_for_another_on_the_dates_of_a_change() -> None:
    change = {"on": "2026-12-24..2026-12-25", "instead_of": "bob", "people": ["cid"]}
    found = roster(DAY_SHIFT, NIGHT_SHIFT, changes=[change])
    times = ("2026-12-24T07:00", "2026-12-24T20:00", "2026-12-26T07:00", "2026-12-26T20:00")
    assert [found.on_duty(at(time)) for time in times] == [("bob",), ("cid",), ("cid",), ("bob",)]
    assert found.on_duty(at("2026-12-24T12:00")) == ("ann",)


def test_a_change_without_a_person_to_replace_replaces_all_shifts_of_its_dates() -> None:
    change = {"on": "2026-12-24", "people": ["cid"], "hours": "08:00-12:00"}
    found = roster(DAY_SHIFT, NIGHT_SHIFT, changes=[change])
    times = ("2026-12-24T09:00", "2026-12-24T13:00", "2026-12-25T01:00", "2026-12-25T09:00")
    assert [found.on_duty(at(time)) for time in times] == [("cid",), (), (), ("ann",)]


def test_a_person_left_out_leaves_a_gap_unless_somebody_else_is_on_duty() -> None:
    change = {"on": "2026-11-30", "instead_of": "bob"}
    found = roster(DAY_SHIFT, NIGHT_SHIFT, changes=[change])
    gaps = list(found.gaps(Interval(at("2026-11-30T12:00"), at("2026-12-01T12:00"))))
    assert gaps == [Interval(at("2026-11-30T18:00"), at("2026-12-01T08:00"))]


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_shifts_that_follow_one_another_leave_no_gap_when_clocks_are_set(day: str) -> None:
    night = [{"people": ["ann"], "hours": "20:00-02:30"}, {"people": ["bob"], "hours": "02:30-20:00"}]
    found = roster(*night, zone=BERLIN)
    start = at(f"{day}T12:00", BERLIN)
    assert list(found.gaps(Interval(start, start + 2 * DAY))) == []
    assert all(len(found.on_duty(start + hour * HOUR // 2)) == 1 for hour in range(96))


@pytest.mark.parametrize(
    ("shift", "change", "why"),
    [
        ({"calendar": "weekend", "hours": "08:00-18:00"}, None, "in place of days and hours"),
        ({"people": []}, None, "at least 1"),
        ({}, {"on": "2026-12-24"}, "nobody is named"),
        ({}, {"on": "2026-12-24", "people": ["ann"], "days": "mon"}, "says the dates"),
        ({}, {"on": "2026-12-24", "instead_of": "ann", "hours": "08:00-09:00"}, "those of that person's shifts"),
    ],
)
def test_a_roster_that_contradicts_itself_is_an_error(
    shift: dict[str, Any], change: dict[str, Any] | None, why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        roster({"people": ["ann"]} | shift, changes=[change] if change else ())
