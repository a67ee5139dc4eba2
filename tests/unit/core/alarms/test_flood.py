"""When more alarms are raised than people can deal with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.events import AlarmMoved
from gateway.core.alarms.flood import Flood
from gateway.core.alarms.lifecycle import Step
from gateway.core.kernel.times import HOUR
from gateway.core.rules.rule import RuleSpec
from tests.unit.core.sites import Bench, Seen, at, checkpoint_after, rule_spec

RULES = [rule_spec(id=f"rule-{index}", when=f"starts == {index}", ticket=None) for index in range(1, 13)]
DANGER = rule_spec(id="danger", when="pressure > 2", life_safety=True)
REMINDED = rule_spec(id="reminded", when="pressure < lowest", realarm="1m")


def raise_some(bench: Bench, count: int, start: int = 0, every: int = 30) -> list[Seen]:
    """Another rule is breached each time, and the one before returns."""
    return [bench.pump(start + index * every, starts=index + 1) for index in range(count)]


def floods(*steps: Seen) -> list[dict[str, Any]]:
    """The events of floods."""
    return [
        json.loads(event.payload) for seen in steps for event in seen.publications if event.topic.endswith("/flood")
    ]


def test_more_than_ten_raises_in_ten_minutes_are_a_flood_until_there_are_fewer_than_five() -> None:
    bench = Bench(*RULES)
    assert floods(*raise_some(bench, 10)) == []
    (begun,) = floods(bench.pump(300, starts=11))
    assert (begun["step"], begun["raises"], begun["since"]) == ("begin", 11, "2027-01-15T08:05:00.000Z")
    assert len(begun["groups"]) == 11
    assert floods(bench.tick(779)) == []
    (over,) = floods(bench.tick(780))
    assert (over["step"], over["raises"], over["time"]) == ("end", 4, "2027-01-15T08:13:00.000Z")
    assert bench.engine.next_due() is None


def test_ten_raises_that_take_longer_are_no_flood() -> None:
    bench = Bench(*RULES)
    assert floods(*raise_some(bench, 12, every=60)) == []


def test_raises_of_one_rule_in_one_place_are_a_group_and_each_life_safety_raise_stands_alone_in_front() -> None:
    bench = Bench(rule_spec(chatter="never"), DANGER)
    steps = []
    for index in range(5):
        steps += [bench.pump(index * 20, pressure=0.01), bench.pump(index * 20 + 10, pressure=2.4)]
    steps.append(bench.pump(100, pressure=0.01))
    (event,) = floods(*steps)
    groups = [(group["rule"], group["raises"], group["danger"]) for group in event["groups"]]
    assert groups == [("danger", 1, True)] * 5 + [("low-pressure", 6, False)]


@pytest.mark.parametrize("cut", [3, 9, 10, 11])
def test_a_flood_is_told_once_over_a_restart(cut: int) -> None:
    bench = Bench(*RULES)
    steps = raise_some(bench, cut)
    again = Bench(*RULES, checkpoint=checkpoint_after(*steps), start_s=cut * 30 - 10)
    after = [again.pump(index * 30, starts=index + 1) for index in range(cut, 12)]
    told = floods(*steps, again.beginning, *after, again.tick(2000))
    assert [event["step"] for event in told] == ["begin", "end"]


def test_a_clock_that_is_set_neither_makes_nor_ends_a_flood() -> None:
    bench = Bench(*RULES)
    raise_some(bench, 11)
    bench.engine.clock_set(HOUR)
    assert floods(bench.tick(3600 + 779)) == []
    assert [event["step"] for event in floods(bench.tick(3600 + 780))] == ["end"]


def test_a_reminder_is_no_raise_of_a_flood() -> None:
    bench = Bench(REMINDED)
    first = bench.pump(0, pressure=0.01)
    assert first.flood is not None
    bench.act(Acknowledge(alarm=1, by="Li Wei"), 1)
    assert bench.tick(61).flood is None
    assert first.flood.raises_until(at(60)) == 1


def test_a_suppressed_alarm_is_no_raise_of_a_flood() -> None:
    rules: list[RuleSpec] = [rule_spec(), rule_spec(id="low", inhibited_by=["low-pressure"])]
    seen = Bench(*rules).pump(0, pressure=0.01)
    assert seen.flood is not None
    assert [each.rule for each in seen.flood.raises] == ["low-pressure"]


def test_of_very_many_raises_the_latest_five_hundred_are_kept() -> None:
    bench = Bench(*RULES)
    raise_some(bench, 1)
    flood = bench.engine.part(Flood)
    (move,) = bench.pump(1, "p2", starts=2).alarms
    for _ in range(600):
        flood.on(AlarmMoved(step=Step.RAISE, alarm=move, definition=None, time=at(2), by=None))
    record = flood.finish()
    assert record is not None
    assert len(record.raises) == 500
