"""Rules that count members of a group."""

from __future__ import annotations

from tests.unit.core.rules.groups.zones import Zones, group_rule, raised


def test_two_detectors_of_a_zone_confirm_a_fire() -> None:
    gate = Zones()
    assert raised(gate.say(1, "d1", smoke=True)) == []
    assert raised(gate.say(2, "d4", smoke=True)) == []  # another zone
    assert raised(gate.say(3, "d3", smoke=True)) == ["fire zone:west raise d1 d3"]


def test_the_same_detector_twice_is_one() -> None:
    gate = Zones()
    assert raised(gate.say(1, "d1", smoke=True), gate.say(2, "d1", smoke=True)) == []


def test_the_alarm_returns_when_too_few_are_left_and_that_is_certain() -> None:
    gate = Zones()
    gate.say(0, "d2", smoke=False)
    gate.say(1, "d1", smoke=True)
    gate.say(2, "d3", smoke=True)
    assert raised(gate.say(3, "d1", smoke=False)) == ["fire zone:west return d1 d3"]


def test_it_does_not_return_while_another_may_hold() -> None:
    gate = Zones()
    gate.say(1, "d1", smoke=True)
    gate.say(2, "d3", smoke=True)
    assert raised(gate.say(3, "d1", smoke=False)) == []  # d2 has never said anything
    assert raised(gate.say(4, "d2", smoke=False)) == ["fire zone:west return d1 d3"]


def test_a_member_counts_for_some_time_after_its_condition_has_ended() -> None:
    gate = Zones(group_rule(at_least={"devices": 2, "when": "smoke", "within": "60s"}))
    gate.say(0, "d2", smoke=False)
    gate.say(1, "d1", smoke=True)
    gate.say(2, "d1", smoke=False)
    assert raised(gate.say(61.9, "d3", smoke=True)) == ["fire zone:west raise d1 d3"]
    assert raised(gate.tick(61.95)) == []
    assert raised(gate.tick(62)) == ["fire zone:west return d1 d3"]


def test_a_member_whose_time_is_over_does_not_count() -> None:
    gate = Zones(group_rule(at_least={"devices": 2, "when": "smoke", "within": "60s"}))
    gate.say(1, "d1", smoke=True)
    gate.say(2, "d1", smoke=False)
    assert raised(gate.say(62, "d3", smoke=True)) == []
