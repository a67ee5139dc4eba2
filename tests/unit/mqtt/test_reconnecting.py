"""How often the gateway tries to reach its broker."""

from __future__ import annotations

from itertools import accumulate

from gateway.backoff import Backoff
from gateway.mqtt.link import FIRST_RETRY_S, LAST_RETRY_S, LONGEST_JITTER


def test_a_broker_that_is_back_is_found_within_five_seconds_however_long_it_was_away() -> None:
    backoff = Backoff(FIRST_RETRY_S, LAST_RETRY_S)
    delays = [backoff.next_delay() * LONGEST_JITTER for _ in range(10_000)]
    assert max(delays) <= 5


def test_a_broker_that_refuses_is_not_asked_more_than_some_times_in_the_first_minute() -> None:
    backoff = Backoff(FIRST_RETRY_S, LAST_RETRY_S)
    moments = accumulate(backoff.next_delay() / LONGEST_JITTER for _ in range(100))
    assert sum(moment <= 60 for moment in moments) <= 25
