"""The samples of a window and their folds, against NumPy."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Sequence
from typing import SupportsFloat

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.times import HOUR, SECOND, Micros
from gateway.core.rules.windows.counters import CounterSamples
from gateway.core.rules.windows.folds import Fold, Greatest, Least, Spread, Sum, Trend, deviation, slope
from gateway.core.rules.windows.ordered import OrderedSamples
from gateway.core.rules.windows.samples import Samples

OVER: Micros = 60 * SECOND
BEGIN: Micros = 1_800_000_000 * SECOND

Step = tuple[Micros, float, Micros]
"""How much later than the latest a sample is (or earlier, if below 0), its value, and how far time goes on then."""

VALUES = st.one_of(
    st.floats(-1e6, 1e6).map(lambda value: round(value, 9)),  # the square of a tiny one would be 0
    st.sampled_from([0.0, -0.0, 1e12, -1e12, 1e-3, 1e-3 + 1e-12, 0.1, 0.3]),
    st.integers(-5, 5).map(float),
)
STEPS = st.lists(
    st.tuples(
        st.one_of(st.just(0), st.integers(-OVER, 20 * SECOND)),
        VALUES,
        st.one_of(st.just(0), st.integers(0, 15 * SECOND), st.just(2 * OVER)),
    ),
    min_size=1,
    max_size=120,
)


class Reference:
    """All samples that there ever were."""

    def __init__(self) -> None:
        self._samples: list[tuple[Micros, float]] = []

    def add(self, time: Micros, value: float) -> None:
        self._samples.append((time, value))

    def within(self, now: Micros) -> tuple[np.ndarray, np.ndarray]:
        """The seconds and values of (now - OVER, now], in the order of their times."""
        inside = sorted((each for each in self._samples if now - OVER < each[0] <= now), key=lambda each: each[0])
        return (
            np.array([time - BEGIN for time, _ in inside], dtype=np.longdouble) / SECOND,
            np.array([value for _, value in inside], dtype=np.longdouble),
        )


def follow(samples: Samples, steps: Sequence[Step], check: Callable[[Micros, np.ndarray, np.ndarray], None]) -> None:
    """Feed the samples and the reference, and compare after each step."""
    reference, latest, now = Reference(), BEGIN, BEGIN
    for offset, value, passes in steps:
        time = latest + offset
        latest = max(latest, time)
        now = max(now, latest)
        if time > now - OVER:
            samples.add(time, value)
        reference.add(time, value)
        for moment in (now, now + passes):
            now = moment
            samples.leave_until(now - OVER)
            check(now, *reference.within(now))
        latest = max(latest, now)


def close(found: float, expected: SupportsFloat, *, scale: float = 0.0) -> bool:
    return math.isclose(found, float(expected), rel_tol=1e-9, abs_tol=1e-9 * scale)


@given(STEPS)
def test_sum_and_mean_are_those_of_numpy(steps: list[Step]) -> None:
    samples = Samples(1000, Sum())

    def check(_now: Micros, _seconds: np.ndarray, values: np.ndarray) -> None:
        folded = samples.folded()
        if folded is None:
            assert len(values) == 0
            return
        exact = math.fsum(float(value) for value in values)
        assert close(sum(folded), exact)
        assert len(samples) == len(values)
        assert close(sum(folded) / len(samples), exact / len(values))

    follow(samples, steps, check)


@pytest.mark.parametrize(("fold", "expected"), [(Least(), np.min), (Greatest(), np.max)])
@given(steps=STEPS)
def test_least_and_greatest_are_those_of_numpy(
    fold: Fold, expected: Callable[[np.ndarray], float], steps: list[Step]
) -> None:
    samples = Samples(1000, fold)

    def check(_now: Micros, _seconds: np.ndarray, values: np.ndarray) -> None:
        folded = samples.folded()
        assert (folded is None) == (len(values) == 0)
        if folded is not None:
            assert folded[0] == float(expected(values))

    follow(samples, steps, check)


@given(STEPS)
def test_the_standard_deviation_is_that_of_numpy(steps: list[Step]) -> None:
    samples = Samples(1000, Spread())

    def check(_now: Micros, _seconds: np.ndarray, values: np.ndarray) -> None:
        folded = samples.folded()
        found = None if folded is None else deviation(folded)
        if len(values) < 2:
            assert found is None
        else:
            assert found is not None
            # Values of longdouble still have their mean rounded: at 1e12 by 1e-7 of what is left of it.
            assert close(found, np.std(values, ddof=1), scale=1e-9 * float(np.max(np.abs(values))))

    follow(samples, steps, check)


@given(STEPS)
def test_the_slope_is_that_of_least_squares(steps: list[Step]) -> None:
    samples = Samples(1000, Trend())

    def check(_now: Micros, seconds: np.ndarray, values: np.ndarray) -> None:
        folded = samples.folded()
        found = None if folded is None else slope(folded)
        if len(set(seconds.tolist())) < 2:
            assert found is None
            return
        assert found is not None
        centred = seconds - seconds.mean()
        of_times = (centred * centred).sum()
        expected = (centred * (values - values.mean())).sum() / of_times
        scale = float((np.abs(centred) * np.abs(values - values.mean())).sum() / of_times)
        assert close(found, expected, scale=scale + 1e-6 * float(np.max(np.abs(values))))

    follow(samples, steps, check)


@given(STEPS, st.sampled_from([0.0, 0.05, 0.5, 0.9, 0.95, 1.0]))
def test_quantiles_are_those_of_numpy(steps: list[Step], share: float) -> None:
    samples = OrderedSamples(1000)

    def check(_now: Micros, _seconds: np.ndarray, values: np.ndarray) -> None:
        found = samples.quantile(share)
        assert (found is None) == (len(values) == 0)
        if found is not None:
            scale = float(np.max(np.abs(values))) * 1e-3
            assert close(found, np.quantile(values.astype(float), share), scale=scale * 1e-3)

    follow(samples, steps, check)


@pytest.mark.parametrize("fold", [Sum(), Spread()])
def test_values_that_have_left_take_no_digits_of_those_that_remain(fold: Fold) -> None:
    samples = Samples(1000, fold)
    for second in range(100):
        samples.add(BEGIN + second * SECOND, 1e12 if second < 50 else 1e-3 * (1 + second % 2))

    samples.leave_until(BEGIN + 49 * SECOND)

    remaining = np.array([1e-3 * (1 + second % 2) for second in range(50, 100)])
    folded = samples.folded()
    assert folded is not None
    if isinstance(fold, Sum):
        assert close(sum(folded), remaining.sum())
    else:
        found = deviation(folded)
        assert found is not None
        assert close(found, remaining.std(ddof=1))


def test_a_spread_about_a_large_mean_has_all_its_digits() -> None:
    samples, values = Samples(1000, Spread()), [1e9 + 0.25 * (number % 5) for number in range(500)]
    for number, value in enumerate(values):
        samples.add(BEGIN + number * SECOND, value)

    folded = samples.folded()
    assert folded is not None
    found = deviation(folded)
    assert found is not None
    assert close(found, np.std([value - 1e9 for value in values], ddof=1))


def test_of_more_samples_than_there_is_room_for_the_oldest_leave_and_are_counted() -> None:
    samples = Samples(10, Sum())
    for second in range(25):
        samples.add(BEGIN + second * SECOND, 1.0)

    folded = samples.folded()
    assert (len(samples), samples.lost, samples.oldest[0]) == (10, 15, BEGIN + 15 * SECOND)
    assert folded is not None
    assert sum(folded) == 10


def test_a_late_sample_older_than_all_finds_no_room_in_a_full_window() -> None:
    samples = OrderedSamples(2)
    samples.add(BEGIN + 10, 1.0)
    samples.add(BEGIN + 20, 2.0)

    assert not samples.add(BEGIN, 9.0)
    assert (samples.quantile(1), samples.lost) == (2.0, 1)


@given(st.lists(st.tuples(st.integers(0, 1000), st.floats(-1e6, 1e6)), max_size=50), st.integers(0, 1000))
def test_restored_samples_are_those_that_were_stored(samples: list[tuple[int, float]], left: int) -> None:
    before, after = Samples(100, Sum()), Samples(100, Sum())
    for time, value in samples:
        before.add(time, value)
    before.leave_until(left)

    after.restore(before.times, before.values)

    one, other = before.folded(), after.folded()
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert math.isclose(sum(one), sum(other), rel_tol=1e-12, abs_tol=1e-12)
    assert (after.times, after.values) == (before.times, before.values)


def counted(*readings: tuple[float, float], left_until: float | None = None) -> CounterSamples:
    samples = CounterSamples(1000)
    for seconds, value in readings:
        samples.add(BEGIN + round(seconds * SECOND), value)
    if left_until is not None:
        samples.leave_until(BEGIN + round(left_until * SECOND))
    return samples


def test_a_counter_that_counts_evenly_has_its_rate_whatever_the_window() -> None:
    samples = counted(*((second, 5.0 * second) for second in range(0, 600, 7)), left_until=300)

    assert samples.rate(BEGIN + 300 * SECOND) == pytest.approx(5.0, rel=1e-12)


def test_a_counter_that_falls_has_begun_again_at_zero() -> None:
    assert counted((0, 100), (10, 110), (20, 4), (30, 6)).rate(BEGIN - SECOND) == pytest.approx((10 + 4 + 2) / 30)


def test_the_rate_of_one_reading_is_unknown() -> None:
    assert counted((5, 1e6)).rate(BEGIN) is None


def test_what_a_counter_counted_in_a_long_gap_belongs_to_the_whole_gap() -> None:
    samples = counted((0, 0), (10 * 3600, 36_000), left_until=9 * 3600)

    assert samples.rate(BEGIN + 9 * HOUR) == pytest.approx(1.0)


@given(STEPS)
def test_the_rate_is_the_increase_by_the_time_in_which_it_was_seen(steps: list[Step]) -> None:
    samples, said = CounterSamples(1000), list[tuple[Micros, float]]()
    for number, (offset, value, passes) in enumerate(steps):
        time = (said[-1][0] if said else BEGIN) + abs(offset) + passes + 1
        said.append((time, abs(value) + number))
        samples.add(*said[-1])
        samples.leave_until(time - OVER)
        found, expected = samples.rate(time - OVER), _rate(said, time - OVER)
        assert (found is None) == (expected is None)
        if found is not None and expected is not None:
            assert close(found, expected, scale=1e-3)


def _rate(said: Sequence[tuple[Micros, float]], begin: Micros) -> float | None:
    times = np.array([time - begin for time, _ in said], dtype=np.longdouble)
    values = np.array([value for _, value in said], dtype=np.longdouble)
    increases = np.where(values[1:] >= values[:-1], values[1:] - values[:-1], values[1:])
    starts = np.maximum(times[:-1], 0)
    shares = np.where(times[1:] > 0, (times[1:] - starts) / (times[1:] - times[:-1]), 0)
    seen = times[-1] - max(times[0], np.longdouble(0))
    return float((increases * shares).sum() / seen * SECOND) if seen > 0 and len(said) > 1 else None


@given(
    st.lists(
        st.tuples(st.integers(0, OVER), st.integers(0, 50)), min_size=1, max_size=40, unique_by=lambda each: each[0]
    )
)
def test_a_counter_has_the_same_rate_in_whatever_order_its_readings_come(said: list[tuple[int, int]]) -> None:
    in_order, late = CounterSamples(1000), CounterSamples(1000)
    for time, count in sorted(said):
        in_order.add(BEGIN + time, float(count))
    for time, count in said:
        late.add(BEGIN + time, float(count))
        late.rate(BEGIN - 1)

    assert late.rate(BEGIN - 1) == in_order.rate(BEGIN - 1)


def test_times_that_are_moved_keep_their_order() -> None:
    samples = Samples(10, Trend())
    samples.restore(array("q", [10, 20, 30]), array("d", [1.0, 2.0, 3.0]))

    samples.move(-15, since=20)

    assert (samples.times.tolist(), samples.values.tolist()) == ([5, 10, 15], [2.0, 1.0, 3.0])
