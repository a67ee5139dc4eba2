"""The shipped rules on simulated devices: silent while all is well, and each fault is told as what it is."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from gateway import parts
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.times import DAY, MILLISECOND, SECOND
from gateway.core.telemetry.readings import Message
from gateway.site_files import load_configuration
from simulators.devices.booster_pump import BoosterPump, BoosterPumpFault
from simulators.devices.elevator import Elevator, ElevatorFault
from simulators.devices.smoke_detector import SmokeDetector, SmokeDetectorFault
from simulators.model import DeviceModel
from tests.unit.core.sites import Seen
from tests.unit.site_files import only, write

SITE = """
site: {id: test, name: {en: Test}}
devices:
  - {id: elevator, profile: elevator, attributes: {rated_speed: 1.75}}
  - {id: booster_pump, profile: booster_pump, attributes: {flow_high: 12, outlet_pressure_low: 0.6}}
  - {id: smoke_detector, profile: smoke_detector}
"""
START = 20_000 * DAY
MODELS: dict[str, Callable[[random.Random], DeviceModel[Any]]] = {
    "elevator": Elevator,
    "booster_pump": BoosterPump,
    "smoke_detector": SmokeDetector,
}
CASES = [
    (
        "elevator",
        ElevatorFault.ENTRAPMENT,
        {"elevator-out-of-service", "elevator-stopped-off-landing", "elevator-entrapment"},
    ),
    ("elevator", ElevatorFault.DOOR_FAULT, {"elevator-door-does-not-close"}),
    ("elevator", ElevatorFault.OVERSPEED, {"elevator-overspeed"}),
    ("elevator", ElevatorFault.MAINS_LOST, {"elevator-mains-lost"}),
    ("booster_pump", BoosterPumpFault.DRY_RUN, {"pump-dry-run", "pump-outlet-pressure-low", "pump-no-flow"}),
    (
        "booster_pump",
        BoosterPumpFault.BEARING_WEAR,
        {
            "pump-vibration-high",
            "pump-vibration-trip",
            "pump-bearing-hot",
            "pump-bearing-trip",
        },
    ),
    ("booster_pump", BoosterPumpFault.LEAK, {"pump-burst-pipe", "pump-outlet-pressure-low"}),
    ("booster_pump", BoosterPumpFault.SHORT_CYCLING, {"pump-short-cycling", "pump-starts-often"}),
    ("smoke_detector", SmokeDetectorFault.SLOW_FIRE, {"smoke-suspected", "smoke-fire"}),
    ("smoke_detector", SmokeDetectorFault.FAST_FIRE, {"smoke-fire"}),
    ("smoke_detector", SmokeDetectorFault.BATTERY_LOW, {"smoke-battery-low"}),
    ("smoke_detector", SmokeDetectorFault.CONTAMINATION, {"smoke-contaminated"}),
    ("smoke_detector", SmokeDetectorFault.SELF_TEST, set[str]()),
    ("smoke_detector", SmokeDetectorFault.HEAD_REMOVED, {"smoke-head-removed"}),
]
FAULT_FROM, FAULT_UNTIL = 300, 1200


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    return load_configuration(write(tmp_path_factory.mktemp("site"), {"site.yaml": SITE}))


def raised(configuration: Configuration, device: str, fault: str | None, *, seconds: int) -> set[str]:
    """The rules whose alarm was raised while the device ran, with the fault for a while."""
    model, engine = MODELS[device](random.Random(7)), Engine(only(configuration, device), parts.makers(), now=START)
    engine.set_hearing(START)
    found: set[str] = set()
    for second in range(seconds):
        if fault is not None and second == FAULT_FROM:
            model.begin(fault)
        if fault is not None and second == FAULT_UNTIL:
            model.end(fault)
        now = START + second * SECOND
        if (metrics := model.step(float(second))) is not None:
            body = json.dumps({"ts": now // MILLISECOND, **metrics}).encode()
            seen = Seen(engine.step([Message(f"site/test/{device}/{device}/telemetry", body, now)]))
            assert seen.rejections == {}
            found.update(alarm.rule for alarm in seen.alarms)
        found.update(alarm.rule for alarm in Seen(engine.tick(now)).alarms)
    return found


@pytest.mark.parametrize("device", MODELS)
def test_a_device_on_which_all_is_well_raises_nothing(configuration: Configuration, device: str) -> None:
    assert raised(configuration, device, None, seconds=2 * 3600) == set()


@pytest.mark.parametrize(("device", "fault", "rules"), CASES, ids=[str(fault) for _, fault, _ in CASES])
def test_a_fault_is_told_as_what_it_is(configuration: Configuration, device: str, fault: str, rules: set[str]) -> None:
    assert raised(configuration, device, fault, seconds=1300) == rules


def test_every_fault_of_the_simulators_has_a_case_here() -> None:
    known = {str(fault) for faults in (ElevatorFault, BoosterPumpFault, SmokeDetectorFault) for fault in faults}

    assert {str(fault) for _, fault, _ in CASES} == known
