from __future__ import annotations

from gateway.series.outage import Outage


def test_delays_double_from_half_a_second_to_half_a_minute() -> None:
    outage = Outage(since=100.0)
    assert [outage.next_delay() for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_delays_stay_at_the_bound_through_days_of_failures() -> None:
    outage = Outage(since=0.0)
    assert [outage.next_delay() for _ in range(10_000)][-1] == 30


def test_an_outage_knows_how_long_it_lasted() -> None:
    assert Outage(since=100.0).lasted(now=107.5) == 7.5
