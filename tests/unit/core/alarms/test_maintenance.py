"""Maintenance: alarms of devices that are worked on are recorded, and told when it is over."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.maintenance_actions import LONGEST, EndMaintenance, StartMaintenance, told_in_maintenance
from gateway.core.configuration import Configuration
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.kernel.times import HOUR, MINUTE, SECOND, Micros, isoformat
from gateway.core.site.calendars import CalendarSpec, compile_calendar
from gateway.core.site.maintenance import MaintenanceSpec, compile_window
from gateway.errors import MaintenanceRefused
from tests.unit.core.sites import Bench, Seen, at, checkpoint_after, rule_spec, site, states

LOW, FINE = 0.01, 0.5
START = StartMaintenance(devices=("p1",), duration=HOUR, reason="new bearing", by="Li Wei")
TODAY: dict[str, Any] = {"from": "2027-01-15T16:10", "to": "2027-01-15T16:20"}
"""In Shanghai, where tests begin at 16:00: from 600 to 1,200 s."""


def planned(*windows: dict[str, Any], life_safety: bool = False) -> Configuration:
    """Two pumps, of which the first is worked on in these windows."""
    files = site(rule_spec(life_safety=life_safety))
    zone = files.site.zone
    calendars = {
        "afternoon": compile_calendar(
            CalendarSpec.model_validate({"hours": "16:10-16:20"}), zone, holidays={}, calendars={}
        )
    }
    compiled = tuple(
        compile_window(
            MaintenanceSpec.model_validate({"devices": ["p1"], "reason": {"en": "Inspection"}} | window),
            frozenset({"p1"}),
            zone,
            calendars,
        )
        for window in windows
    )
    return replace(files, site=replace(files.site, maintenance=compiled))


def told(*steps: Seen) -> list[tuple[str, str]]:
    """Step and state of each event that was published."""
    events = [json.loads(each.payload) for seen in steps for each in seen.announced]
    return [(event["step"], event["state"]) for event in events if "state" in event]


def announced(*steps: Seen) -> list[tuple[str, str, str]]:
    """Step, `since` and `until` of each event of a maintenance, by the clock of UTC; each is recorded as well."""
    published = [
        json.loads(each.payload) for seen in steps for each in seen.announced if each.topic == "gateway/s1/maintenance"
    ]
    recorded = [event.data["step"] for seen in steps for event in seen.events if event.kind == "maintenance"]
    assert [event["step"] for event in published] == recorded
    return [(event["step"], event["since"][11:19], event["until"][11:19]) for event in published]


def test_an_alarm_in_maintenance_is_recorded_with_its_reason_and_opens_no_ticket() -> None:
    bench = Bench(rule_spec())
    bench.act(START, 10)
    seen = bench.pump(20, pressure=LOW)
    (alarm,) = seen.alarms
    assert (alarm.state, alarm.raised_count) == ("suppressed", 0)
    (reason,) = alarm.suppressed_by
    assert (reason.kind, reason.why, reason.by, reason.until) == ("maintenance", "new bearing", "Li Wei", at(10) + HOUR)
    assert seen.tickets == []


def test_what_still_stands_when_its_time_is_over_is_told_then() -> None:
    bench = Bench(rule_spec())
    bench.act(START, 10)
    bench.pump(20, pressure=LOW)
    assert bench.tick(3609.9).alarms == []
    seen = bench.tick(3610)
    assert told(seen) == [("raise", "unacknowledged")]
    assert [ticket.priority for ticket in seen.tickets] == ["P1"]


def test_what_has_ended_before_is_never_told() -> None:
    bench = Bench(rule_spec())
    bench.act(START, 10)
    assert told(bench.pump(20, pressure=LOW), bench.pump(30, pressure=FINE), bench.tick(3700)) == [
        ("suppress", "suppressed"),
        ("return", "normal"),
    ]


def test_a_person_ends_it_and_the_alarm_names_that_as_its_cause() -> None:
    bench = Bench(rule_spec(ticket=None))
    bench.act(START, 10)
    bench.pump(20, pressure=LOW)
    seen = bench.act(EndMaintenance(maintenance=1, by="Wang Fang", note="does not turn"), 60)
    assert told(seen) == [("raise", "unacknowledged")]
    ended, raised = (next(event for event in seen.events if event.kind == kind) for kind in ("maintenance", "alarm"))
    assert raised.cause == ended.number
    assert (ended.by, ended.data["note"]) == ("Wang Fang", "does not turn")
    (record,) = seen.maintenance
    assert (record.ended_at, record.ended_by, record.ends_at) == (at(60), "Wang Fang", at(60))
    assert bench.tick(4000).is_empty


def test_other_devices_are_told_of_as_ever() -> None:
    bench = Bench(rule_spec())
    bench.act(START, 10)
    assert states(bench.pump(20, "p2", pressure=LOW)) == ["unacknowledged"]


def test_an_alarm_that_was_told_before_stays_and_its_end_is_told() -> None:
    bench = Bench(rule_spec())
    bench.pump(5, pressure=LOW)
    seen = bench.act(START, 10)
    assert [(alarm.state, len(alarm.suppressed_by)) for alarm in seen.alarms] == [("unacknowledged", 1)]
    bench.act(Acknowledge(alarm=1, by="Li Wei"), 15)
    assert told(bench.pump(20, pressure=FINE)) == [("return", "normal")]


def test_a_life_safety_alarm_is_told_in_maintenance_as_well() -> None:
    bench = Bench(rule_spec(life_safety=True))
    bench.act(START, 10)
    seen = bench.pump(20, pressure=LOW)
    assert told(seen) == [("raise", "unacknowledged")]
    assert len(seen.tickets) == 1


def test_two_at_once_keep_an_alarm_back_until_both_are_over() -> None:
    bench = Bench(rule_spec())
    bench.act(START, 10)
    bench.act(StartMaintenance(devices=("p1", "p2"), duration=2 * HOUR, reason="more", by="Wang Fang"), 10)
    bench.pump(20, pressure=LOW)
    assert states(bench.tick(3700)) == ["suppressed"]  # with one reason less
    assert told(bench.tick(7300)) == [("raise", "unacknowledged")]


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (StartMaintenance(devices=("p9",), duration=HOUR, reason="x", by="y"), "there is no device 'p9'"),
        (StartMaintenance(devices=(), duration=HOUR, reason="x", by="y"), "no device is named"),
        (StartMaintenance(devices=("p1",), duration=0, reason="x", by="y"), "for how long"),
        (StartMaintenance(devices=("p1",), duration=LONGEST + 1, reason="x", by="y"), "at most 30d"),
        (EndMaintenance(maintenance=3, by="y"), "maintenance 3 does not last"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    action: StartMaintenance | EndMaintenance, why: str
) -> None:
    bench = Bench(rule_spec())
    with pytest.raises(MaintenanceRefused, match=why):
        bench.act(action, 10)
    assert states(bench.pump(20, pressure=LOW)) == ["unacknowledged"]


# Restarts and clocks ------------------------------------------------------------------------------------------------


def test_a_restart_goes_on_with_it_and_tells_the_same() -> None:
    first = Bench(rule_spec())
    steps = [first.act(START, 10), first.pump(20, pressure=LOW)]
    second = Bench(rule_spec(), checkpoint=checkpoint_after(*steps), start_s=100)
    assert told(second.beginning, second.pump(110, pressure=LOW)) == []
    assert second.tick(3609).alarms == []
    assert told(second.tick(3610)) == [("raise", "unacknowledged")]


def test_what_was_over_while_the_gateway_was_away_is_told_once_it_hears_that_it_still_stands() -> None:
    first = Bench(rule_spec())
    steps = [first.act(START, 10), first.pump(20, pressure=LOW)]
    second = Bench(rule_spec(), checkpoint=checkpoint_after(*steps), start_s=4000, hears=False)
    assert told(second.beginning) == []
    assert [(record.ended_at, record.ended_by) for record in second.beginning.maintenance] == [(at(4000), None)]
    assert told(Seen(second.engine.set_hearing(at(4001)))) == [("raise", "unacknowledged")]


@pytest.mark.parametrize("by", [-3 * HOUR, -MINUTE, MINUTE, 3 * HOUR])
def test_a_clock_that_is_set_neither_shortens_nor_prolongs_it(by: Micros) -> None:
    bench = Bench(rule_spec())
    bench.act(START, 0)
    bench.pump(20, pressure=LOW)
    moved = Seen(bench.engine.clock_set(by))
    assert [record.ends_at for record in moved.maintenance] == [at(0) + HOUR + by]
    assert told(bench.tick(3599 + by / SECOND)) == []
    assert told(bench.tick(3600 + by / SECOND)) == [("raise", "unacknowledged")]


def test_a_clock_set_right_after_a_power_cut_moves_the_end_of_what_began_in_doubt_alone() -> None:
    first = Bench(rule_spec())
    steps = [first.act(START, 0), first.pump(20, pressure=LOW)]
    second = Bench(rule_spec(), checkpoint=checkpoint_after(*steps), start_s=100, knows_time=False)
    second.act(StartMaintenance(devices=("p2",), duration=HOUR, reason="pipe", by="Wang Fang"), 110)
    by = 30 * MINUTE  # the machine was off for so long, and its clock did not know
    seen = Seen(second.engine.clock_set(by))
    ends = {record.number: record.ends_at for record in seen.maintenance}
    assert ends == {1: at(0) + HOUR, 2: at(110) + HOUR + by}


def test_what_was_over_by_the_right_time_ends_when_that_is_known() -> None:
    first = Bench(rule_spec())
    steps = [first.act(START, 0), first.pump(20, pressure=LOW)]
    second = Bench(rule_spec(), checkpoint=checkpoint_after(*steps), start_s=100, knows_time=False)
    second.engine.clock_set(2 * HOUR)
    assert told(second.tick(7300)) == [("raise", "unacknowledged")]


# Planned windows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "window", [TODAY, {"every": {"days": "fri", "hours": "16:10-16:20"}}, {"calendar": "afternoon"}]
)
def test_a_planned_window_begins_and_ends_by_the_wall(window: dict[str, Any]) -> None:
    bench = Bench(configuration=planned(window))
    assert bench.engine.next_due() == at(600)
    assert states(bench.pump(599, "p2", pressure=LOW)) == ["unacknowledged"]
    started = bench.tick(600)
    assert [(event.kind, event.subject, event.data["step"]) for event in started.events] == [
        ("maintenance", "Inspection", "start")
    ]
    (alarm,) = bench.pump(601, pressure=LOW).alarms
    assert [(each.why, each.until, each.by) for each in alarm.suppressed_by] == [("Inspection", at(1200), None)]
    assert told(bench.tick(1199)) == []
    assert told(bench.tick(1200)) == [("raise", "unacknowledged")]


def test_a_window_comes_again_the_next_day() -> None:
    bench = Bench(configuration=planned({"calendar": "afternoon"}))
    bench.tick(600)
    bench.tick(1200)
    assert bench.engine.next_due() == at(600) + 24 * HOUR


def test_a_restart_inside_a_window_tells_the_same_and_one_after_it_what_still_stands() -> None:
    first = Bench(configuration=planned(TODAY))
    steps = [first.tick(600), first.pump(601, pressure=LOW)]
    inside = Bench(configuration=planned(TODAY), checkpoint=checkpoint_after(*steps), start_s=700)
    assert (told(inside.beginning), inside.beginning.events) == ([], [])
    assert told(inside.tick(1200)) == [("raise", "unacknowledged")]
    after = Bench(configuration=planned(TODAY), checkpoint=checkpoint_after(*steps), start_s=1300, hears=False)
    assert told(after.beginning, Seen(after.engine.set_hearing(at(1301)))) == [("raise", "unacknowledged")]


def test_a_window_that_is_taken_out_of_the_files_hides_nothing_any_more() -> None:
    first = Bench(configuration=planned(TODAY))
    steps = [first.tick(600), first.pump(601, pressure=LOW)]
    second = Bench(configuration=planned(), checkpoint=checkpoint_after(*steps), start_s=700, hears=False)
    assert told(second.beginning, Seen(second.engine.set_hearing(at(701)))) == [("raise", "unacknowledged")]


def test_a_first_start_inside_a_window_begins_with_it() -> None:
    bench = Bench(configuration=planned(TODAY), start_s=700)
    assert states(bench.pump(710, pressure=LOW)) == ["suppressed"]


def test_no_window_takes_place_while_the_time_is_in_doubt() -> None:
    bench = Bench(configuration=planned(TODAY), start_s=700, knows_time=False)
    assert states(bench.pump(710, pressure=LOW)) == ["unacknowledged"]
    bench.engine.clock_set(0)
    bench.tick(720)
    assert states(bench.pump(730, pressure=FINE)) == ["returned"]
    assert states(bench.pump(740, "p1", pressure=LOW)) == ["suppressed"]


def test_a_window_in_doubt_that_never_began_is_not_told_to_end() -> None:
    bench = Bench(configuration=planned(TODAY), start_s=700, knows_time=False)
    assert announced(bench.beginning, bench.tick(710), bench.tick(1300)) == []


def test_windows_follow_a_clock_that_is_set() -> None:
    bench = Bench(configuration=planned(TODAY))
    bench.tick(600)
    bench.pump(601, pressure=LOW)
    bench.engine.clock_set(3 * HOUR)
    assert told(bench.tick(610 + 3 * 3600)) == [("raise", "unacknowledged")]
    bench.engine.clock_set(-3 * HOUR)
    bench.tick(620)
    assert bench.engine.next_due() == at(1200)


def test_a_window_that_is_over_sets_no_timer() -> None:
    bench = Bench(configuration=planned({"from": "2027-01-14T16:10", "to": "2027-01-14T16:20"}))
    assert bench.engine.next_due() is None


def test_a_life_safety_alarm_is_told_in_a_window_as_well() -> None:
    bench = Bench(configuration=planned(TODAY, life_safety=True))
    bench.tick(600)
    assert states(bench.pump(601, pressure=LOW)) == ["unacknowledged"]


def test_the_life_safety_rules_that_are_told_all_the_same_are_known() -> None:
    files = planned(life_safety=True)
    assert told_in_maintenance(files.rules, files.site, ["p1", "r1"]) == {"low-pressure": ["p1"]}
    assert told_in_maintenance(files.rules, files.site, ["r1"]) == {}
    assert told_in_maintenance(planned().rules, files.site, ["p1"]) == {}


def test_an_empty_checkpoint_is_a_first_start() -> None:
    bench = Bench(rule_spec(), checkpoint=Checkpoint())
    assert isoformat(bench.act(START, 10).maintenance[0].ends_at) == "2027-01-15T09:00:10.000Z"


# What other systems are told ----------------------------------------------------------------------------------------

WINDOW = ("08:10:00", "08:20:00")
"""In UTC; tests begin at 08:00."""


def test_the_beginning_and_the_end_of_what_a_person_begins_are_events() -> None:
    bench = Bench(rule_spec())
    (begun,) = bench.act(START, 10).announced
    assert begun.topic == "gateway/s1/maintenance"
    assert json.loads(begun.payload) == {
        "site": "s1",
        "step": "start",
        "time": "2027-01-15T08:00:10.000Z",
        "maintenance": 1,
        "reason": "new bearing",
        "devices": ["p1"],
        "since": "2027-01-15T08:00:10.000Z",
        "until": "2027-01-15T09:00:10.000Z",
        "by": "Li Wei",
        "note": None,
    }
    (ended,) = bench.act(EndMaintenance(maintenance=1, by="Wang Fang", note="done"), 70).announced
    content = json.loads(ended.payload)
    assert (content["step"], content["by"], content["note"]) == ("end", "Wang Fang", "done")
    assert (content["since"], content["until"]) == ("2027-01-15T08:00:10.000Z", "2027-01-15T08:01:10.000Z")


def test_the_beginning_and_the_end_of_a_planned_window_are_events_without_a_number() -> None:
    bench = Bench(configuration=planned(TODAY))
    began, ended = bench.tick(600), bench.tick(1200)
    assert announced(began, ended) == [("start", *WINDOW), ("end", *WINDOW)]
    (event,) = began.announced
    content = json.loads(event.payload)
    assert (content["maintenance"], content["by"], content["reason"]) == (None, None, "Inspection")


@pytest.mark.parametrize("start_s", [700, 1199])
def test_a_window_that_began_while_the_gateway_was_off_is_told_at_the_start_with_its_own_time(start_s: float) -> None:
    first = Bench(configuration=planned(TODAY))
    second = Bench(
        configuration=planned(TODAY), checkpoint=checkpoint_after(first.pump(5, pressure=FINE)), start_s=start_s
    )
    assert announced(second.beginning) == [("start", *WINDOW)]
    (record,) = [event for event in second.beginning.events if event.kind == "maintenance"]
    assert record.time == at(start_s)
    assert announced(second.tick(1200)) == [("end", *WINDOW)]


def test_a_window_that_ended_while_the_gateway_was_off_is_told_at_the_start_with_its_own_time() -> None:
    first = Bench(configuration=planned(TODAY))
    second = Bench(configuration=planned(TODAY), checkpoint=checkpoint_after(first.tick(600)), start_s=5000)
    assert announced(second.beginning) == [("end", *WINDOW)]
    third = Bench(configuration=planned(TODAY), checkpoint=checkpoint_after(first.tick(600), second.beginning))
    assert announced(third.beginning) == []


def test_a_window_that_began_and_ended_while_the_gateway_was_off_is_not_told() -> None:
    first = Bench(configuration=planned(TODAY))
    steps = first.pump(5, pressure=FINE)
    second = Bench(configuration=planned(TODAY), checkpoint=checkpoint_after(steps), start_s=5000)
    assert announced(second.beginning) == []


def test_what_a_person_began_and_was_over_while_the_gateway_was_off_is_told_with_its_own_end() -> None:
    first = Bench(rule_spec())
    second = Bench(rule_spec(), checkpoint=checkpoint_after(first.act(START, 10)), start_s=7200)
    assert announced(second.beginning) == [("end", "08:00:10", "09:00:10")]


def test_each_window_is_told_once_over_restarts_and_where_others_are_put_before_it_in_the_files() -> None:
    other = {"from": "2027-02-01T09:00", "to": "2027-02-01T10:00"}
    first = Bench(configuration=planned(TODAY))
    begun = first.tick(600)
    second = Bench(configuration=planned(other, TODAY), checkpoint=checkpoint_after(begun), start_s=700)
    assert announced(second.beginning) == []
    third = Bench(
        configuration=planned(other, TODAY), checkpoint=checkpoint_after(begun, second.beginning), start_s=800
    )
    assert announced(third.beginning, third.tick(1200)) == [("end", *WINDOW)]


def test_a_window_that_was_moved_in_the_files_ends_and_begins_anew() -> None:
    longer = {"from": "2027-01-15T16:10", "to": "2027-01-15T16:30"}
    begun = Bench(configuration=planned(TODAY)).tick(600)
    second = Bench(configuration=planned(longer), checkpoint=checkpoint_after(begun), start_s=700)
    assert announced(second.beginning) == [("end", "08:10:00", "08:11:40"), ("start", "08:10:00", "08:30:00")]


def test_a_window_in_doubt_is_told_to_end_and_to_start_again_with_its_own_time_when_the_time_is_known() -> None:
    begun = Bench(configuration=planned(TODAY)).tick(600)
    second = Bench(configuration=planned(TODAY), checkpoint=checkpoint_after(begun), start_s=700, knows_time=False)
    assert announced(second.beginning) == [("end", "08:10:00", "08:11:40")]
    second.engine.clock_set(0)
    assert announced(second.tick(710)) == [("start", *WINDOW)]


@pytest.mark.parametrize("cut", range(1, 6))
def test_a_run_with_a_restart_anywhere_tells_of_a_window_what_one_without_tells(cut: int) -> None:
    moments = [500, 600, 900, 1200, 1500]
    first = Bench(configuration=planned(TODAY))
    before = [first.tick(moment) for moment in moments[:cut]]
    again = Bench(configuration=planned(TODAY), checkpoint=checkpoint_after(*before), start_s=moments[cut - 1] + 1)
    after = [again.beginning, *(again.tick(moment) for moment in moments[cut:])]
    assert announced(*before, *after) == [("start", *WINDOW), ("end", *WINDOW)]
