"""What people are told, and not told, while something suppresses alarms."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.alarms.actions import Acknowledge, RaiseAlarm, Reset
from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.alarms.events import AlarmMoved, AlarmStands
from gateway.core.alarms.inhibition import is_cause
from gateway.core.alarms.lifecycle import State, Step
from gateway.core.alarms.suppression import SuppressionKind
from gateway.core.kernel.errors import IllegalTransition
from gateway.core.kernel.subjects import GATEWAY, Subject
from gateway.core.rules.requests import KeepActive
from tests.unit.core.alarms.panels import FINE, P1, P2, Panel
from tests.unit.core.sites import at

SHELVED, MAINTENANCE, INHIBITED = SuppressionKind.SHELVED, SuppressionKind.MAINTENANCE, SuppressionKind.INHIBITED
PERSONS = [SuppressionKind.SHELVED, SuppressionKind.OUT_OF_SERVICE]
OTHERS = [kind for kind in SuppressionKind if kind not in PERSONS]


@pytest.mark.parametrize("kind", SuppressionKind)
def test_a_condition_that_begins_to_hold_while_suppressed_is_recorded_and_not_raised(kind: SuppressionKind) -> None:
    panel = Panel()
    panel.suppress(0, kind, until=at(600))
    panel.breach(1)
    (event,) = panel.events()
    assert (event["step"], event["state"], event["raised_count"]) == ("suppress", "suppressed", 0)
    assert event["suppressed_by"] == [
        {
            "kind": kind.value,
            "why": "because",
            "until": "2027-01-15T08:10:00.000Z",
            "by": None,
            "source": f"{kind.value}:1",
        }
    ]
    (view,) = panel.alarms.standing()
    assert (view.state, panel.alarms.severities().total()) == (State.SUPPRESSED, 0)


def test_a_suppression_that_ends_while_the_alarm_stands_has_it_told_at_once() -> None:
    panel = Panel()
    panel.suppress(0)
    panel.breach(1)
    panel.release(60)
    (record,) = panel.stored()
    assert panel.told() == [("suppress", "suppressed"), ("raise", "unacknowledged")]
    assert (record.raised_at, record.first_raised_at, record.raised_count) == (at(60), at(1), 1)
    assert record.suppressed_by == ()
    moves = [event for event in panel.seam.taken() if isinstance(event, AlarmMoved)]
    assert [(move.step, move.is_new) for move in moves] == [(Step.SUPPRESS, False), (Step.RAISE, True)]


def test_what_was_suppressed_and_is_over_is_not_raised_afterwards() -> None:
    panel = Panel()
    panel.suppress(0)
    panel.breach(1)
    panel.clear(2)
    panel.release(3)
    assert panel.told() == [("suppress", "suppressed"), ("return", "normal")]
    assert panel.alarms.standing() == []


@pytest.mark.parametrize("kind", OTHERS)
def test_maintenance_and_inhibition_leave_an_alarm_that_was_told_and_its_end_is_told(kind: SuppressionKind) -> None:
    panel = Panel()
    panel.breach(0)
    panel.suppress(1, kind)
    (record,) = panel.stored()
    assert (record.state, [reason.kind for reason in record.suppressed_by]) == (State.UNACKNOWLEDGED, [kind])
    panel.clear(2)
    panel.release(3, f"{kind.value}:1")
    assert panel.told() == [("raise", "unacknowledged"), ("return", "returned")]


@pytest.mark.parametrize("kind", PERSONS)
@pytest.mark.parametrize("acknowledged", [False, True])
def test_a_person_takes_an_alarm_off_the_list_and_its_end_is_told(kind: SuppressionKind, acknowledged: bool) -> None:
    panel = Panel()
    panel.breach(0)
    if acknowledged:
        panel.alarms.act(Acknowledge(alarm=5, by="Li Wei"), at(1))
    panel.told()
    panel.suppress(2, kind)
    panel.clear(3)
    ended = "normal" if acknowledged else "returned"
    assert panel.told() == [("suppress", "suppressed"), ("return", ended)], "it waits for somebody all the same"


def test_a_shelved_alarm_that_still_stands_is_told_again_under_its_number() -> None:
    panel = Panel()
    panel.breach(0)
    panel.suppress(1, SHELVED)
    panel.release(60, "shelved:1")
    assert [(event["alarm"], event["step"], event["raised_count"]) for event in panel.events()] == [
        (5, "raise", 1),
        (5, "suppress", 1),
        (5, "raise", 1),
    ]


def test_an_alarm_stays_suppressed_until_its_last_reason_is_over() -> None:
    panel = Panel()
    panel.suppress(0, MAINTENANCE)
    panel.breach(1)
    panel.suppress(2, SHELVED)
    (record,) = panel.stored()
    assert [reason.source for reason in record.suppressed_by] == ["maintenance:1", "shelved:1"]
    panel.release(3)
    panel.told()
    panel.release(4, "shelved:1")
    assert panel.told() == [("raise", "unacknowledged")]


def test_the_same_source_asked_again_replaces_what_it_suppressed() -> None:
    panel = Panel()
    panel.suppress(0, devices=frozenset({"p1"}))
    panel.breach(1)
    panel.breach(1, P2)
    panel.told()
    panel.suppress(2, devices=frozenset({"p2"}))
    assert panel.told() == [("raise", "unacknowledged")]
    assert [(view.subject, view.state) for view in panel.alarms.standing()] == [
        (P1, State.UNACKNOWLEDGED),
        (P2, State.UNACKNOWLEDGED),
    ]
    panel.release(3)
    panel.release(3)
    assert panel.told() == []


@pytest.mark.parametrize(
    ("scope", "is_suppressed"),
    [
        ({"devices": None}, True),
        ({"devices": frozenset({"p2"})}, False),
        ({"devices": frozenset({"p1", "p2"}), "rules": frozenset({"low-pressure"})}, True),
        ({"devices": frozenset({"p1"}), "rules": frozenset({"another"})}, False),
        ({"devices": None, "subject": P1}, True),
        ({"devices": None, "subject": P2}, False),
        ({"devices": None, "subject": Subject.parse("zone:p1")}, False),
        ({"devices": None, "rules": frozenset({"low-pressure"})}, True),
    ],
)
def test_a_suppression_covers_what_it_names_and_nothing_else(scope: dict[str, Any], is_suppressed: bool) -> None:
    panel = Panel()
    panel.suppress(0, **scope)
    panel.breach(1)
    assert panel.told() == [("suppress", "suppressed") if is_suppressed else ("raise", "unacknowledged")]


def test_alarms_about_the_gateway_itself_can_be_suppressed() -> None:
    panel = Panel()
    panel.suppress(0, devices=None, subject=GATEWAY)
    raised = RaiseAlarm(rule=BuiltinRule.DISK_LOW, subject=GATEWAY, detail="2 % free", time=at(1))
    panel.alarms.serve(raised)
    panel.alarms.serve(raised)
    assert panel.told() == [("suppress", "suppressed")]


def test_a_life_safety_alarm_is_suppressed_by_two_people_only() -> None:
    panel = Panel(life_safety=True)
    panel.suppress(0, SHELVED)
    panel.breach(1)
    assert panel.told() == [("raise", "unacknowledged")]
    panel.suppress(2, SHELVED, two_people=True)
    assert panel.told() == [("suppress", "suppressed")]
    panel.suppress(3, SHELVED)
    assert panel.told() == [("raise", "unacknowledged")]


def test_people_learn_of_a_latched_alarm_that_came_and_went_while_suppressed() -> None:
    panel = Panel(latched=True)
    panel.suppress(0)
    panel.breach(1)
    panel.clear(2)
    panel.breach(3)
    panel.clear(4)
    assert [state for _, state in panel.told()] == ["suppressed"] * 4
    panel.release(5)
    assert panel.told() == [("raise", "unacknowledged"), ("return", "returned")]
    panel.alarms.act(Acknowledge(alarm=5, by="Li Wei"), at(6))
    panel.alarms.act(Reset(alarm=5, by="Li Wei"), at(7))
    assert panel.told() == [("acknowledge", "latched"), ("reset", "normal")]


def test_an_alarm_that_waited_for_a_reset_can_be_suppressed_and_is_told_afterwards() -> None:
    panel = Panel(latched=True)
    panel.breach(0)
    panel.clear(1)
    panel.alarms.act(Acknowledge(alarm=5, by="Li Wei"), at(2))
    panel.suppress(3, SHELVED)
    panel.told()
    panel.breach(4)
    panel.clear(5)
    panel.release(6, "shelved:1")
    assert [step for step, _ in panel.told()] == ["suppress", "return", "raise", "return"]


def test_an_alarm_that_nobody_has_acknowledged_still_waits_after_a_suppressed_occurrence() -> None:
    panel = Panel()
    panel.breach(0)
    panel.clear(1)
    panel.suppress(2)
    panel.breach(3)
    panel.clear(4)
    assert [state for _, state in panel.told()] == ["unacknowledged", "returned", "suppressed", "returned"]
    panel.alarms.act(Acknowledge(alarm=5, by="Li Wei"), at(5))
    assert panel.told() == [("acknowledge", "normal")]


def test_nobody_acknowledges_or_resets_an_alarm_that_is_suppressed() -> None:
    panel = Panel(latched=True)
    panel.suppress(0)
    panel.breach(1)
    for action in (Acknowledge(alarm=5, by="Li Wei"), Reset(alarm=5, by="Li Wei")):
        with pytest.raises(IllegalTransition, match="is suppressed"):
            panel.alarms.act(action, at(2))


def test_the_chain_of_a_suppressed_alarm_begins_with_the_message_and_reading_that_breached() -> None:
    panel = Panel()
    panel.suppress(0)
    panel.breach(1)
    panel.clear(2, FINE)
    records = [event.audit for event in panel.seam.taken() if event.audit]
    assert [(each.kind, each.cause) for each in records] == [
        ("message", None),
        ("reading", 1),
        ("alarm", 2),
        ("message", None),
        ("reading", 4),
        ("alarm", 5),
    ]
    assert (records[2].data["when"], records[2].data["note"]) == ("pressure < lowest", "maintenance: because")
    last = panel.finish()[-1]
    assert (last.first_raise, last.latest_raise) == (3, 3)


def test_a_suppression_that_ends_in_blindness_is_told_when_the_gateway_hears_and_it_still_stands() -> None:
    """What devices have said meanwhile waits at the broker, perhaps that it is over."""
    panel = Panel()
    panel.suppress(0)
    panel.breach(1)
    panel.breach(1, P2)
    panel.suppress(1, INHIBITED, devices=frozenset({"p2"}))
    panel.told()
    panel.be_blind(2)
    panel.release(3)
    panel.release(3, "inhibited:1")
    assert panel.told() == []
    panel.clear(4)
    panel.hear(5)
    assert panel.told() == [("return", "normal")]


@pytest.mark.parametrize("restarts", [False, True])
def test_an_alarm_whose_reason_ends_in_blindness_says_that_it_waits_until_the_gateway_hears(restarts: bool) -> None:
    panel = Panel()
    panel.suppress(0)
    panel.breach(1)
    panel.be_blind(2)
    panel.release(3)
    (record,) = panel.stored()
    if restarts:
        panel = Panel(earlier=[record], start_s=4)
        panel.be_blind(4)
        assert panel.finish() == [], "it says the same"
    assert [(reason.kind.value, reason.until) for reason in record.suppressed_by] == [("blind", None)]
    panel.suppress(6, SHELVED)
    panel.release(7, "shelved:1")
    panel.hear(8)
    (record,) = panel.stored()
    assert (record.state, record.suppressed_by) == (State.UNACKNOWLEDGED, ())


def test_an_alarm_that_waits_in_blindness_is_no_cause_of_others_if_nobody_was_told_of_it() -> None:
    panel = Panel()
    panel.suppress(0)
    panel.breach(1)
    panel.be_blind(2)
    panel.release(3)
    (record,) = panel.stored()
    assert not is_cause(record)


@pytest.mark.parametrize("kind", SuppressionKind)
def test_what_is_over_has_no_reason_any_more_why_people_are_not_told(kind: SuppressionKind) -> None:
    panel = Panel()
    panel.suppress(0, kind)
    panel.breach(1)
    panel.clear(2)
    record = panel.finish()[-1]
    assert (record.state, record.suppressed_by) == (State.NORMAL, ())


def test_a_life_safety_alarm_is_told_in_blindness_as_soon_as_nothing_suppresses_it() -> None:
    panel = Panel(life_safety=True)
    panel.suppress(0, SHELVED, two_people=True)
    panel.breach(1)
    panel.be_blind(2)
    panel.told()
    panel.release(3, "shelved:1")
    assert panel.told() == [("raise", "unacknowledged")]


def test_a_restart_keeps_an_alarm_suppressed_whose_reason_is_given_again() -> None:
    before = Panel()
    before.suppress(0)
    before.breach(1)
    panel = Panel(earlier=before.stored(), start_s=9)
    panel.suppress(9)
    panel.be_blind(9)
    panel.hear(10)
    assert (panel.told(), panel.finish()) == ([], [])
    panel.release(11)
    assert panel.told() == [("raise", "unacknowledged")]


def test_a_restart_tells_of_an_alarm_whose_reason_is_gone_once_the_gateway_hears() -> None:
    before = Panel()
    before.suppress(0)
    before.breach(1)
    panel = Panel(earlier=before.stored(), start_s=9)
    panel.be_blind(9)
    assert panel.told() == []
    panel.hear(10)
    assert panel.told() == [("raise", "unacknowledged")]


def test_a_restart_tells_parts_above_of_each_alarm_that_stands_and_keeps_its_condition() -> None:
    before = Panel()
    before.suppress(0)
    before.breach(1)
    before.breach(2, P2)
    records = before.stored()
    panel = Panel(earlier=records, start_s=9)
    stands = [event for event in panel.seam.taken() if isinstance(event, AlarmStands)]
    assert [event.alarm for event in stands] == records
    assert {event.definition.id for event in stands} == {"low-pressure"}
    assert [ask.subject for ask in panel.seam.asked if isinstance(ask, KeepActive)] == [P1, P2]


def test_a_latched_alarm_that_returned_while_suppressed_is_told_after_a_restart_though_its_rule_latches_no_more() -> (
    None
):
    before = Panel(latched=True)
    before.suppress(0)
    before.breach(1)
    before.clear(2)
    panel = Panel(earlier=before.stored(), start_s=9, latched=False)
    panel.suppress(9)
    panel.be_blind(9)
    panel.hear(10)
    panel.breach(11)
    panel.release(12)
    assert [step for step, _ in panel.told()] == ["suppress", "raise"]


def test_an_alarm_that_waits_for_a_reset_is_raised_again_though_its_rule_latches_no_more() -> None:
    before = Panel(latched=True)
    before.breach(0)
    before.clear(1)
    before.alarms.act(Acknowledge(alarm=5, by="Li Wei"), at(2))
    panel = Panel(earlier=before.stored(), start_s=9, latched=False)
    panel.breach(10)
    panel.clear(11)
    assert panel.told() == [("raise", "unacknowledged"), ("return", "returned")]


def test_an_acknowledged_alarm_whose_rule_has_become_graver_is_told_again_after_a_restart() -> None:
    before = Panel(severity="info")
    before.breach(0)
    before.alarms.act(Acknowledge(alarm=5, by="Li Wei"), at(2))
    panel = Panel(earlier=before.stored(), start_s=9, severity="critical")
    assert panel.told() == [("raise", "unacknowledged")]
    again = Panel(earlier=panel.stored(), start_s=19, severity="critical")
    assert again.told() == []


@pytest.mark.parametrize("is_danger", [False, True])
def test_a_restart_takes_from_the_files_whether_a_standing_alarm_tells_of_danger(is_danger: bool) -> None:
    before = Panel(life_safety=not is_danger)
    before.breach(0)
    panel = Panel(earlier=before.stored(), start_s=9, life_safety=is_danger)
    assert [record.life_safety for record in panel.finish()] == [is_danger]
    assert panel.told() == []
