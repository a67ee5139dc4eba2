"""Each shipped rule raises and returns its alarm as its file says, and leaves the harmless alone."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest

from gateway.core.alarms.lifecycle import State
from gateway.core.configuration import Site
from gateway.core.engine import Monitor
from gateway.core.kernel.times import DAY, MILLISECOND, MINUTE, SECOND, Micros
from gateway.core.kernel.urgency import Severity
from gateway.core.outcomes import Outcome
from gateway.core.telemetry.readings import Message
from gateway.site_files import load_site, shipped_files
from tests.unit.rule_cases.case import Case, Payload
from tests.unit.site_files import write

START: Micros = 20_000 * DAY
AREAS = sorted(file.stem for file in (Path(__file__).parent / "rule_cases").glob("*.py") if file.stem != "case")
CASES: dict[str, Case] = {}
for area in AREAS:
    CASES |= import_module(f"tests.unit.rule_cases.{area}").CASES

SITE = "site: {id: test, name: {en: Test}}\ndevices:\n" + "".join(
    f"  - {{id: {file.stem}, profile: {file.stem}{', attributes: {rated_speed: 2}' * (file.stem == 'elevator')}}}\n"
    for file in shipped_files("device_profiles")
)


class Bench:
    """One device of each profile on a monitor, and the time."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.monitor = Monitor(site, now=START)
        self.now = START

    def send(self, device: str, payload: Payload) -> Outcome:
        """The device reports at this moment; nothing of it may be refused."""
        self.now += MILLISECOND
        topic = f"site/test/{device}/{device}/telemetry"
        body = json.dumps({"ts": self.now // MILLISECOND, **payload}).encode()
        outcome = self.monitor.step([Message(topic, body, self.now)])
        assert outcome.rejections == {}
        return outcome

    def wait(self, duration: Micros) -> Outcome:
        """Time passes, and nothing is heard."""
        self.now += duration
        return self.monitor.tick(self.now)


def states(outcome: Outcome, rule: str) -> list[State]:
    """What became of the alarm of this rule."""
    return [alarm.state for alarm in outcome.alarms if alarm.rule == rule]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return load_site(write(tmp_path_factory.mktemp("site"), {"site.yaml": SITE}))


@pytest.fixture
def bench(site: Site) -> Bench:
    return Bench(site)


def test_each_shipped_rule_has_a_case_here(site: Site) -> None:
    assert {rule.id for rule in site.rules} == CASES.keys()


@pytest.mark.parametrize("rule_id", CASES)
def test_a_rule_raises_its_alarm_after_its_delay_and_not_before(bench: Bench, rule_id: str) -> None:
    rule = next(rule for rule in bench.site.rules if rule.id == rule_id)
    device = rule.spec.applies_to.profile

    outcome = bench.send(device, CASES[rule_id].breach)
    if rule.raise_after:
        assert states(outcome, rule_id) == []
        assert states(bench.wait(rule.raise_after - MILLISECOND), rule_id) == []
        outcome = bench.wait(MILLISECOND)

    assert states(outcome, rule_id) == [State.UNACKNOWLEDGED]
    alarm = next(alarm for alarm in outcome.alarms if alarm.rule == rule_id)
    tickets = [ticket.priority for ticket in outcome.tickets if ticket.alarm == alarm.number]
    assert tickets == ([rule.spec.ticket.priority.value] if rule.spec.ticket else [])


@pytest.mark.parametrize("rule_id", CASES)
def test_an_alarm_returns_when_its_cause_has_been_gone_for_a_while(bench: Bench, rule_id: str) -> None:
    rule = next(rule for rule in bench.site.rules if rule.id == rule_id)
    device, case = rule.spec.applies_to.profile, CASES[rule_id]
    bench.send(device, case.breach)
    bench.wait(rule.raise_after)

    for payload in case.holding:
        assert State.RETURNED not in states(bench.send(device, payload), rule_id)
        assert states(bench.wait(DAY), rule_id) == []
        bench.send(device, case.breach)

    assert State.RETURNED not in states(bench.send(device, case.cleared), rule_id)
    assert states(bench.wait(rule.clear_after - MILLISECOND), rule_id) == []
    assert states(bench.wait(MILLISECOND), rule_id) == [State.RETURNED]


HARMLESS = [(rule, payload) for rule, case in CASES.items() for payload in case.harmless]


@pytest.mark.parametrize(("rule_id", "payload"), HARMLESS, ids=[f"{rule}-{payload}" for rule, payload in HARMLESS])
def test_what_is_harmless_raises_nothing(bench: Bench, rule_id: str, payload: Payload) -> None:
    rule = next(rule for rule in bench.site.rules if rule.id == rule_id)

    assert states(bench.send(rule.spec.applies_to.profile, payload), rule_id) == []
    assert states(bench.wait(DAY), rule_id) == []


def test_a_detector_that_has_never_said_test_still_reports_a_fire_at_once(bench: Bench) -> None:
    outcome = bench.send("smoke_detector", {"smoke": True})

    assert states(outcome, "smoke-fire") == [State.UNACKNOWLEDGED]
    assert [ticket.priority for ticket in outcome.tickets] == ["P1"]
    assert bench.monitor.devices["smoke_detector"].values == {"smoke": True}  # what was taken for granted is not shown


def test_a_self_test_is_no_fire_and_leaves_nothing_behind(bench: Bench) -> None:
    bench.send("smoke_detector", {"smoke": True, "test": True, "obscuration": 0.01})
    bench.wait(10 * SECOND)
    bench.send("smoke_detector", {"smoke": False, "test": False, "obscuration": 0.01})
    bench.wait(DAY)

    assert bench.monitor.devices["smoke_detector"].alarms == {}


def test_a_detector_that_never_ends_its_test_reports_the_next_fire_late_but_reports_it(bench: Bench) -> None:
    bench.send("smoke_detector", {"smoke": True, "test": True})
    bench.send("smoke_detector", {"smoke": False})
    bench.wait(DAY)

    assert states(bench.send("smoke_detector", {"smoke": True}), "smoke-fire") == []
    assert states(bench.wait(3 * MINUTE), "smoke-during-test") == [State.UNACKNOWLEDGED]


def test_a_fire_is_critical_endangers_life_and_waits_for_no_delay(site: Site) -> None:
    fire = next(rule for rule in site.rules if rule.id == "smoke-fire")

    assert fire.spec.life_safety
    assert fire.spec.severity is Severity.CRITICAL
    assert fire.raise_after == 0


def test_a_lift_without_a_door_zone_sensor_still_reports_people_behind_closed_doors(bench: Bench) -> None:
    bench.send("elevator", {"passenger_present": True, "car_status": 0, "door_closed": True})

    assert states(bench.wait(90 * SECOND), "elevator-entrapment") == [State.UNACKNOWLEDGED]


def test_a_dry_pump_is_not_mistaken_for_a_burst_pipe(bench: Bench) -> None:
    dry = {"running": True, "inlet_pressure": 0.005, "outlet_pressure": 0.1, "flow": 0.0, "vibration": 2.0}
    bench.send("booster_pump", dry)
    bench.wait(MINUTE)

    alarms = bench.monitor.devices["booster_pump"].alarms
    assert {rule for rule, alarm in alarms.items() if alarm.state is State.UNACKNOWLEDGED} == {"pump-dry-run"}
