"""Members that leave what an alarm tells of, and those that come back."""

from __future__ import annotations

from typing import Any

from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.maintenance_actions import EndMaintenance, StartMaintenance
from gateway.core.alarms.shelf import EndShelf, ShelveAlarm, TakeOutOfService
from gateway.core.kernel.times import HOUR
from tests.unit.core.rules.groups.zones import Zones, files, group_rule, raised
from tests.unit.core.sites import Seen, at, checkpoint_after, states

FOUR = [{"id": f"d{number}", "profile": "detector", "location": "hall"} for number in range(1, 5)]
SENDING = [{**each, "expect_every": "10s"} for each in FOUR]
QUIET: dict[str, Any] = {"severity": "warning", "chatter": "never"}
ONE: dict[str, Any] = {"at_least": {"devices": 1, "when": "smoke"}, **QUIET}


def clear(gate: Zones) -> list[Seen]:
    return [gate.say(0, device, smoke=False) for device in ("d1", "d2", "d3")]


def maintain(gate: Zones, at_s: float, *devices: str) -> Seen:
    return gate.act(StartMaintenance(devices=devices, by="Li", reason="cleaning", duration=HOUR), at_s)


def second_fire(*, restart: bool) -> list[str]:
    """Two detectors of four burn, clear while the others are silent, and burn again."""
    configuration = files(group_rule(life_safety=True), devices=SENDING)
    gate = Zones(configuration=configuration)
    steps = [gate.beginning, gate.hearing, *(gate.say(0, f"d{number}", smoke=False) for number in range(1, 5))]
    for second in range(10, 200, 10):
        steps += [gate.say(second, device, smoke=False) for device in ("d1", "d2")] + [gate.tick(second + 1)]
    assert gate.group().unknown() == ("d3", "d4")
    told = [gate.say(200, device, smoke=True) for device in ("d1", "d2")]
    assert raised(*told) == ["fire zone:west raise d1 d2"]
    steps += [*told, gate.act(Acknowledge(alarm=told[-1].alarms[-1].number, by="Li"), 201)]
    for second in range(210, 1000, 10):
        steps += [gate.say(second, device, smoke=False) for device in ("d1", "d2")] + [gate.tick(second + 1)]
    if restart:
        gate = Zones(configuration=configuration, checkpoint=checkpoint_after(*steps), start_s=1005)
    told = [gate.say(1010, device, smoke=True) for device in ("d1", "d2")]
    return [each for each in raised(*told) if each.startswith("fire")]


def test_a_second_fire_is_told_though_silent_members_kept_the_alarm() -> None:
    assert second_fire(restart=False) == ["fire zone:west raise d1 d2"]


def test_a_restart_between_two_fires_hides_none() -> None:
    assert second_fire(restart=True) == ["fire zone:west raise d1 d2"]


def test_the_end_of_maintenance_of_a_member_that_has_left_pages_nobody() -> None:
    gate = Zones(group_rule(**QUIET))
    clear(gate)
    maintain(gate, 1, "d1")
    maintain(gate, 1, "d2", "d3")
    told = [gate.say(2, device, smoke=True) for device in ("d1", "d2", "d3")]
    assert raised(*told) == ["fire zone:west suppress d1 d2"]
    gate.say(3, "d1", smoke=False)
    assert raised(gate.act(EndMaintenance(maintenance=1, by="Li"), 4)) == []


def test_a_member_in_maintenance_takes_no_alarm_off_the_list_and_is_told_afterwards() -> None:
    gate = Zones(group_rule(**QUIET))
    clear(gate)
    for device in ("d1", "d2"):
        gate.say(1, device, smoke=True)
    maintain(gate, 2, "d1", "d2", "d3")
    assert "suppressed" not in states(gate.say(3, "d3", smoke=True))
    assert raised(gate.act(EndMaintenance(maintenance=1, by="Li"), 4)) == ["fire zone:west raise d1 d2 d3"]


def test_what_is_told_when_suppression_ends_names_those_that_count() -> None:
    gate = Zones(group_rule(**ONE))
    clear(gate)
    maintain(gate, 1, "d1", "d2", "d3")
    gate.say(2, "d1", smoke=True)
    gate.say(3, "d2", smoke=True)
    gate.say(4, "d1", smoke=False)
    told = gate.act(EndMaintenance(maintenance=1, by="Li"), 5)
    assert raised(told) == ["fire zone:west raise d2"]
    assert {each.detail for each in told.alarms} == {"1 of 3: d2"}


def test_a_shelf_that_ends_tells_of_no_member_that_has_left() -> None:
    gate = Zones(group_rule(**QUIET))
    clear(gate)
    for device in ("d1", "d2"):
        gate.say(1, device, smoke=True)
    gate.act(Acknowledge(alarm=1, by="Li"), 2)
    gate.act(ShelveAlarm(alarm=1, by="Li", why="drill", duration=HOUR), 3)
    gate.say(4, "d3", smoke=True)
    gate.say(5, "d3", smoke=False)
    assert raised(gate.act(EndShelf(shelf=1, by="Li"), 6)) == ["fire zone:west raise d1 d2"]


def test_a_level_that_falls_names_those_that_count() -> None:
    levels = [{"severity": "warning", "when": "n >= 1"}, {"severity": "critical", "when": "n >= 2"}]
    gate = Zones(
        group_rule(at_least=None, severity=None, chatter="never", let={"n": {"count": "smoke"}}, levels=levels)
    )
    clear(gate)
    gate.say(1, "d1", smoke=True)
    gate.say(2, "d2", smoke=True)
    assert raised(gate.say(3, "d1", smoke=False)) == ["fire zone:west fall d2"]


