"""Numbers that never repeat."""

from __future__ import annotations

from gateway.core.kernel.counters import Counters


def test_numbers_begin_at_one_and_go_on_from_where_an_earlier_run_ended() -> None:
    counters = Counters({"ticket": 7})
    assert [counters.take("alarm"), counters.take("alarm"), counters.take("ticket")] == [1, 2, 7]


def test_several_numbers_are_taken_at_once() -> None:
    counters = Counters({})
    assert (counters.take("message", 100), counters.peek("message"), counters.take("message")) == (1, 101, 101)


def test_only_counters_that_have_moved_are_to_be_written_and_only_once() -> None:
    counters = Counters({"alarm": 4, "ticket": 7})
    counters.take("alarm")
    counters.take("message", 0)
    assert counters.finish() == {"alarm": 5}
    assert counters.finish() == {}
