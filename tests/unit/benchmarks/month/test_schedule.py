from __future__ import annotations

import itertools
from collections import defaultdict

import pytest

from benchmarks.month.kinds import KINDS
from benchmarks.month.place import devices_of
from benchmarks.month.schedule import DAY, HOUR, schedule_of
from simulators.catalogue import FAULTS, DeviceClass

DEVICES = devices_of(300)


def test_there_is_a_kind_for_every_fault_of_the_simulators() -> None:
    known = {(str(kind), str(fault)) for kind in DeviceClass for fault in FAULTS[kind]}

    assert {(kind.device_class, kind.fault) for kind in KINDS} == known


def test_there_are_devices_of_every_class() -> None:
    assert {device.device_class for device in devices_of(24)} == {str(kind) for kind in DeviceClass}
    assert len(DEVICES) == 300


def test_the_same_seed_gives_the_same_month_and_another_one_another() -> None:
    assert schedule_of(DEVICES, days=3, seed=1) == schedule_of(DEVICES, days=3, seed=1)
    assert schedule_of(DEVICES, days=3, seed=1) != schedule_of(DEVICES, days=3, seed=2)


@pytest.mark.parametrize("seed", range(5))
def test_a_month_has_every_kind_of_fault(seed: int) -> None:
    happened = {fault.kind for fault in schedule_of(DEVICES, days=30, seed=seed).faults}

    assert {kind.fault for kind in KINDS} <= happened


@pytest.mark.parametrize("days", [1, 2, 30])
def test_all_is_over_before_the_end(days: int) -> None:
    faults = schedule_of(DEVICES, days=days, seed=3).faults

    assert all(0.0 <= fault.begin < fault.end <= days * DAY - HOUR / 2 for fault in faults)


def test_random_faults_of_one_device_are_hours_apart() -> None:
    by_device: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for fault in schedule_of(DEVICES, days=30, seed=4).faults:
        if fault.because in ("fault", "radio", "loose contact"):
            by_device[fault.device].append((fault.begin, fault.end))

    for times in by_device.values():
        ordered = sorted(times)
        assert all(later[0] - earlier[1] > HOUR for earlier, later in itertools.pairwise(ordered))
