"""Members that join while the alarm of their group stands."""

from __future__ import annotations

from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.maintenance_actions import StartMaintenance
from gateway.core.alarms.shelf import EndShelf, ShelveAlarm, ShelveRule, TakeOutOfService
from gateway.core.kernel.times import HOUR, SECOND
from gateway.core.rules.rule import RuleSpec
from tests.unit.core.rules.groups.zones import WEST, Zones, files, group_rule, raised
from tests.unit.core.sites import Seen, checkpoint_after, states

FIRE = group_rule()
QUIET = group_rule(severity="warning", chatter="never")


def gate_with_alarm(*, acknowledged: bool = True, rule: RuleSpec = FIRE) -> tuple[Zones, list[Seen]]:
    """A gateway on which the alarm of zone west stands by d1 and d2."""
    gate = Zones(rule)
    steps = [gate.beginning, gate.hearing, gate.say(1, "d1", smoke=True), gate.say(2, "d2", smoke=True)]
    if acknowledged:
        steps.append(gate.act(Acknowledge(alarm=1, by="Li Wei"), 3))
    return gate, steps


def test_a_new_member_tells_people_again_though_they_have_acknowledged() -> None:
    gate, _ = gate_with_alarm()
    seen = gate.say(4, "d3", smoke=True)
    assert raised(seen) == ["fire zone:west raise d1 d2 d3"]
    assert states(seen) == ["unacknowledged"]
    assert (seen.alarms[0].number, seen.alarms[0].raised_count) == (1, 2)
    assert seen.alarms[0].detail == "3 of 3: d1, d2, d3"


def test_a_member_that_comes_and_goes_tells_once() -> None:
    gate, _ = gate_with_alarm()
    gate.say(4, "d3", smoke=True)
    gate.act(Acknowledge(alarm=1, by="Li Wei"), 5)
    assert raised(*(gate.say(6 + n, "d3", smoke=n % 2 == 1) for n in range(6))) == []


def test_members_that_leave_tell_nothing() -> None:
    gate, _ = gate_with_alarm()
    gate.say(4, "d3", smoke=True)
    assert raised(gate.say(5, "d1", smoke=False)) == []


def test_a_restart_neither_repeats_nor_loses_a_new_member() -> None:
    gate, steps = gate_with_alarm()
    steps.append(gate.say(4, "d3", smoke=True))
    steps.append(gate.act(Acknowledge(alarm=1, by="Li Wei"), 5))
    again = Zones(group_rule(), checkpoint=checkpoint_after(*steps), start_s=6)
    assert raised(again.beginning, again.hearing, again.say(7, "d3", smoke=True)) == []

    _, steps = gate_with_alarm()
    again = Zones(group_rule(), checkpoint=checkpoint_after(*steps), start_s=6)
    assert raised(again.beginning, again.hearing) == []
    assert raised(again.say(7, "d3", smoke=True)) == ["fire zone:west raise d1 d2 d3"]


def test_the_next_occurrence_tells_of_all_members_anew() -> None:
    gate, _ = gate_with_alarm()
    gate.say(4, "d3", smoke=True)
    for device in ("d1", "d2", "d3"):
        gate.say(5, device, smoke=False)
    gate.say(6, "d1", smoke=True)
    assert raised(gate.say(7, "d3", smoke=True)) == ["fire zone:west raise d1 d3"]


def test_a_member_that_the_files_have_added_since_is_told() -> None:
    small = [
        {"id": "d1", "profile": "detector", "location": "hall"},
        {"id": "d2", "profile": "detector", "location": "hall"},
    ]
    lone = {"id": "d3", "profile": "detector", "location": "yard"}
    gate = Zones(configuration=files(group_rule(), devices=[*small, lone]))
    steps = [gate.beginning, gate.hearing, *(gate.say(1, device, smoke=True) for device in ("d1", "d2", "d3"))]
    edited = files(group_rule(), devices=[*small, lone | {"location": "hall"}])
    again = Zones(configuration=edited, checkpoint=checkpoint_after(*steps), start_s=6)
    assert raised(again.beginning, again.hearing) == ["fire zone:west raise d1 d2 d3"]


