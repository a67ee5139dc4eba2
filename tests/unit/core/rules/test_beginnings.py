"""Evaluations that begin by known values: a rule that is new or edited, values that are believed again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.alarms.actions import Acknowledge
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import SECOND
from gateway.core.rules.evaluation import EvaluationRecord
from gateway.core.rules.rule import RuleSpec
from gateway.store.database import Database
from tests.unit.core.devices.fleet import SENSOR, Fleet
from tests.unit.core.sites import Bench, Seen, at, checkpoint_after, rule_spec, told

LOW, FINE = 0.01, 0.5
RAISED = ["raise unacknowledged"]
OLD = rule_spec()
RENAMED = rule_spec(id="pressure-lost")


def steps(*rules: RuleSpec, pressure: float) -> list[Seen]:
    """A run in which a pump says this."""
    bench = Bench(*rules)
    return [bench.beginning, bench.hearing, bench.pump(0, pressure=pressure)]


def again(before: list[Seen], *rules: RuleSpec, start_s: float = 10) -> Bench:
    """The next run."""
    return Bench(*rules, checkpoint=checkpoint_after(*before), start_s=start_s)


@pytest.mark.parametrize(
    "edited",
    [
        RENAMED,
        rule_spec(id="low-pressure-too"),
        RuleSpec.model_validate(
            {
                "id": "levels",
                "applies_to": {"profile": "pump"},
                "title": {"en": "Low"},
                "levels": [{"severity": "warning", "when": "pressure < 0.2"}],
            }
        ),
    ],
)
def test_a_new_or_renamed_rule_is_told_without_a_further_word_of_its_metrics(edited: RuleSpec) -> None:
    bench = again(steps(OLD, pressure=LOW), edited)

    assert told(bench.pump(30, starts=3), bench.tick(69)) == []
    assert told(bench.tick(70)) == RAISED


def test_a_rule_is_told_that_is_edited_so_that_the_known_value_breaches_it() -> None:
    bench = again(steps(rule_spec(when="pressure < 0.1"), pressure=0.15), rule_spec(when="pressure < 0.2"))

    seen = bench.tick(70)
    assert told(seen) == RAISED
    assert seen.alarms[0].evidence is not None
    assert (seen.alarms[0].evidence.values, seen.alarms[0].evidence.time) == ({"pressure": 0.15}, at(0))


def test_a_rule_is_told_whose_limit_is_an_attribute_that_was_edited() -> None:
    before = steps(OLD, pressure=0.15)
    files = Bench(OLD).site
    p1 = files.site.devices["p1"].model_copy(update={"attributes": {"lowest": 0.2}})
    edited = replace(files, site=replace(files.site, devices={**files.site.devices, "p1": p1}))
    bench = Bench(configuration=edited, checkpoint=checkpoint_after(*before), start_s=10)

    assert told(bench.tick(70)) == RAISED


def test_a_rule_enabled_while_the_device_is_bad_is_told_after_its_delay() -> None:
    bench = again(steps(pressure=LOW), rule_spec(**{"for": "5m"}))

    assert told(bench.tick(309)) == []
    assert told(bench.tick(310)) == RAISED


def test_a_rule_enabled_while_the_device_is_well_tells_nothing() -> None:
    bench = again(steps(pressure=FINE), OLD)

    assert (bench.hearing.evaluations, told(bench.tick(10_000))) == ({}, [])


def test_a_rule_disabled_during_its_delay_tells_nothing() -> None:
    bench = again(steps(rule_spec(**{"for": "5m"}), pressure=LOW))

    assert bench.beginning.evaluations == {("low-pressure", Subject.of_device("p1")): None}
    assert told(bench.tick(10_000)) == []


def test_the_device_has_its_turn_before_known_values_are_told() -> None:
    bench = again(steps(OLD, pressure=LOW), RENAMED)

    assert told(bench.pump(30, pressure=FINE), bench.tick(10_000)) == []


def test_a_reading_tells_at_once_what_known_values_have_begun() -> None:
    bench = again(steps(OLD, pressure=LOW), RENAMED)

    assert told(bench.pump(11, pressure=LOW)) == RAISED


def test_restarts_do_not_put_off_for_ever_what_known_values_have_begun() -> None:
    history = steps(OLD, pressure=LOW)
    for second in range(10, 80, 20):
        bench = again(history, RENAMED, start_s=second)
        history += [
            bench.beginning,
            bench.hearing,
            bench.tick(second + 19),
            Seen(bench.engine.snapshot(at(second + 19))),
        ]

    assert told(*history[3:]) == ["remove normal", *RAISED]


def sensor_rule(**fields: object) -> RuleSpec:
    spec = {"id": "high", "when": "value > 50", "severity": "warning", "title": {"en": "High"}}
    return RuleSpec.model_validate({"applies_to": {"profile": "sensor"}, **spec, **fields})


def raises(fleet: Fleet, rule_id: str = "high") -> list[float]:
    """When the alarm of this rule was raised, in seconds."""
    found = [each for each in fleet.audit if each.kind == "alarm" and each.subject.startswith(f"{rule_id}/")]
    return [(each.time - at(0)) / SECOND for each in found if each.data["step"] == "raise"]


def test_nothing_begins_by_defaults_and_attributes_alone(database: Database) -> None:
    metrics = {**SENSOR["metrics"], "leak": {"type": "bool", "default": True}}
    fleet = Fleet("d1", "d2", rules=[sensor_rule(when="leak")], database=database, metrics=metrics, expect_every=None)
    fleet.say(10, "d1", value=1.0)
    fleet.restart(20, hears_at=20)
    fleet.wait(10_000)
    assert raises(fleet) == []

    fleet.say(10_000, "d1", leak=True)
    assert raises(fleet) == [10_000]


def test_an_event_of_before_is_no_news_for_a_new_rule(database: Database) -> None:
    metrics = {**SENSOR["metrics"], "leak": {"type": "bool", "event": True}}
    fleet = Fleet("d1", database=database, metrics=metrics)
    fleet.say(10, "d1", leak=True)
    fleet.rules = (sensor_rule(when="leak"),)
    fleet.restart(20, hears_at=20, files=fleet.configure("d1", metrics=metrics))
    for second in range(30, 10_000, 30):
        fleet.say(second, "d1", value=1.0)
    fleet.say(10_100, "d1", value=1.0)  # it was silent: its values are believed again
    assert raises(fleet) == []


def test_a_new_rule_judges_the_values_of_a_silent_device_when_that_is_heard(database: Database) -> None:
    fleet = Fleet("d1", database=database)
    fleet.say(10, "d1", value=60.0)
    fleet.wait(500)
    fleet.snapshot()
    fleet.rules = (sensor_rule(),)
    fleet.restart(510, hears_at=510, files=fleet.configure("d1"))
    fleet.wait(5_000)
    assert (fleet.silent(), raises(fleet)) == (["d1"], [])

    fleet.say(5_000, "d1", leak=False)
    assert raises(fleet) == [5_000]
    read = [each.data["values"] for each in fleet.audit if each.kind == "reading" and each.time == at(5_000)]
    assert {"leak": False, "value": 60.0} in read


def test_hours_that_began_while_a_device_was_silent_find_its_values_when_it_is_heard() -> None:
    fleet = Fleet("d1", rules=[sensor_rule(active={"hours": "08:10-08:30"})])
    fleet.say(10, "d1", value=60.0)
    fleet.say(700, "d1", leak=False)
    assert raises(fleet) == [700]


def test_values_that_are_believed_again_outside_the_hours_tell_nothing() -> None:
    fleet = Fleet("d1", rules=[sensor_rule(active={"hours": "09:10-09:30"})])
    fleet.say(10, "d1", value=60.0)
    fleet.say(700, "d1", leak=False)
    assert raises(fleet) == []


VALUES = st.fixed_dictionaries(
    {}, optional={"pressure": st.sampled_from([LOW, FINE]), "running": st.booleans(), "starts": st.integers(0, 3)}
)
RULES = (
    rule_spec(),
    rule_spec(id="slow", when="pressure < 0.1 && running", **{"for": "2m"}, clear_for="1m"),
    rule_spec(id="band", when="pressure < 0.1", clear_when="pressure > 0.4"),
    rule_spec(id="mean", let={"mean": {"mean": "pressure", "over": "1m"}}, when="mean < 0.1"),
    rule_spec(id="hours", when="running", active={"hours": "16:02-16:10"}),
)


@given(st.lists(st.tuples(st.sampled_from([1, 20, 59, 61, 150]), VALUES), max_size=12))
def test_where_nothing_was_edited_a_restart_begins_nothing(said: list[tuple[int, dict[str, Any]]]) -> None:
    bench = Bench(*RULES)
    history, second = [bench.beginning, bench.hearing], 0
    for wait, values in said:
        second += wait
        history += [bench.tick(second), bench.pump(second, **(values or {"starts": 1}))]
    standing = {key for key, record in evaluations(history).items() if record is not None}

    after = Bench(*RULES, checkpoint=checkpoint_after(*history), start_s=second)

    later = evaluations([after.beginning, after.hearing])
    assert {key for key, record in later.items() if record is not None} <= standing
    assert not told(after.beginning, after.hearing)


def evaluations(steps: list[Seen]) -> dict[tuple[str, Subject], EvaluationRecord | None]:
    """Those that these steps have left."""
    found: dict[tuple[str, Subject], EvaluationRecord | None] = {}
    for each in steps:
        found |= each.evaluations
    return found


def test_a_new_description_of_a_rule_keeps_its_alarm_its_latch_and_its_acknowledgement() -> None:
    bench = Bench(rule_spec(latched=True))
    history = [bench.beginning, bench.hearing, bench.pump(0, pressure=LOW), bench.act(Acknowledge(alarm=1, by="Li"), 5)]

    after = again(history, rule_spec(latched=True, title={"en": "No pressure"}))

    assert told(after.beginning, after.hearing, after.tick(100)) == []
    assert told(after.pump(200, pressure=FINE)) == ["return latched"]


def test_a_new_description_of_a_rule_keeps_its_running_delay() -> None:
    fields: dict[str, Any] = {"for": "5m"}
    bench = Bench(rule_spec(**fields))
    history = [bench.beginning, bench.hearing, bench.pump(0, pressure=LOW), bench.pump(200, pressure=LOW)]

    after = again(history, rule_spec(title={"en": "No pressure"}, **fields), start_s=210)

    assert told(after.tick(309)) == []
    assert told(after.tick(310)) == RAISED


def test_a_deleted_rule_ends_its_alarm_and_a_new_one_of_its_name_inherits_nothing() -> None:
    bench = Bench(OLD)
    history = [bench.beginning, bench.hearing, bench.pump(0, pressure=LOW), bench.act(Acknowledge(alarm=1, by="Li"), 5)]
    without = again(history)
    history += [without.beginning, without.hearing, without.pump(20, pressure=FINE)]
    assert told(without.beginning) == ["remove normal"]

    after = again(history, OLD, start_s=30)
    assert told(after.beginning, after.hearing, after.tick(1_000)) == []
    seen = after.pump(2_000, pressure=LOW)
    assert (told(seen), [each.number for each in seen.alarms]) == (RAISED, [2])
