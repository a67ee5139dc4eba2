"""Members that are silent, over restarts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from gateway.core.rules.rule import RuleSpec
from tests.unit.core.rules.groups.zones import DEVICES, Zones, files, group_rule, raised
from tests.unit.core.sites import Seen
from tests.unit.core.stores import Store

QUIET = group_rule(at_least=None, let={"quiet": {"share": "silent"}}, when="quiet > 0.5")
ALL_QUIET = group_rule(at_least={"devices": "all", "when": "silent || smoke"})
TWO = group_rule()
HOT = group_rule(at_least=None, let={"hottest": {"max": "temperature"}}, when="hottest > 80", clear_for="60s")


def gate_with(rule: RuleSpec, store: Store, *, start_s: float = 0, is_first: bool = False) -> tuple[Zones, list[Seen]]:
    """A run of the gateway under this rule; each device sends every 10 s at least."""
    devices = [{**each, "expect_every": "10s"} for each in DEVICES]
    before = None if is_first else store.checkpoint()
    gate = Zones(configuration=files(rule, devices=devices), checkpoint=before, start_s=start_s)
    seen = [gate.beginning, gate.hearing]
    for each in seen:
        store.commit(each.changes)
    return gate, seen


def go_on(gate: Zones, store: Store, from_s: int, to_s: int, *heard: str) -> list[Seen]:
    """Time passes, and these devices send each second."""
    seen = []
    for second in range(from_s, to_s):
        seen += [gate.say(second, device, test=False) for device in heard]
        seen.append(gate.tick(second + 0.5))
    for each in seen:
        store.commit(each.changes)
    return seen


def told(seen: list[Seen]) -> list[str]:
    return [each for each in raised(*seen) if each.startswith("fire zone:west ")]


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(Store()) as store:
        yield store


def say(gate: Zones, store: Store, at_s: float, device: str, **values: bool | float) -> list[Seen]:
    seen = gate.say(at_s, device, **values)
    store.commit(seen.changes)
    return [seen]


@pytest.mark.parametrize("rule", [QUIET, ALL_QUIET])
def test_an_alarm_of_silent_members_is_neither_returned_nor_told_again_by_a_restart(
    rule: RuleSpec, store: Store
) -> None:
    gate, _ = gate_with(rule, store, is_first=True)
    for device in ("d1", "d2", "d3"):
        say(gate, store, 0, device, smoke=device == "d3")
    assert told(go_on(gate, store, 1, 60, "d3"))[-1].startswith("fire zone:west raise d1 d2")
    again, seen = gate_with(rule, store, start_s=70)
    seen += go_on(again, store, 71, 250, "d3")
    assert told(seen) == []
    seen = say(again, store, 260, "d1", smoke=False)
    seen += say(again, store, 261, "d2", smoke=False)
    assert [each.split()[2] for each in told(seen)] == ["return"]


def test_a_silent_member_that_said_smoke_counts_on_after_a_restart(store: Store) -> None:
    gate, _ = gate_with(TWO, store, is_first=True)
    say(gate, store, 0, "d1", smoke=True)
    go_on(gate, store, 1, 60, "d2")
    again, seen = gate_with(TWO, store, start_s=70)
    seen += go_on(again, store, 71, 140, "d2")
    assert told(seen) == []
    assert told(say(again, store, 141, "d2", smoke=True)) == ["fire zone:west raise d1 d2"]


def test_a_silent_member_keeps_an_alarm_up_after_a_restart(store: Store) -> None:
    gate, _ = gate_with(HOT, store, is_first=True)
    for device in ("d1", "d2", "d3"):
        say(gate, store, 0, device, temperature=90 if device == "d1" else 20)
    go_on(gate, store, 1, 60, "d1", "d2")
    assert told(say(gate, store, 60, "d1", temperature=20)) == []  # d3 is silent, and may be hotter
    again, seen = gate_with(HOT, store, start_s=70)
    seen += go_on(again, store, 71, 250, "d1", "d2")
    assert told(seen) == []
    say(again, store, 250, "d3", temperature=20)
    assert told(go_on(again, store, 251, 312, "d1", "d2", "d3")) == ["fire zone:west return d1"]


def test_members_that_fall_silent_together_are_told_together(store: Store) -> None:
    rule = group_rule(at_least={"devices": 1, "when": "silent"})
    gate, _ = gate_with(rule, store, is_first=True)
    for device in ("d1", "d2", "d3"):
        say(gate, store, 0, device, smoke=False)
    seen = told(go_on(gate, store, 1, 60))
    assert [each.split()[2] for each in seen] == ["raise"] * 2
    assert seen[-1] == "fire zone:west raise d1 d2 d3"


def test_a_metric_that_is_called_silent_is_what_a_condition_reads() -> None:
    gate = Zones(group_rule(applies_to={"profile": "button"}, at_least={"devices": 1, "when": "silent"}))
    assert raised(gate.say(1, "b1", silent=True)) == ["fire zone:west raise b1"]
    assert raised(gate.say(2, "b1", silent=False)) == ["fire zone:west return b1"]
