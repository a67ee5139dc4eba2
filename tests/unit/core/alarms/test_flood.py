"""When more alarms are raised than people can deal with."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.events import AlarmMoved
from gateway.core.alarms.flood import Flood
from gateway.core.alarms.lifecycle import Step
from gateway.core.kernel.times import HOUR
from gateway.core.rules.rule import RuleSpec
from gateway.core.site.site import Site
from tests.unit.core.sites import Bench, Seen, at, checkpoint_after, rule_spec, site

RULES = [rule_spec(id=f"rule-{index}", when=f"starts == {index}", ticket=None) for index in range(1, 13)]
DANGER = rule_spec(id="danger", when="pressure > 2", life_safety=True)
REMINDED = rule_spec(id="reminded", when="pressure < lowest", realarm="1m")


def raise_some(bench: Bench, count: int, start: int = 0, every: int = 30) -> list[Seen]:
    """Another rule is breached each time, and the one before returns."""
    return [bench.pump(start + index * every, starts=index + 1) for index in range(count)]


def floods(*steps: Seen) -> list[dict[str, Any]]:
    """The events of floods."""
    return [json.loads(event.payload) for seen in steps for event in seen.announced if event.topic.endswith("/flood")]


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


def raises(*steps: Seen) -> list[dict[str, Any]]:
    """The events of raises."""
    contents = [json.loads(event.payload) for seen in steps for event in seen.announced]
    return [content for content in contents if content["step"] == "raise"]


def powered(bench_rules: list[RuleSpec]) -> Bench:
    """The reader feeds the first pump; the second stands in a room."""
    files = site(*bench_rules)
    devices = dict(files.site.devices)
    devices["p1"] = devices["p1"].model_copy(update={"powered_by": "r1"})
    devices["p2"] = devices["p2"].model_copy(update={"location": "room"})
    return Bench(configuration=replace(files, site=Site(header=files.site.header, devices=devices)))


def test_the_event_of_a_raise_in_a_flood_names_the_flood_and_the_group() -> None:
    bench = powered(RULES)
    before = raises(*raise_some(bench, 10))
    first, second = raises(bench.pump(300, starts=11), bench.pump(301, "p2", starts=1))
    assert [each["flood"] for each in before] == [None] * 10
    assert first["flood"] == {"since": "2027-01-15T08:05:00.000Z", "group": "device:r1"}
    assert second["flood"] == {"since": "2027-01-15T08:05:00.000Z", "group": "location:room"}
    bench.tick(900)
    (after,) = raises(bench.pump(901, starts=12))
    assert after["flood"] is None


def test_steps_other_than_raises_are_not_marked() -> None:
    bench = Bench(*RULES)
    raise_some(bench, 11)
    acknowledged = bench.act(Acknowledge(alarm=11, by="Li Wei"), 301)
    returned = bench.pump(302, starts=0)
    steps = [json.loads(event.payload) for seen in (acknowledged, returned) for event in seen.announced]
    assert [(each["step"], each["flood"]) for each in steps] == [("acknowledge", None), ("return", None)]


def test_a_reminder_in_a_flood_is_marked_and_not_counted() -> None:
    bench = Bench(*RULES, rule_spec(id="reminded", when="pressure < lowest", realarm="5m", ticket=None))
    bench.pump(0, "p2", pressure=0.01)
    bench.act(Acknowledge(alarm=1, by="Li Wei"), 1)
    raise_some(bench, 10)
    (reminder,) = raises(bench.tick(301))
    assert reminder["flood"] == {"since": "2027-01-15T08:04:30.000Z", "group": None}


def test_a_life_safety_raise_in_a_flood_is_never_marked() -> None:
    bench = powered([*RULES, DANGER])
    raise_some(bench, 11)
    (danger,) = raises(bench.pump(301, pressure=2.4))
    assert (danger["life_safety"], danger["flood"]) == (True, None)


def test_a_raise_in_a_flood_that_goes_on_over_a_restart_is_marked() -> None:
    steps = raise_some(Bench(*RULES), 11)
    again = Bench(*RULES, checkpoint=checkpoint_after(*steps), start_s=310)
    (after,) = raises(again.pump(330, starts=12))
    assert after["flood"]["since"] == "2027-01-15T08:05:00.000Z"


def test_the_event_of_a_flood_counts_what_may_have_one_cause_without_life_safety() -> None:
    bench = powered([*RULES, DANGER])
    (begun,) = floods(bench.pump(0, "p2", starts=1), bench.pump(1, pressure=2.4), *raise_some(bench, 10, start=2))
    assert begun["raises"] == 12 - 1
    assert begun["causes"] == [{"device": "r1", "raises": 9}]
