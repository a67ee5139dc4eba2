"""Numbers that never repeat."""

from __future__ import annotations

from gateway.core.kernel.counters import Counters


def test_numbers_start_at_one_or_continue_those_of_an_earlier_run() -> None:
    counters = Counters({"ticket": 7})
    assert [counters.take("alarm"), counters.take("alarm"), counters.take("ticket")] == [1, 2, 7]


def test_several_numbers_can_be_taken_at_once() -> None:
    counters = Counters({})
    assert (counters.take("message", 100), counters.peek("message"), counters.take("message")) == (1, 101, 101)


def test_finish_returns_each_counter_that_has_moved_once() -> None:
    counters = Counters({"alarm": 4, "ticket": 7})
    counters.take("alarm")
    counters.take("message", 0)
    assert counters.finish() == {"alarm": 5}
    assert counters.finish() == {}
