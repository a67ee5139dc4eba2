"""The smoke detector model."""

import random

import pytest

from simulators.devices.smoke_detector import SmokeDetector
from simulators.metrics import Metrics

HOUR = 3600
THRESHOLD = 0.223


def watch(detector: SmokeDetector, seconds: int, *, start: int = 0) -> dict[int, Metrics]:
    """Its reports by the second they were made."""
    reports = {now: detector.step(float(now)) for now in range(start, start + seconds)}
    return {now: report for now, report in reports.items() if report is not None}


def detector(seed: int = 1) -> SmokeDetector:
    return SmokeDetector(random.Random(seed))


@pytest.mark.parametrize("seed", range(3))
def test_a_healthy_detector_stays_quiet_for_hours(seed: int) -> None:
    reports = watch(detector(seed), 6 * HOUR).values()

    assert not any(report["smoke"] or report["test"] or report["tamper"] or report["fault"] for report in reports)
    assert max(float(report["obscuration"]) for report in reports) < 0.05
    assert all(15.0 < float(report["temperature"]) < 30.0 for report in reports)
    assert all(float(report["battery"]) > 60.0 for report in reports)
    assert {report["contamination"] for report in reports} == {"normal"}


def test_a_healthy_detector_reports_every_ten_seconds() -> None:
    assert list(watch(detector(), 60)) == [0, 10, 20, 30, 40, 50]


def test_a_slow_fire_is_smoke_from_the_threshold_after_minutes() -> None:
    room = detector()
    room.begin("slow_fire")
    reports = watch(room, 600)
    alarm_at = next(now for now, report in reports.items() if report["smoke"])

    assert 120 < alarm_at < 300
    for report in reports.values():
        assert report["smoke"] == (float(report["obscuration"]) >= THRESHOLD)
    obscurations = [float(reports[now]["obscuration"]) for now in range(0, 120, 40)]
    assert obscurations == sorted(obscurations)


def test_a_fast_fire_is_smoke_within_a_minute_and_hot() -> None:
    room = detector()
    cold = watch(room, 10)[0]
    room.begin("fast_fire")
    reports = watch(room, 120, start=10)
    alarm_at = next(now for now, report in reports.items() if report["smoke"])

    assert 20 < alarm_at - 10 < 60
    assert float(list(reports.values())[-1]["temperature"]) > float(cold["temperature"]) + 20.0


def test_smoke_is_reported_at_once_and_clears_when_the_room_is_aired() -> None:
    room = detector()
    room.begin("fast_fire")
    reports = watch(room, 120)
    room.end("fast_fire")
    after = watch(room, 300, start=120)

    first = next(now for now, report in reports.items() if report["smoke"])
    assert first % 10 != 0
    assert not list(after.values())[-1]["smoke"]


def test_a_self_test_is_flagged_for_ten_seconds_and_shows_no_smoke_in_the_air() -> None:
    room = detector()
    watch(room, 5)
    room.begin("self_test")
    reports = watch(room, 60, start=5)
    tested = [now for now, report in reports.items() if report["test"]]
    cleared = next(now for now, report in reports.items() if now > 5 and not report["test"])

    assert tested[0] == 5
    assert cleared - tested[0] == 10
    assert all(report["smoke"] == report["test"] for report in reports.values())
    assert all(float(report["obscuration"]) < 0.05 for report in reports.values())


def test_a_failing_battery_falls_under_fifteen_percent_and_is_replaced() -> None:
    room = detector()
    room.begin("battery_low")
    last = list(watch(room, 300).values())[-1]
    room.end("battery_low")
    fresh = watch(room, 20, start=300)

    assert float(last["battery"]) < 15.0
    assert next(iter(fresh.values()))["battery"] == 100.0


def test_dust_takes_the_chamber_through_every_level_without_an_alarm() -> None:
    room = detector()
    room.begin("contamination")
    reports = watch(room, 320).values()

    assert list(dict.fromkeys(report["contamination"] for report in reports)) == [
        "normal",
        "light",
        "medium",
        "critical",
    ]
    assert not any(report["smoke"] for report in reports)
    assert all(report["fault"] == (report["contamination"] == "critical") for report in reports)


def test_a_removed_head_is_reported_at_once_and_sees_no_smoke() -> None:
    room = detector()
    watch(room, 13)
    room.begin("head_removed")
    room.begin("fast_fire")
    reports = watch(room, 100, start=13)

    assert min(reports) == 13
    assert all(report["tamper"] and report["fault"] and not report["smoke"] for report in reports.values())


def test_the_same_seed_gives_the_same_air() -> None:
    assert watch(detector(7), HOUR) == watch(detector(7), HOUR)
    assert watch(detector(7), HOUR) != watch(detector(8), HOUR)
