"""What people are told when a condition holds and when it is over."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gateway.core.alarms.actions import Acknowledge, Comment, LinkTicket, Reset
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.events import AlarmMoved
from gateway.core.alarms.lifecycle import Step
from gateway.core.kernel.errors import IllegalTransition, UnknownAlarm
from gateway.core.kernel.subjects import Subject
from gateway.core.rules.events import Breached
from tests.unit.core.alarms.panels import EVIDENCE, FINE, P1, Panel
from tests.unit.core.seams import LoneSeam
from tests.unit.core.sites import Bench, at, rule_spec, site


def test_a_breach_raises_an_alarm_with_message_reading_and_step_in_the_audit_trail() -> None:
    panel = Panel()
    panel.breach(3)
    records = [event.audit for event in panel.seam.taken() if event.audit]
    assert [(each.kind, each.subject, each.cause) for each in records] == [
        ("message", "site/s1/pump/p1", None),
        ("reading", "p1", 1),
        ("alarm", "low-pressure/p1", 2),
    ]
    (alarm,) = panel.finish()
    assert (alarm.number, alarm.raised_at, alarm.event, alarm.evidence) == (5, at(3), 3, EVIDENCE)


def test_each_step_emits_an_event_with_the_alarm_after_the_step() -> None:
    panel = Panel()
    panel.breach(0)
    panel.clear(1)
    panel.breach(2)
    moves = [event for event in panel.seam.taken() if isinstance(event, AlarmMoved)]
    assert [(move.step, move.alarm.state.value, move.is_new) for move in moves] == [
        (Step.RAISE, "unacknowledged", True),
        (Step.RETURN, "returned", False),
        (Step.RAISE, "unacknowledged", False),
    ]
    assert {move.alarm.number for move in moves} == {5}


def test_the_mqtt_event_names_the_ticket_that_the_raise_has_opened() -> None:
    panel = Panel()
    panel.breach(0)
    panel.alarms.serve(LinkTicket(alarm=5, ticket=12))
    (alarm,) = panel.finish()
    (event,) = panel.seam.published
    content = json.loads(event.payload)
    assert (alarm.ticket, content["ticket"], content["device"], content["subject"]) == (12, 12, "p1", "device:p1")
    panel.clear(1)
    panel.finish()
    assert json.loads(panel.seam.published[-1].payload)["ticket"] == 12


def test_an_alarm_raised_again_has_the_times_of_its_first_and_latest_raise_and_comes_first() -> None:
    panel = Panel()
    panel.breach(0)
    panel.breach(1, Subject.of_device("p2"))
    assert [alarm.number for alarm in panel.alarms.standing()] == [6, 5]
    panel.clear(2)
    panel.breach(60)
    assert [alarm.number for alarm in panel.alarms.standing()] == [5, 6]
    first, other, _, alarm = panel.finish()
    assert (alarm.number, alarm.raised_at, alarm.first_raised_at, alarm.raised_count) == (5, at(60), at(0), 2)
    assert (alarm.first_raise, alarm.latest_raise) == (first.event, alarm.event)
    assert alarm.latest_raise > other.latest_raise > alarm.first_raise
    content = json.loads(panel.seam.published[-1].payload)
    assert (content["raised_at"], content["first_raised_at"], content["raised_count"]) == (
        "2027-01-15T08:01:00.000Z",
        "2027-01-15T08:00:00.000Z",
        2,
    )


def test_a_restart_keeps_the_order_of_the_latest_raises() -> None:
    panel = Panel()
    panel.breach(0)
    panel.breach(1, Subject.of_device("p2"))
    panel.clear(2)
    panel.breach(3)
    rows = {record.number: record for record in panel.finish()}
    again = Panel()
    again.alarms.restore([rows[5], rows[6]], at(9))
    assert [alarm.number for alarm in again.alarms.standing()] == [5, 6]


def test_an_alarms_return_has_the_reading_that_ended_it_as_its_cause() -> None:
    panel = Panel()
    panel.breach(0)
    panel.clear(2, FINE)
    panel.alarms.act(Acknowledge(alarm=5, by="Li Wei"), at(3))
    records = [event.audit for event in panel.seam.taken() if event.audit]
    assert [(each.kind, each.cause) for each in records] == [
        ("message", None),
        ("reading", 1),
        ("alarm", 2),
        ("message", None),
        ("reading", 4),
        ("alarm", 5),
        ("alarm", 6),
    ]
    assert records[3].data["number"] == 8
    assert records[4].data["values"] == {"pressure": 0.5}
    assert panel.finish()[-1].evidence == EVIDENCE, "its values are those of the raise"


def test_a_return_whose_reading_is_unknown_has_the_step_before_as_its_cause() -> None:
    panel = Panel()
    panel.breach(0)
    panel.clear(2)
    records = [event.audit for event in panel.seam.taken() if event.audit]
    assert [(each.kind, each.cause) for each in records][2:] == [("alarm", 2), ("alarm", 3)]


def test_the_end_of_a_condition_without_an_alarm_changes_nothing() -> None:
    panel = Panel()
    panel.clear(1)
    assert (panel.seam.taken(), panel.finish()) == ([], [])


def test_people_act_on_standing_alarms_only_and_only_where_the_table_has_a_step() -> None:
    panel = Panel(latched=True)
    with pytest.raises(UnknownAlarm):
        panel.alarms.act(Acknowledge(alarm=5, by="Li Wei"), at(0))
    panel.breach(0)
    with pytest.raises(IllegalTransition):
        panel.alarms.act(Reset(alarm=5, by="Li Wei"), at(1))
    panel.alarms.act(Acknowledge(alarm=5, by="Li Wei"), at(1))
    panel.clear(2)
    panel.alarms.act(Reset(alarm=5, by="Wang Fang"), at(3))
    assert [record.state.value for record in panel.finish()] == ["unacknowledged", "acknowledged", "latched", "normal"]
    assert [event.audit.by for event in panel.seam.taken() if event.audit][-1] == "Wang Fang"


def test_a_persons_note_is_in_the_audit_trail_and_in_the_mqtt_event() -> None:
    panel = Panel(latched=True)
    panel.breach(0)
    panel.alarms.act(Acknowledge(alarm=5, by="Li Wei", note="the valve is shut"), at(1))
    panel.clear(2)
    panel.alarms.act(Reset(alarm=5, by="Li Wei"), at(3))
    steps = [event.audit.data for event in panel.seam.taken() if event.audit and event.audit.kind == "alarm"]
    assert [(data["step"], data.get("note")) for data in steps] == [
        ("raise", None),
        ("acknowledge", "the valve is shut"),
        ("return", None),
        ("reset", None),
    ]
    panel.finish()
    told = [json.loads(event.payload)["note"] for event in panel.seam.published]
    assert told == [None, "the valve is shut", None, None]


def test_a_comment_on_an_alarm_that_is_over_is_a_record_with_its_latest_step_as_cause_and_changes_nothing_else() -> (
    None
):
    bench = Bench(rule_spec())
    bench.pump(0, pressure=0.01)
    bench.act(Acknowledge(alarm=1, by="Li Wei"), 1)
    (over,) = bench.pump(2, pressure=0.5).alarms
    with pytest.raises(UnknownAlarm):
        bench.act(Comment(alarm=1, by="Li Wei", note="it was the valve"), 3)
    seen = bench.act(Comment(alarm=1, by="Li Wei", note="it was the valve", over=over), 3)
    (event,) = seen.events
    assert (event.kind, event.subject, event.cause, event.by) == ("comment", "1", over.event, "Li Wei")
    assert event.data == {"alarm": 1, "step": "comment", "state": "normal", "note": "it was the valve"}
    assert (seen.alarms, seen.announced) == ([], [])


def test_a_restart_restores_an_alarm_and_removes_one_whose_rule_is_gone() -> None:
    panel = Panel()
    panel.breach(0)
    (alarm,) = panel.finish()
    seam = LoneSeam(Annunciator.name)
    other = Annunciator(site().site, (), seam)
    other.restore([alarm], at(9))
    (removed,) = other.finish() or []
    why = "the rule low-pressure is no longer in the site's files"
    assert [event.audit.data["note"] for event in seam.taken() if event.audit] == [why]
    assert [json.loads(event.payload)["note"] for event in seam.published] == [why]
    assert (removed.state.value, removed.closed_at) == ("normal", at(9))
    again = Panel()
    again.alarms.restore([alarm], at(9))
    again.clear(10)
    assert [record.state.value for record in again.finish()] == ["returned"]


def test_the_event_of_a_removal_does_not_know_what_only_the_files_said() -> None:
    """docs/mqtt.md says so: whoever needs it takes it from the raise."""
    files = site(rule_spec(life_safety=True))
    (rule,) = files.rules
    before = LoneSeam(Annunciator.name, alarm=5)
    alarms = Annunciator(files.site, files.rules, before)
    alarms.on(Breached(rule=rule, subject=P1, time=at(0), evidence=EVIDENCE))
    records = alarms.finish() or []
    after = LoneSeam(Annunciator.name)
    without = replace(files.site, devices={name: each for name, each in files.site.devices.items() if name != "p1"})
    removing = Annunciator(without, files.rules, after)
    removing.restore(records, at(9))
    removing.finish()

    (raised,), (removed,) = ([json.loads(event.payload) for event in seam.published] for seam in (before, after))

    assert (raised["step"], raised["life_safety"]) == ("raise", True)
    assert (removed["step"], removed["life_safety"], removed["location"]) == ("remove", False, None)
    assert (removed["alarm"], removed["severity"]) == (raised["alarm"], raised["severity"])
