"""The clock: at its speed, and aware of being set."""

from __future__ import annotations

import time

import pytest

from gateway.clock import Clock
from gateway.core.kernel.times import HOUR, SECOND


class Hands:
    """The time of day and the time since boot, as the test sets them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.monotonic = 1_800_000_000.0, 100.0
        monkeypatch.setattr(time, "time_ns", lambda: round(self.wall * 1e9))
        monkeypatch.setattr(time, "monotonic", lambda: self.monotonic)

    def turn(self, seconds: float, *, set_by: float = 0.0) -> None:
        self.wall += seconds + set_by
        self.monotonic += seconds


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    return Hands(monkeypatch)


def test_it_tells_the_time_of_day(hands: Hands) -> None:
    assert Clock().now() == 1_800_000_000 * SECOND
    hands.turn(1.5)
    assert Clock().now() == 1_800_000_001_500_000


def test_at_another_speed_it_sets_out_from_the_time_of_day(hands: Hands) -> None:
    clock = Clock(speed=10)
    hands.turn(6)
    assert clock.now() == (1_800_000_000 + 60) * SECOND


def test_the_steady_instant_goes_on_when_the_clock_is_set(hands: Hands) -> None:
    clock = Clock()
    before = clock.moment()
    hands.turn(1.5, set_by=-3600.0)
    after = clock.moment()
    assert after.steady - before.steady == 1_500_000
    assert after.wall - before.wall == 1_500_000 - HOUR
    assert after.wall == clock.now()


def test_at_another_speed_both_clocks_run_faster(hands: Hands) -> None:
    clock = Clock(speed=10)
    before = clock.moment()
    hands.turn(6)
    after = clock.moment()
    assert after.steady - before.steady == after.wall - before.wall == 60 * SECOND


@pytest.mark.parametrize("hours", [-8, 8])
def test_it_says_once_by_how_much_it_was_set(hands: Hands, hours: int) -> None:
    clock = Clock()
    assert clock.set_by() == 0
    hands.turn(0.2)
    assert clock.set_by() == 0
    hands.turn(0.2, set_by=hours * 3600.0)
    assert abs(clock.set_by() - hours * HOUR) < SECOND // 1000
    hands.turn(0.2)
    assert clock.set_by() == 0


def test_a_clock_that_ntp_slews_was_not_set(hands: Hands) -> None:
    clock = Clock()
    for _ in range(100):
        hands.turn(0.2, set_by=0.05)
        assert clock.set_by() == 0
