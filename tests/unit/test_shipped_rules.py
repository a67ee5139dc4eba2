"""Each shipped rule raises and returns its alarm as its file says, and leaves the harmless alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from gateway.core.alarms import State
from gateway.core.monitor import Monitor
from gateway.core.outcomes import Outcome
from gateway.core.readings import Message, Value
from gateway.core.registry import Site
from gateway.core.rules import Severity
from gateway.core.times import DAY, MILLISECOND, MINUTE, SECOND, Micros
from gateway.library import load_site
from tests.unit.site_files import write

START: Micros = 20_000 * DAY
Payload = Mapping[str, Value]

SITE = """
site: {id: test, name: {en: Test}}
devices:
  - {id: elevator, profile: elevator, attributes: {rated_speed: 2}}
  - {id: booster_pump, profile: booster_pump}
  - {id: smoke_detector, profile: smoke_detector}
  - {id: nfc_reader, profile: nfc_reader}
"""


@dataclass(frozen=True, slots=True)
class Case:
    """What raises a rule's alarm on a device of which nothing is known, what ends it, and what must do neither."""

    breach: Payload
    cleared: Payload
    harmless: tuple[Payload, ...]
    """None of them raises it."""
    holding: tuple[Payload, ...] = ()
    """None of them ends it, once raised."""


TRAPPED: Payload = {"passenger_present": True, "car_status": "stopped", "door_closed": True, "door_zone": False}
BURST: Payload = {"running": True, "flow": 17.0, "outlet_pressure": 0.5}

CASES: Mapping[str, Case] = {
    "elevator-entrapment": Case(
        breach=TRAPPED,
        cleared={"passenger_present": False},
        harmless=(
            {**TRAPPED, "passenger_present": False},
            {**TRAPPED, "car_status": "running"},
            {**TRAPPED, "door_closed": False, "door_zone": True},
            {"passenger_present": True},
        ),
        holding=({"door_closed": False, "door_zone": True}, {"speed": 0.0}),
    ),
    "elevator-alarm-button": Case({"fault_code": 90}, {"fault_code": 0}, ({"fault_code": 9},)),
    "elevator-unintended-movement": Case({"fault_code": 5}, {"fault_code": 0}, ({"fault_code": 4},)),
    "elevator-overspeed": Case(
        breach={"speed": 2.5},
        cleared={"speed": -2.0},
        harmless=({"speed": 2.35}, {"speed": -2.35}, {"speed": 0.0}),
        holding=({"speed": 2.2}, {"speed": -2.2}),
    ),
    "elevator-safety-circuit-open": Case({"fault_code": 1}, {"fault_code": 40}, ({"fault_code": 0},)),
    "elevator-door-does-not-close": Case({"fault_code": 2}, {"fault_code": 0}, ({"fault_code": 3},)),
    "elevator-door-does-not-open": Case({"fault_code": 3}, {"fault_code": 0}, ({"fault_code": 2},)),
    "elevator-out-of-service": Case(
        {"fault_code": 8}, {"fault_code": 0}, ({"fault_code": 0}, {"fault_code": 5}, {"fault_code": 9})
    ),
    "elevator-mains-lost": Case({"mains_present": False}, {"mains_present": True}, ({"speed": 1.0},)),
    "pump-dry-run": Case(
        breach={"running": True, "inlet_pressure": 0.01},
        cleared={"inlet_pressure": 0.06},
        harmless=({"running": False, "inlet_pressure": 0.01}, {"running": True, "inlet_pressure": 0.02}),
        holding=({"inlet_pressure": 0.04}, {"running": False}),
    ),
    "pump-vibration-high": Case({"vibration": 6.1}, {"vibration": 5.3}, ({"vibration": 6},), ({"vibration": 5.5},)),
    "pump-vibration-trip": Case({"vibration": 8.1}, {"vibration": 7.1}, ({"vibration": 8},), ({"vibration": 7.5},)),
    "pump-bearing-hot": Case(
        breach={"bearing_temperature": 80.5},
        cleared={"bearing_temperature": 74},
        harmless=({"bearing_temperature": 80},),
        holding=({"bearing_temperature": 76},),
    ),
    "pump-bearing-trip": Case(
        breach={"bearing_temperature": 90.5},
        cleared={"bearing_temperature": 84},
        harmless=({"bearing_temperature": 90},),
        holding=({"bearing_temperature": 86},),
    ),
    "pump-short-cycling": Case(
        breach={"starts_last_hour": 11},
        cleared={"starts_last_hour": 8},
        harmless=({"starts_last_hour": 10},),
        holding=({"starts_last_hour": 9},),
    ),
    "pump-burst-pipe": Case(
        breach=BURST,
        cleared={"flow": 5.0},
        harmless=({**BURST, "flow": 0.0}, {**BURST, "outlet_pressure": 0.75}, {**BURST, "running": False}),
        holding=({"flow": 11.5}, {"outlet_pressure": 0.62}),
    ),
    "pump-outlet-pressure-low": Case(
        breach={"running": True, "outlet_pressure": 0.5},
        cleared={"outlet_pressure": 0.7},
        harmless=({"running": False, "outlet_pressure": 0.5}, {"running": True, "outlet_pressure": 0.7}),
        holding=({"outlet_pressure": 0.62},),
    ),
    "smoke-fire": Case(
        breach={"smoke": True},
        cleared={"smoke": False},
        harmless=({"smoke": False}, {"smoke": True, "test": True}, {"obscuration": 1.0}),
        holding=({"test": True}, {"battery": 90}),
    ),
    "smoke-during-test": Case(
        breach={"smoke": True, "test": True},
        cleared={"smoke": False},
        harmless=({"smoke": True}, {"smoke": False, "test": True}),
        holding=({"test": False},),
    ),
    "smoke-rising": Case(
        breach={"obscuration": 0.224},
        cleared={"obscuration": 0.15},
        harmless=({"obscuration": 0.223}, {"obscuration": 1.0, "test": True}, {"obscuration": 1.0, "smoke": True}),
        holding=({"obscuration": 0.2}, {"test": True}, {"smoke": True}),
    ),
    "smoke-head-removed": Case({"tamper": True}, {"tamper": False}, ({"fault": True},)),
    "smoke-detector-fault": Case(
        breach={"fault": True},
        cleared={"fault": False},
        harmless=({"fault": True, "tamper": True}, {"fault": True, "contamination": 3}, {"tamper": False}),
        holding=({"tamper": True},),
    ),
    "smoke-contaminated": Case({"contamination": 3}, {"contamination": "normal"}, ({"contamination": "medium"},)),
    "smoke-battery-low": Case({"battery": 14.9}, {"battery": 21}, ({"battery": 15},), ({"battery": 19},)),
    "reader-battery-low": Case({"battery": 10}, {"battery": 100}, ({"battery": 15},), ({"battery": 19},)),
}


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