def test_a_shelved_alarm_stays_shelved_and_tells_of_all_members_when_the_shelf_ends() -> None:
    gate, _ = gate_with_alarm(rule=QUIET)
    gate.act(ShelveAlarm(alarm=1, by="Li Wei", why="drill", duration=HOUR), 4)
    assert raised(gate.say(5, "d3", smoke=True)) == []
    ended = gate.act(EndShelf(shelf=1, by="Li Wei"), 6)
    assert raised(ended) == ["fire zone:west raise d1 d2 d3"]
    assert ended.alarms[-1].raised_count == 2


def test_a_group_is_shelved_by_its_subject_before_its_alarm_comes() -> None:
    gate = Zones(QUIET)
    gate.act(ShelveRule(rule="fire", subject=WEST, by="Li Wei", why="drill", duration=HOUR), 1)
    seen = [gate.say(2, "d1", smoke=True), gate.say(3, "d2", smoke=True)]
    assert raised(*seen) == ["fire zone:west suppress d1 d2"]


def test_maintenance_covers_a_group_only_if_it_covers_all_members_that_count() -> None:
    gate = Zones(QUIET)
    gate.act(StartMaintenance(devices=("d1",), by="Li Wei", reason="cleaning", duration=HOUR), 1)
    gate.say(2, "d1", smoke=True)
    assert raised(gate.say(3, "d2", smoke=True)) == ["fire zone:west raise d1 d2"]


def test_a_member_outside_maintenance_has_the_alarm_told() -> None:
    gate = Zones(QUIET)
    gate.act(StartMaintenance(devices=("d1",), by="Li Wei", reason="cleaning", duration=HOUR), 1)
    gate.act(StartMaintenance(devices=("d2",), by="Li Wei", reason="painting", duration=HOUR), 1)
    gate.say(2, "d1", smoke=True)
    assert raised(gate.say(3, "d2", smoke=True)) == ["fire zone:west suppress d1 d2"]
    assert raised(gate.say(4, "d3", smoke=True)) == ["fire zone:west raise d1 d2 d3"]


def test_what_maintenance_has_covered_is_told_when_it_ends() -> None:
    gate = Zones(QUIET)
    gate.act(StartMaintenance(devices=("d1", "d2"), by="Li Wei", reason="cleaning", duration=60 * SECOND), 1)
    gate.say(2, "d1", smoke=True)
    gate.say(3, "d2", smoke=True)
    assert raised(gate.tick(61)) == ["fire zone:west raise d1 d2"]


def test_members_out_of_service_put_an_alarm_aside_only_together() -> None:
    gate, _ = gate_with_alarm(rule=QUIET)
    assert raised(gate.act(TakeOutOfService(device="d1", by="Li Wei", why="broken"), 4)) == []
    assert raised(gate.act(TakeOutOfService(device="d2", by="Li Wei", why="broken"), 5)) == [
        "fire zone:west suppress d1 d2"
    ]
    assert raised(gate.say(6, "d3", smoke=True)) == ["fire zone:west raise d1 d2 d3"]


def test_an_alarm_that_chatters_tells_of_a_new_member() -> None:
    gate, _ = gate_with_alarm(rule=group_rule(severity="warning"), acknowledged=False)
    for second in range(4, 8):
        gate.say(second, "d1", smoke=second % 2 == 1)
        gate.say(second + 0.5, "d3", smoke=False)
    told = gate.say(9, "d3", smoke=True)
    assert raised(told) == ["fire zone:west raise d1 d2 d3"]


def test_a_member_that_was_told_and_counts_again_is_one_of_the_alarm_without_a_word() -> None:
    gate = Zones(group_rule(at_least={"devices": 1, "when": "smoke"}, severity="warning", chatter="never"))
    gate.say(1, "d1", smoke=True)
    gate.say(2, "d2", smoke=True)
    gate.say(3, "d1", smoke=False)
    assert raised(gate.say(4, "d3", smoke=True)) == ["fire zone:west raise d2 d3"]
    assert raised(gate.say(5, "d1", smoke=True)) == []
    for device in ("d2", "d3"):  # d1 is in service, and counts
        assert raised(gate.act(TakeOutOfService(device=device, by="Li Wei", why="broken"), 6)) == []
