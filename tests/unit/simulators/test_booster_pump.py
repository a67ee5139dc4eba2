"""The booster pump model."""

import random
from statistics import fmean

import pytest

from simulators.devices.booster_pump import BoosterPump
from simulators.metrics import Metrics

HOUR = 3600


def run(pump: BoosterPump, seconds: int, *, start: int = 0) -> list[Metrics]:
    """One report for each second."""
    reports = [pump.step(float(now)) for now in range(start, start + seconds)]
    return [report for report in reports if report is not None]


def values(reports: list[Metrics], metric: str) -> list[float]:
    return [float(report[metric]) for report in reports]


def pump(seed: int = 1) -> BoosterPump:
    return BoosterPump(random.Random(seed))


@pytest.mark.parametrize("seed", range(3))
def test_a_healthy_pump_keeps_its_limits_for_hours(seed: int) -> None:
    reports = run(pump(seed), 2 * HOUR)

    assert 0.15 <= min(values(reports, "inlet_pressure")) <= max(values(reports, "inlet_pressure")) <= 0.3
    assert 0.6 <= min(values(reports, "outlet_pressure")) <= max(values(reports, "outlet_pressure")) <= 0.9
    assert 40.0 <= min(values(reports, "bearing_temperature")) <= max(values(reports, "bearing_temperature")) <= 60.0
    assert max(values(reports, "vibration")) < 3.0
    assert max(values(reports, "current")) < 15.0
    assert max(values(reports, "starts_last_hour")) <= 6


def test_a_healthy_pump_sleeps_now_and_then_and_is_at_rest_then() -> None:
    reports = run(pump(), 2 * HOUR)
    asleep = [report for report, before in zip(reports[10:], reports, strict=False) if not before["running"]]
    resting = [report for report in asleep if not report["running"]]

    assert resting
    assert max(values(resting, "flow")) < 0.1
    assert max(values(resting, "current")) < 0.1
    assert max(values(resting, "vibration")) < 0.3


@pytest.mark.parametrize("begins", range(0, 2400, 400))
def test_a_dry_pump_loses_its_inlet_pressure_its_flow_and_its_current(begins: int) -> None:
    dry = pump()
    before = run(dry, begins + 1)[-1]
    dry.begin("dry_run")
    reports = run(dry, 90, start=begins + 1)

    assert all(report["running"] for report in reports[30:])
    assert max(values(reports[30:], "inlet_pressure")) < 0.02
    assert max(values(reports[30:], "flow")) < 0.5
    if before["running"] and float(before["flow"]) > 3.0:
        assert max(values(reports[30:], "current")) < 0.8 * float(before["current"])


def test_a_pump_that_ran_dry_recovers() -> None:
    dry = pump()
    dry.begin("dry_run")
    run(dry, 90)
    dry.end("dry_run")
    reports = run(dry, 60, start=90)[20:]

    assert min(values(reports, "inlet_pressure")) > 0.15
    assert min(values(reports, "outlet_pressure")) > 0.6


def test_a_worn_bearing_shakes_within_five_minutes_and_is_hot_within_ten() -> None:
    worn = pump()
    run(worn, 60)
    worn.begin("bearing_wear")
    reports = run(worn, 600, start=60)
    vibration = values(reports, "vibration")

    assert vibration[30] < 3.0
    assert min(vibration[300:]) > 6.0
    assert float(reports[-1]["bearing_temperature"]) > 80.0
    assert fmean(vibration[60:90]) < fmean(vibration[120:150]) < fmean(vibration[180:210])


def test_a_replaced_bearing_runs_smoothly_and_cools() -> None:
    worn = pump()
    worn.begin("bearing_wear")
    run(worn, 600)
    worn.end("bearing_wear")
    reports = run(worn, 900, start=600)

    assert max(values(reports[30:], "vibration")) < 3.0
    assert float(reports[-1]["bearing_temperature"]) < 60.0


@pytest.mark.parametrize("begins", range(0, 2400, 400))
def test_a_leak_draws_much_and_lets_the_pressure_sag(begins: int) -> None:
    leaking = pump()
    run(leaking, begins)
    leaking.begin("leak")
    reports = run(leaking, 300, start=begins)[60:]

    assert max(values(reports, "outlet_pressure")) < 0.55
    assert min(values(reports, "flow")) > 12.0


@pytest.mark.parametrize("seed", range(6))
def test_short_cycling_passes_ten_starts_within_five_minutes(seed: int) -> None:
    cycling = pump(seed)
    run(cycling, 60)
    cycling.begin("short_cycling")
    reports = run(cycling, 300, start=60)

    assert int(reports[-1]["starts_last_hour"]) > 10


def test_starts_are_forgotten_after_an_hour() -> None:
    cycling = pump()
    cycling.begin("short_cycling")
    run(cycling, 300)
    cycling.end("short_cycling")
    reports = run(cycling, HOUR + 10, start=300)

    assert int(reports[0]["starts_last_hour"]) > 10
    assert int(reports[-1]["starts_last_hour"]) <= 6


def test_the_same_seed_gives_the_same_water() -> None:
    assert run(pump(7), HOUR) == run(pump(7), HOUR)
    assert run(pump(7), HOUR) != run(pump(8), HOUR)
