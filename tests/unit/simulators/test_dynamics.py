"""What the physical models share."""

import random
from statistics import fmean, pstdev

import pytest

from simulators.dynamics import LastHour, Wander, lag


def test_a_lag_arrives_and_two_short_steps_are_one_long_one() -> None:
    assert lag(0.0, 10.0, dt=1000.0, tau=10.0) == pytest.approx(10.0)
    assert lag(lag(0.0, 10.0, dt=3.0, tau=10.0), 10.0, dt=4.0, tau=10.0) == pytest.approx(
        lag(0.0, 10.0, dt=7.0, tau=10.0)
    )


def test_a_wander_stays_about_zero_within_its_bounds() -> None:
    wander = Wander(random.Random(1), spread=2.0, tau=5.0)
    values = [wander.step(1.0) for _ in range(20_000)]

    assert max(map(abs, values)) <= 5.0
    assert fmean(values) == pytest.approx(0.0, abs=0.3)
    assert pstdev(values) == pytest.approx(2.0, rel=0.15)


def test_what_happened_is_counted_for_an_hour() -> None:
    starts = LastHour()
    for moment in (0.0, 100.0, 3000.0):
        starts.add(moment)

    assert [starts.count(now) for now in (3599.0, 3600.0, 3700.0, 6600.0)] == [3, 2, 1, 0]
