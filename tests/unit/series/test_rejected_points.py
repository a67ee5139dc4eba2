from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.telemetry.readings import Reading
from gateway.errors import SeriesUnavailable
from gateway.series.rejected_points import RejectedPoint, write_accepted
from tests.unit.series.stores import T0, PickyStore, reading


def is_text(each: Reading, metric: str) -> bool:
    return isinstance(each.values[metric], str)


def test_readings_that_are_all_accepted_are_one_request() -> None:
    store = PickyStore()
    assert write_accepted(store, [reading(n, pressure=1.0) for n in range(100)]) == []
    assert len(store.writes) == 1


def test_one_rejected_metric_is_found_and_everything_else_is_written() -> None:
    readings = [reading(n, pressure=0.1, starts=n) for n in range(1000)]
    readings[617] = reading(617, pressure="high", starts=617)
    store = PickyStore(refuses=is_text)

    (point,) = write_accepted(store, readings)

    assert (point.reading, point.metric) == (readings[617], "pressure")
    assert len(store.points) == 1999
    assert store.points["pump-1", "starts", readings[617].time] == 617


def test_a_reading_is_rejected_as_a_whole_when_none_of_its_metrics_is_accepted() -> None:
    old = reading(-1, pressure=0.1, starts=1)
    store = PickyStore(refuses=lambda each, _metric: each.time < T0)
    rejected = write_accepted(store, [old, reading(1, pressure=0.2)])
    assert rejected == [RejectedPoint(old, None, "partial write: dropped=1")]
    assert store.points == {("pump-1", "pressure", T0 + 1_000_000): 0.2}


def test_a_metric_that_is_always_rejected_costs_a_request_per_metric_and_not_one_per_reading() -> None:
    readings = [reading(n, pressure=0.1, starts=n, running=True) for n in range(5000)]
    store = PickyStore(refuses=lambda _each, metric: metric == "starts")
    rejected = write_accepted(store, readings)
    assert [(each.reading, each.metric) for each in rejected] == [(each, "starts") for each in readings]
    assert len(store.writes) == 1 + 3


def test_one_rejected_reading_among_thousands_costs_a_few_dozen_requests() -> None:
    readings = [reading(n, pressure=0.1, starts=n, running=True) for n in range(5000)]
    store = PickyStore(refuses=lambda each, metric: metric == "starts" and each.values["starts"] == 4321, counts=False)
    assert len(write_accepted(store, readings)) == 1
    assert len(store.writes) < 40


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.booleans(), st.booleans(), st.booleans()), max_size=30),
    st.booleans(),
)
def test_whatever_is_rejected_the_rest_is_written_and_each_rejected_point_is_reported_once(
    rows: list[tuple[str, bool, bool, bool]], counts: bool
) -> None:
    bad = "refuse me"
    readings = [
        reading(n, device, pressure=bad if pressure else 0.1, starts=bad if starts else n, note=bad if note else "")
        for n, (device, pressure, starts, note) in enumerate(rows)
    ]
    store = PickyStore(refuses=lambda each, metric: each.values[metric] == bad, counts=counts)

    rejected = write_accepted(store, readings)

    expected = {
        (each.device, metric, each.time): value
        for each in readings
        for metric, value in each.values.items()
        if value != bad
    }
    assert store.points == expected
    reported = [
        (point.reading.time, metric)
        for point in rejected
        for metric in ([point.metric] if point.metric else point.reading.values)
    ]
    assert sorted(reported) == sorted(
        (each.time, metric) for each in readings for metric, value in each.values.items() if value == bad
    )


def test_a_store_that_goes_away_meanwhile_is_unavailable_and_rejects_nothing() -> None:
    store = PickyStore(refuses=is_text)

    def refuses_and_goes_away(each: Reading, metric: str) -> bool:
        store.unavailable = [SeriesUnavailable("gone")]
        return is_text(each, metric)

    store.refuses = refuses_and_goes_away
    with pytest.raises(SeriesUnavailable):
        write_accepted(store, [reading(0, note="x"), reading(1, pressure=0.1)])
