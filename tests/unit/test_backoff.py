from __future__ import annotations

from gateway.backoff import Backoff


def test_delays_double_from_the_first_to_the_longest() -> None:
    backoff = Backoff(0.5, 30.0)
    assert [backoff.next_delay() for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert backoff.failures == 9


def test_delays_stay_at_the_longest_through_days_of_failures() -> None:
    backoff = Backoff(0.5, 30.0)
    assert [backoff.next_delay() for _ in range(10_000)][-1] == 30


def test_after_a_success_the_delays_begin_anew() -> None:
    backoff = Backoff(0.1, 5.0)
    for _ in range(3):
        backoff.next_delay()
    backoff.reset()
    assert backoff.failures == 0
    assert [backoff.next_delay() for _ in range(2)] == [0.1, 0.2]
