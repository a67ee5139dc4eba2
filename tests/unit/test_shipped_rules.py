"""Each shipped rule raises and returns its alarm as its file says, and leaves the harmless alone."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from gateway import parts
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.lifecycle import State
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.times import DAY, MILLISECOND, MINUTE, SECOND, Micros
from gateway.core.kernel.urgency import Severity
from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.rule import Rule
from gateway.core.telemetry.readings import Message
from gateway.site_files import load_configuration, shipped_files
from tests.unit.core.sites import Seen, checkpoint_after
from tests.unit.rule_cases.case import Case, Payload
from tests.unit.site_files import only, write

START: Micros = 20_000 * DAY
AREAS = sorted(file.stem for file in (Path(__file__).parent / "rule_cases").glob("*.py") if file.stem != "case")
CASES: dict[str, Case] = {}
for area in AREAS:
    CASES |= import_module(f"tests.unit.rule_cases.{area}").CASES

SITE = "site: {id: test, name: {en: Test}}\ndevices:\n" + "".join(
    f"  - {{id: {file.stem}, profile: {file.stem}, expect_every: never"
    f"{', attributes: {rated_speed: 2}' * (file.stem == 'elevator')}}}\n"
    for file in shipped_files("device_profiles")
)


class Bench:
    """An engine with one device, and the time."""

    def __init__(self, configuration: Configuration, device: str) -> None:
        self.device = device
        self.engine = Engine(only(configuration, device), parts.makers(), now=START)
        self.engine.set_hearing(START)
        self.now = START
        self._steps: list[Seen] = []

    def send(self, payload: Payload) -> Seen:
        """The device reports at this moment; nothing of it may be refused."""
        self.now += MILLISECOND
        topic = f"site/test/{self.device}/{self.device}/telemetry"
        body = json.dumps({"ts": self.now // MILLISECOND, **payload}).encode()
        seen = self._see(self.engine.step([Message(topic, body, self.now)]))
        assert seen.rejections == {}
        return seen

    def wait(self, duration: Micros) -> Seen:
        """Time passes, and nothing is heard."""
        self.now += duration
        return self._see(self.engine.tick(self.now))

    def left(self, part: str) -> Any:  # noqa: ANN401
        """What a part has to go on with: alarms that stand, evaluations that are not over."""
        return checkpoint_after(*self._steps).rows[part]

    def _see(self, changes: Changes) -> Seen:
        seen = Seen(changes)
        self._steps.append(seen)
        return seen


def states(seen: Seen, rule: str) -> list[State]:
    """What became of the alarm of this rule."""
    return [alarm.state for alarm in seen.alarms if alarm.rule == rule]


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    return load_configuration(write(tmp_path_factory.mktemp("site"), {"site.yaml": SITE}))


def rule_of(configuration: Configuration, rule_id: str) -> Rule:
    return next(rule for rule in configuration.rules if rule.id == rule_id)


def test_each_case_here_is_one_of_a_shipped_rule(configuration: Configuration) -> None:
    assert {rule.id for rule in configuration.rules} >= CASES.keys()


@pytest.mark.parametrize("rule_id", CASES)
def test_a_rule_raises_its_alarm_after_its_delay_and_not_before(configuration: Configuration, rule_id: str) -> None:
    rule = rule_of(configuration, rule_id)
    bench = Bench(configuration, rule.spec.applies_to.name)

    seen = bench.send(CASES[rule_id].breach)
    if rule.on_delay:
        assert states(seen, rule_id) == []
        assert states(bench.wait(rule.on_delay - MILLISECOND), rule_id) == []
        seen = bench.wait(MILLISECOND)

    assert states(seen, rule_id) == [State.UNACKNOWLEDGED]
    alarm = next(alarm for alarm in seen.alarms if alarm.rule == rule_id)
    tickets = [ticket.priority for ticket in seen.tickets if ticket.alarm == alarm.number]
    assert tickets == ([rule.spec.ticket.priority.value] if rule.spec.ticket else [])


@pytest.mark.parametrize("rule_id", CASES)
def test_an_alarm_returns_when_its_cause_has_been_gone_for_a_while(configuration: Configuration, rule_id: str) -> None:
    rule, case = rule_of(configuration, rule_id), CASES[rule_id]
    bench = Bench(configuration, rule.spec.applies_to.name)
    bench.send(case.breach)
    bench.wait(rule.on_delay)

    for payload in case.holding:
        assert State.RETURNED not in states(bench.send(payload), rule_id)
        assert states(bench.wait(DAY), rule_id) == []
        bench.send(case.breach)

    assert State.RETURNED not in states(bench.send(case.cleared), rule_id)
    assert states(bench.wait(rule.off_delay - MILLISECOND), rule_id) == []
    assert states(bench.wait(MILLISECOND), rule_id) == [State.RETURNED]


HARMLESS = [(rule, payload) for rule, case in CASES.items() for payload in case.harmless]


@pytest.mark.parametrize(("rule_id", "payload"), HARMLESS, ids=[f"{rule}-{payload}" for rule, payload in HARMLESS])
def test_what_is_harmless_raises_nothing(configuration: Configuration, rule_id: str, payload: Payload) -> None:
    bench = Bench(configuration, rule_of(configuration, rule_id).spec.applies_to.name)

    assert states(bench.send(payload), rule_id) == []
    assert states(bench.wait(DAY), rule_id) == []


def test_a_detector_that_has_never_said_test_still_reports_a_fire_at_once(configuration: Configuration) -> None:
    bench = Bench(configuration, "smoke_detector")
    seen = bench.send({"smoke": True})

    assert states(seen, "smoke-fire") == [State.UNACKNOWLEDGED]
    assert [ticket.priority for ticket in seen.tickets] == ["P1"]
    assert bench.engine.devices["smoke_detector"].values == {"smoke": True}  # what was taken for granted is not shown


def test_a_self_test_is_no_fire_and_leaves_nothing_behind(configuration: Configuration) -> None:
    bench = Bench(configuration, "smoke_detector")
    bench.send({"smoke": True, "test": True, "obscuration": 0.01})
    bench.wait(10 * SECOND)
    bench.send({"smoke": False, "test": False, "obscuration": 0.01})
    bench.wait(DAY)

    assert bench.left(Annunciator.name) == bench.left(Evaluator.name) == []


def test_a_detector_that_never_ends_its_test_reports_the_next_fire_late_but_reports_it(
    configuration: Configuration,
) -> None:
    bench = Bench(configuration, "smoke_detector")
    bench.send({"smoke": True, "test": True})
    bench.send({"smoke": False})
    bench.wait(DAY)

    assert states(bench.send({"smoke": True}), "smoke-fire") == []
    assert states(bench.wait(3 * MINUTE), "smoke-during-test") == [State.UNACKNOWLEDGED]


def test_a_fire_is_critical_endangers_life_and_waits_for_no_delay(configuration: Configuration) -> None:
    fire = rule_of(configuration, "smoke-fire")

    assert fire.spec.life_safety
    assert fire.spec.severity is Severity.CRITICAL
    assert fire.on_delay == 0


def test_a_lift_without_a_door_zone_sensor_still_reports_people_behind_closed_doors(
    configuration: Configuration,
) -> None:
    bench = Bench(configuration, "elevator")
    bench.send({"passenger_present": True, "car_status": 0, "door_closed": True})

    assert states(bench.wait(90 * SECOND), "elevator-entrapment") == [State.UNACKNOWLEDGED]


def test_a_dry_pump_is_not_mistaken_for_a_burst_pipe(configuration: Configuration) -> None:
    bench = Bench(configuration, "booster_pump")
    dry = {"running": True, "inlet_pressure": 0.005, "outlet_pressure": 0.1, "flow": 0.0, "vibration": 2.0}
    bench.send(dry)
    bench.wait(MINUTE)

    alarms = bench.left(Annunciator.name)
    assert {alarm.rule for alarm in alarms if alarm.state is State.UNACKNOWLEDGED} == {"pump-dry-run"}
