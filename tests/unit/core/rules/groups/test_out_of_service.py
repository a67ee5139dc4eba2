"""Members that people have taken out of service: they confirm no danger to life, and other alarms are suppressed."""

from __future__ import annotations

import pytest

from gateway.core.alarms.shelf import EndShelf, TakeOutOfService
from gateway.core.kernel.times import HOUR
from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.groups.group_view import GroupState
from gateway.core.rules.rule import RuleSpec
from tests.unit.core.rules.groups.zones import WEST, Zones, group_rule, raised
from tests.unit.core.sites import Seen, checkpoint_after

DANGER = group_rule(life_safety=True)
WITHIN = group_rule(life_safety=True, at_least={"devices": 2, "when": "smoke", "within": "60s"})
CALLS = group_rule(life_safety=True, at_least={"devices": 2, "when": "call", "within": "60s"})
HOT = group_rule(life_safety=True, at_least=None, let={"hot": {"max": "temperature"}}, when="hot > 80")


def clear(gate: Zones) -> list[Seen]:
    return [gate.say(0, device, smoke=False, temperature=20) for device in ("d1", "d2", "d3")]


def take_out(gate: Zones, at_s: float, *, second: str | None = "Wang Fang") -> Seen:
    action = TakeOutOfService(device="d1", by="Li", why="stuck", confirmed_by=second, duration=HOUR)
    return gate.act(action, at_s)


def test_a_detector_that_two_people_have_taken_out_of_service_confirms_no_fire() -> None:
    gate = Zones(DANGER)
    clear(gate)
    gate.say(1, "d1", smoke=True)
    take_out(gate, 2)
    assert raised(gate.say(3, "d2", smoke=True)) == []
    (view,) = gate.engine.part(Evaluator).groups("fire", WEST)
    assert view.state is GroupState.DEGRADED
    assert view.members[0].unknown_because == "out_of_service"
    assert raised(gate.say(4, "d3", smoke=True)) == ["fire zone:west raise d2 d3"]


def test_what_one_person_alone_has_taken_out_of_service_counts_for_a_danger_to_life() -> None:
    gate = Zones(DANGER)
    clear(gate)
    gate.say(1, "d1", smoke=True)
    take_out(gate, 2, second=None)
    assert raised(gate.say(3, "d2", smoke=True)) == ["fire zone:west raise d1 d2"]


def test_a_rule_that_is_no_danger_goes_on_with_what_is_out_of_service() -> None:
    gate = Zones(group_rule(severity="warning"))
    clear(gate)
    gate.say(1, "d1", smoke=True)
    take_out(gate, 2)
    assert raised(gate.say(3, "d2", smoke=True)) == ["fire zone:west raise d1 d2"]


def test_what_serves_again_and_still_holds_is_told_at_once() -> None:
    gate = Zones(DANGER)
    clear(gate)
    gate.say(1, "d1", smoke=True)
    take_out(gate, 2)
    gate.say(3, "d2", smoke=True)
    assert raised(gate.act(EndShelf(shelf=1, by="Li"), 4)) == ["fire zone:west raise d1 d2"]


@pytest.mark.parametrize(("rule", "said"), [(WITHIN, "smoke"), (CALLS, "call")])
def test_what_was_said_before_or_while_out_of_service_is_not_remembered(rule: RuleSpec, said: str) -> None:
    gate = Zones(rule)
    clear(gate)
    gate.say(1, "d1", **{said: True})
    gate.say(2, "d1", smoke=False)
    take_out(gate, 3)
    gate.say(4, "d1", **{said: True})
    assert raised(gate.say(5, "d2", **{said: True})) == []


def test_a_value_of_what_is_out_of_service_hides_no_other() -> None:
    gate = Zones(HOT)
    clear(gate)
    take_out(gate, 1)
    assert raised(gate.say(2, "d1", temperature=150)) == []
    assert raised(gate.say(3, "d2", temperature=100)) == ["fire zone:west raise d2"]


def test_a_restart_knows_what_is_out_of_service() -> None:
    gate = Zones(WITHIN)
    steps = [gate.beginning, gate.hearing, *clear(gate), gate.say(1, "d1", smoke=True), take_out(gate, 2)]
    again = Zones(WITHIN, checkpoint=checkpoint_after(*steps), start_s=6)
    seen = [again.say(7, "d2", smoke=True), *(again.tick(second) for second in range(8, 90))]
    assert raised(again.beginning, again.hearing, *seen) == []
    assert raised(again.act(EndShelf(shelf=1, by="Li"), 91)) == ["fire zone:west raise d1 d2"]
