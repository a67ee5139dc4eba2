"""A fleet stepped through model time."""

from collections import Counter
from itertools import islice, pairwise, takewhile

import pytest

from simulators.fleet import Fleet, fleet_from
from simulators.simulation import Simulation
from simulators.telemetry import Telemetry

FLEET = {
    "site": "s",
    "devices": [
        {"id": "lift", "class": "elevator", "faults": [{"name": "mains_lost", "at": "20s", "for": "30s"}]},
        {"id": "pump", "class": "booster_pump"},
        {"id": "smoke", "class": "smoke_detector", "faults": [{"name": "self_test", "at": "25s", "for": "5s"}]},
    ],
    "rounds": [{"name": "n", "every": "2m", "points": [{"reader": "nfc", "uid": "04A2B3C4D5E680", "after": "30s"}]}],
}


def said(fleet: Fleet, until: float, *, seed: int = 0) -> list[Telemetry]:
    return list(takewhile(lambda one: one.at <= until, Simulation(fleet, seed=seed).telemetry()))


def test_each_device_speaks_at_its_own_pace() -> None:
    spoken = Counter(one.device for one in said(fleet_from({**FLEET, "rounds": []}), 600.0))

    assert spoken["lift"] == pytest.approx(600, abs=1)
    assert spoken["pump"] == pytest.approx(600, abs=1)
    assert 60 <= spoken["smoke"] <= 64


def test_telemetry_comes_in_the_order_of_model_time() -> None:
    assert all(earlier.at <= later.at for earlier, later in pairwise(said(fleet_from(FLEET), 300.0)))


def test_the_same_seed_says_the_same_and_another_seed_does_not() -> None:
    fleet = fleet_from(FLEET)

    assert said(fleet, 300.0, seed=5) == said(fleet, 300.0, seed=5)
    assert said(fleet, 300.0, seed=5) != said(fleet, 300.0, seed=6)


def test_a_device_is_not_disturbed_by_the_others_of_its_fleet() -> None:
    alone = said(fleet_from({"site": "s", "devices": FLEET["devices"][:1]}), 300.0)

    assert [one for one in said(fleet_from(FLEET), 300.0) if one.device == "lift"] == alone


def test_a_scheduled_fault_begins_and_ends_at_its_times() -> None:
    dark = [one.at for one in said(fleet_from(FLEET), 100.0) if one.metrics.get("mains_present") is False]

    assert 20.0 <= min(dark) < 21.0
    assert 49.0 <= max(dark) < 50.0


def test_a_fault_can_begin_and_end_by_hand() -> None:
    simulation = Simulation(fleet_from({"site": "s", "devices": [{"id": "lift", "class": "elevator"}]}))
    telemetry = simulation.telemetry()
    before = next(telemetry)
    simulation.begin("lift", "mains_lost")
    during = next(telemetry)
    simulation.end("lift", "mains_lost")
    after = next(telemetry)

    assert [one.metrics["mains_present"] for one in (before, during, after)] == [True, False, True]


def test_a_fault_of_a_device_that_is_not_there_is_rejected() -> None:
    with pytest.raises(ValueError, match="no device 'lift-9' in this fleet"):
        Simulation(fleet_from(FLEET)).begin("lift-9", "mains_lost")


def test_the_guards_scans_are_telemetry_of_their_readers() -> None:
    scans = [one for one in said(fleet_from(FLEET), 300.0) if "uid" in one.metrics]

    assert [one.device for one in scans] == ["nfc", "nfc", "nfc"]
    assert scans[0].metrics["uid"] == "04A2B3C4D5E680"
    assert [one.at for one in scans] == pytest.approx([30.0, 150.0, 270.0], abs=2.0)


def test_a_fleet_speaks_without_end() -> None:
    assert len(list(islice(Simulation(fleet_from(FLEET)).telemetry(), 10_000))) == 10_000


CALM = {
    "site": "s",
    "devices": [
        {"id": "lift", "class": "elevator"},
        {"id": "door", "class": "access_door"},
        {"id": "leak", "class": "water_leak", "faults": [{"name": "leak", "at": "3h", "for": "90m"}]},
    ],
}


def calm(until: float, *, used: float = 0.0) -> list[Telemetry]:
    simulation = Simulation(fleet_from(CALM), seed=3, calm_every=300.0, use=lambda _now: max(used, 1e-6))
    return list(takewhile(lambda one: one.at <= until, simulation.telemetry()))


def test_a_calm_device_reports_at_long_intervals_alone() -> None:
    times = [one.at for one in calm(10_000.0) if one.device == "leak"]

    assert [round(later - earlier) for earlier, later in pairwise(times)] == [300] * (len(times) - 1)
    assert len(times) in (33, 34)


def test_a_fault_wakes_a_calm_device_at_its_moment() -> None:
    wet = [one.at for one in calm(6 * 3600.0) if one.device == "leak" and one.metrics["leak"]]

    assert wet[0] == 3 * 3600.0
    assert 4.5 * 3600.0 - 300.0 <= wet[-1] < 4.5 * 3600.0


def test_a_device_is_watched_for_an_hour_of_its_fault_and_a_quarter_after_it() -> None:
    times = [one.at for one in calm(6 * 3600.0) if one.device == "leak"]
    close = [earlier for earlier, later in pairwise(times) if later - earlier < 100.0]

    assert min(close) >= 3 * 3600.0
    assert any(at > 4.4 * 3600.0 for at in close)
    assert not [at for at in close if 4 * 3600.0 + 60.0 < at < 4.5 * 3600.0 - 60.0]
    assert max(close) < 4.75 * 3600.0


def test_a_trip_is_told_whole_though_the_lift_is_calm() -> None:
    told = [one for one in calm(3600.0, used=1.0) if one.device == "lift"]
    trips = [one for one in told if one.metrics["car_status"] == 1]

    assert trips
    assert all(later.at - earlier.at <= 301.0 for earlier, later in pairwise(told))
    idle = [earlier for earlier, later in pairwise(told) if later.at - earlier.at > 200.0]
    assert not any(one.metrics["passenger_present"] or one.metrics["car_status"] == 1 for one in idle)


def test_people_come_more_often_when_the_building_is_used() -> None:
    def visits(used: float) -> int:
        return sum("uid" in one.metrics for one in calm(20_000.0, used=used))

    assert visits(1.0) > 20
    assert visits(0.0) <= 2
