"""What tests of rules as data (rules/tests/) cannot say of shipped rules: what is left behind, what is not shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
from gateway.core.kernel.values import Value
from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.rule import Rule
from gateway.core.telemetry.readings import Message
from gateway.site_files import load_configuration, shipped_files
from tests.unit.core.sites import Seen, checkpoint_after
from tests.unit.site_files import only, write

START: Micros = 20_000 * DAY
SITE = "site: {id: test, name: {en: Test}}\ndevices:\n" + "".join(
    f"  - {{id: {file.stem}, profile: {file.stem}, expect_every: never"
    f"{', attributes: {rated_speed: 2}' * (file.stem == 'elevator')}}}\n"
    for file in shipped_files("device_profiles")
)
"""A device of each shipped profile."""


class Bench:
    """An engine with one device, and the time."""

    def __init__(self, configuration: Configuration, device: str) -> None:
        self.device = device
        self.engine = Engine(only(configuration, device), parts.makers(), now=START)
        self.engine.set_hearing(START)
        self.now = START
        self._steps: list[Seen] = []

    def send(self, payload: Mapping[str, Value]) -> Seen:
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
