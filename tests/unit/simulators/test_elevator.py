"""The elevator model."""

import random

import pytest

from simulators.devices.elevator import Elevator, ElevatorFault
from simulators.metrics import Metrics

HOUR = 3600
RATED = 1.75


def ride(car: Elevator, seconds: int, *, start: int = 0) -> list[Metrics]:
    """One report for each second."""
    reports = [car.step(float(now)) for now in range(start, start + seconds)]
    return [report for report in reports if report is not None]


def car(seed: int = 1) -> Elevator:
    return Elevator(random.Random(seed), floors=12, rated_speed=RATED)


@pytest.mark.parametrize("seed", range(3))
def test_a_healthy_car_keeps_its_limits_for_hours(seed: int) -> None:
    reports = ride(car(seed), 2 * HOUR)

    assert all(0.0 <= float(report["speed"]) <= RATED for report in reports)
    assert max(float(report["speed"]) for report in reports) == pytest.approx(RATED)
    assert all(1 <= int(report["floor"]) <= 12 for report in reports)
    assert all(report["service_mode"] == 1 and report["mains_present"] for report in reports)
    assert all(report["fault_code"] == 0 for report in reports)


def test_a_healthy_car_moves_only_with_its_door_closed() -> None:
    reports = ride(car(), 2 * HOUR)

    assert all(report["door_closed"] for report in reports if report["speed"])
    assert all(report["door_zone"] for report in reports if not report["door_closed"])
    assert {report["car_status"] for report in reports} == {0, 1}
    assert {report["direction"] for report in reports} == {0, 1, 2}


def test_a_healthy_car_never_keeps_a_passenger_shut_in() -> None:
    shut_in = longest = 0
    for report in ride(car(), 2 * HOUR):
        waits = report["passenger_present"] and report["door_closed"] and not report["speed"]
        shut_in = shut_in + 1 if waits else 0
        longest = max(longest, shut_in)

    assert longest <= 2


def test_runs_and_hours_are_counted() -> None:
    reports = ride(car(), HOUR)

    runs = int(reports[-1]["run_count"]) - int(reports[0]["run_count"])
    hours = float(reports[-1]["run_hours"]) - float(reports[0]["run_hours"])
    assert 40 < runs < 200
    assert 0.1 < hours < 0.9


@pytest.mark.parametrize("begins", range(0, 400, 40))
def test_an_entrapment_holds_a_passenger_between_floors_within_half_a_minute(begins: int) -> None:
    lift = car()
    ride(lift, begins)
    lift.begin("entrapment")
    trapped = ride(lift, 180, start=begins)[30:]

    for report in trapped:
        assert report["passenger_present"]
        assert report["door_closed"]
        assert not report["door_zone"]
        assert report["car_status"] == 0
        assert report["speed"] == 0.0
        assert report["direction"] == 0
        assert report["fault_code"] == 4


def test_a_released_passenger_is_taken_to_a_landing_and_leaves() -> None:
    lift = car()
    lift.begin("entrapment")
    ride(lift, 120)
    lift.end("entrapment")
    after = ride(lift, 60, start=120)

    freed = next(report for report in after if not report["passenger_present"])
    assert freed["door_zone"]
    assert not freed["door_closed"]
    assert freed["fault_code"] == 0


@pytest.mark.parametrize("begins", range(0, 400, 40))
def test_a_door_that_does_not_close_is_reported_within_half_a_minute(begins: int) -> None:
    lift = car()
    ride(lift, begins)
    lift.begin("door_fault")
    stuck = ride(lift, 120, start=begins)[30:]
    lift.end("door_fault")
    after = ride(lift, 30, start=begins + 120)

    assert all(report["fault_code"] == 2 and not report["door_closed"] for report in stuck)
    assert all(report["fault_code"] == 0 for report in after[1:])
    assert any(report["door_closed"] for report in after)


@pytest.mark.parametrize("begins", range(0, 400, 40))
def test_an_overspeeding_car_passes_six_fifths_of_its_rated_speed_within_forty_seconds(begins: int) -> None:
    lift = car()
    ride(lift, begins)
    lift.begin("overspeed")
    reports = ride(lift, 40, start=begins)

    assert max(float(report["speed"]) for report in reports) > 1.2 * RATED


@pytest.mark.parametrize("begins", range(0, 400, 40))
def test_without_mains_the_car_parks_at_a_landing_and_lets_everybody_out(begins: int) -> None:
    lift = car()
    ride(lift, begins)
    lift.begin("mains_lost")
    reports = ride(lift, 120, start=begins)
    parked = reports[40:]
    lift.end("mains_lost")
    after = ride(lift, HOUR, start=begins + 120)

    assert all(not report["mains_present"] and report["service_mode"] == 5 for report in reports)
    assert all(report["door_zone"] and not report["speed"] and not report["passenger_present"] for report in parked)
    assert all(report["mains_present"] and report["service_mode"] == 1 for report in after)
    assert any(report["speed"] for report in after)


def test_the_same_seed_gives_the_same_journeys() -> None:
    assert ride(car(7), HOUR) == ride(car(7), HOUR)
    assert ride(car(7), HOUR) != ride(car(8), HOUR)


def test_an_unknown_fault_is_rejected_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="no fault 'dry_run' here; there are: entrapment, door_fault"):
        car().begin("dry_run")


def test_ending_a_fault_that_never_began_changes_nothing() -> None:
    lift = car()
    lift.end(ElevatorFault.ENTRAPMENT)

    assert ride(lift, 300) == ride(car(), 300)