def test_a_further_member_does_not_move_the_deadlines_of_the_ticket() -> None:
    rule = group_rule(ticket={"category": "fire", "priority": "P1", "team": "security"})
    gate = Zones(configuration=files(rule, devices=FOUR))
    first = [gate.say(1, device, smoke=True) for device in ("d1", "d2")][-1].tickets[-1]
    later = gate.say(3000, "d3", smoke=True).tickets[-1]
    assert [(each.began_at, each.target) for each in later.clocks] == [
        (each.began_at, each.target) for each in first.clocks
    ]
    assert (later.raised_at, later.raised_count) == (at(3000), 2)


def test_all_members_that_join_in_one_step_are_told_at_once() -> None:
    gate = Zones(configuration=files(group_rule(), devices=[*FOUR, {**FOUR[0], "id": "d5"}]))
    told = gate.step([gate.word(1, f"d{number}", smoke=True) for number in range(1, 6)])
    assert raised(told) == ["fire zone:west raise d1 d2", "fire zone:west raise d1 d2 d3 d4 d5"]


def test_a_member_that_burns_for_a_moment_in_one_step_is_told() -> None:
    gate = Zones(configuration=files(group_rule(), devices=FOUR))
    words = [gate.word(1, device, smoke=True) for device in ("d1", "d2", "d3")]
    told = gate.step([*words, gate.word(1, "d3", smoke=False)])
    assert raised(told) == ["fire zone:west raise d1 d2", "fire zone:west raise d1 d2 d3"]


def hot() -> Zones:
    rule = group_rule(at_least=None, let={"hot": {"max": "temperature"}}, when="hot > 80", **QUIET)
    gate = Zones(rule)
    for device in ("d1", "d2"):
        gate.say(0, device, temperature=20)
    return gate


def test_a_value_that_breaches_again_is_told_though_one_that_is_unknown_kept_the_alarm() -> None:
    gate = hot()
    assert raised(gate.say(1, "d1", temperature=120)) == ["fire zone:west raise d1"]
    assert raised(gate.say(2, "d1", temperature=20), gate.tick(3000)) == []  # d3 never spoke
    assert raised(gate.say(3001, "d1", temperature=120)) == ["fire zone:west raise d1"]


def test_a_value_that_nothing_suppresses_has_the_alarm_told() -> None:
    gate = hot()
    maintain(gate, 1, "d1")
    assert raised(gate.say(2, "d1", temperature=90)) == ["fire zone:west suppress d1"]
    assert raised(gate.say(3, "d2", temperature=85)) == []
    assert raised(gate.say(4, "d2", temperature=95)) == ["fire zone:west raise d2"]


def test_a_further_value_beyond_the_limit_is_no_news() -> None:
    gate = hot()
    gate.say(1, "d1", temperature=85)
    assert raised(gate.say(2, "d2", temperature=120)) == []


def test_what_begins_again_is_noted_in_its_ticket() -> None:
    rule = group_rule(ticket={"category": "fire", "priority": "P1", "team": "security"})
    gate = Zones(rule)
    first = [gate.say(1, device, smoke=True) for device in ("d1", "d2")][-1].tickets[-1]
    gate.say(2, "d1", smoke=False)
    later = gate.say(3600, "d1", smoke=True).tickets[-1]
    assert (first.raised_at, later.raised_at) == (at(1), at(3600))
    assert (later.number, later.next_due) == (first.number, first.next_due)


def test_a_member_that_is_only_unknown_for_a_while_is_no_news() -> None:
    rule = group_rule(at_least={"devices": 2, "when": "level > 3"})
    gate = Zones(configuration=files(rule, devices=FOUR))
    for device in ("d1", "d2"):
        gate.say(1, device, level=4)
    assert "level" in gate.devices["d1"].times
    gate.devices["d1"].outdate("level")
    gate.say(2, "d1", smoke=False)
    assert raised(gate.say(3, "d1", level=4)) == []


def test_one_that_comes_and_goes_often_while_another_is_unknown_chatters() -> None:
    gate = Zones(group_rule(severity="warning"))
    told = [gate.say(1, device, smoke=True) for device in ("d1", "d2")]
    told += [gate.say(second, "d1", smoke=second % 2 == 1) for second in range(2, 40)]
    assert len(raised(*told)) <= 5
    assert raised(gate.say(41, "d3", smoke=True)) == ["fire zone:west raise d1 d2 d3"]


def test_a_member_that_returns_to_a_suppressed_alarm_and_is_in_service_has_it_told() -> None:
    gate = Zones(group_rule(**ONE))
    clear(gate)
    for device in ("d1", "d2"):
        gate.say(1, device, smoke=True)
    gate.act(TakeOutOfService(device="d1", by="Li", why="broken"), 2)
    assert raised(gate.act(TakeOutOfService(device="d2", by="Li", why="broken"), 2)) == [
        "fire zone:west suppress d1 d2"
    ]
    gate.say(3, "d2", smoke=False)
    assert raised(gate.act(EndShelf(shelf=2, by="Li"), 4)) == []  # d1 alone counts, and is out of service
    assert raised(gate.say(5, "d2", smoke=True)) == ["fire zone:west raise d1 d2"]
