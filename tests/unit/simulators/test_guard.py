"""The guard's round."""

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest

from simulators.devices.nfc_reader import NfcReader
from simulators.guard import Guard, Scan, Stop

STOPS = [
    Stop("gate", "04A2B3C4D5E680", 60.0),
    Stop("roof", "04A2B3C4D5E681", 120.0),
    Stop("pump", "04A2B3C4D5E682", 90.0),
]
EVERY = 600.0


def readers() -> dict[str, NfcReader]:
    return {stop.reader: NfcReader(random.Random(stop.reader)) for stop in STOPS}


def walk(
    guard: Guard, until: float, *, faults: Sequence[tuple[float, float, str, str]] = ()
) -> list[tuple[float, Scan]]:
    """The scans up to a moment. A fault is (begin, end, reader, name)."""
    scans = []
    while guard.due <= until:
        now = guard.due
        for begin, end, reader, name in faults:
            (guard.readers[reader].begin if begin <= now < end else guard.readers[reader].end)(name)
        scan = guard.arrive(now)
        if scan is not None:
            scans.append((now, scan))
    return scans


def guard(seed: int = 1, *, start: float = 0.0) -> Guard:
    return Guard(random.Random(seed), stops=STOPS, every=EVERY, start=start, readers=readers())


def test_a_round_passes_each_point_in_order_at_its_time() -> None:
    scans = walk(guard(), EVERY - 1)

    assert [scan for _, scan in scans] == [Scan(stop.reader, stop.uid) for stop in STOPS]
    assert [at for at, _ in scans] == pytest.approx([60.0, 180.0, 270.0], rel=0.06)


def test_rounds_follow_each_other_at_their_interval() -> None:
    gates = [at for at, scan in walk(guard(start=100.0), 100.0 + 3 * EVERY) if scan.reader == "gate"]

    assert gates == pytest.approx([160.0, 760.0, 1360.0], abs=4.0)


def test_a_missing_point_is_passed_without_a_scan_and_the_rest_is_punctual() -> None:
    scans = walk(guard(), EVERY - 1, faults=[(0.0, EVERY, "roof", "missing_point")])

    assert scans == [(at, scan) for at, scan in walk(guard(), EVERY - 1) if scan.reader != "roof"]


def test_a_late_point_is_scanned_when_the_fault_ends() -> None:
    scans = {scan.reader: at for at, scan in walk(guard(), EVERY - 1, faults=[(0.0, 400.0, "roof", "late_point")])}

    assert 400.0 <= scans["roof"] <= 401.5
    assert scans["gate"] < 100.0


def test_a_guard_who_was_held_up_hurries_and_begins_the_next_round_on_time() -> None:
    scans = walk(guard(), 2 * EVERY, faults=[(0.0, 230.0, "roof", "late_point")])
    order = [scan.reader for _, scan in scans]

    assert order == ["gate", "roof", "pump"] * 2
    assert scans[2][0] - scans[1][0] < 75.0
    assert scans[3][0] == pytest.approx(EVERY + 60.0, abs=4.0)
    assert all(earlier < later for (earlier, _), (later, _) in pairwise(scans))


def test_the_same_seed_walks_the_same() -> None:
    assert walk(guard(3), 5000.0) == walk(guard(3), 5000.0)
    assert walk(guard(3), 5000.0) != walk(guard(4), 5000.0)
