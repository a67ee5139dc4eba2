"""The latest readings in memory: a window without gaps over the end of the journal."""

from __future__ import annotations

from gateway.core.telemetry.batch import Batch
from gateway.core.telemetry.counts import Counts
from gateway.series.recent import Recent
from gateway.store.telemetry.journal import Stretch
from tests.unit.series.stores import reading


def batch(first: int, readings: int, *, rejected: int = 0) -> Batch:
    """Messages from `first` on, each with a reading, and a few more without."""
    counts = Counts(received=readings + rejected)
    return Batch(first, counts, readings=[reading(n, starts=n) for n in range(first, first + readings)])


def numbers(stretch: Stretch | None) -> tuple[int, int, int] | None:
    """Where it begins and ends, and how many readings it has."""
    return (stretch.start, stretch.end, len(stretch.readings)) if stretch else None


def test_batches_are_read_from_where_the_reader_is_up_to_about_as_many_readings_as_it_takes() -> None:
    recent = Recent()
    for first in (1, 11, 21):
        recent.add(batch(first, 10))
    assert numbers(recent.read(1, most=25)) == (1, 21, 20)
    assert numbers(recent.read(1, most=5)) == (1, 11, 10)
    assert numbers(recent.read(11, most=100)) == (11, 31, 20)


def test_what_is_read_stays_until_the_reader_has_moved_on() -> None:
    recent = Recent()
    recent.add(batch(1, 10))
    assert recent.read(1, most=100) == recent.read(1, most=100)
    assert recent.read(11, most=100) is None
    assert recent.read(1, most=100) is None


def test_messages_without_readings_are_passed_over() -> None:
    recent = Recent()
    recent.add(batch(1, 2, rejected=3))
    recent.add(batch(6, 0, rejected=4))
    assert numbers(recent.read(1, most=100)) == (1, 10, 2)
    assert recent.end == 10


def test_a_step_that_read_no_message_makes_no_gap() -> None:
    recent = Recent()
    recent.add(batch(1, 2))
    recent.add(Batch(3, Counts(), reached=5))
    recent.add(batch(3, 2))
    assert numbers(recent.read(1, most=100)) == (1, 5, 4)


def test_of_a_reader_that_lags_behind_only_the_latest_are_kept() -> None:
    recent = Recent(25)
    for first in (1, 11, 21):
        recent.add(batch(first, 10))
    assert recent.read(1, most=100) is None
    assert numbers(recent.read(11, most=100)) == (11, 31, 20)


def test_where_the_reader_is_within_a_batch_the_journal_has_to_help() -> None:
    recent = Recent()
    recent.add(batch(1, 10))
    assert recent.read(5, most=100) is None


def test_after_a_gap_nothing_of_before_is_kept() -> None:
    recent = Recent()
    recent.add(batch(1, 2))
    recent.add(batch(5, 2))
    assert recent.read(1, most=100) is None
    assert numbers(recent.read(5, most=100)) == (5, 7, 2)


def test_messages_without_readings_take_no_more_memory_than_others() -> None:
    recent = Recent(1_000)
    for first in range(1, 100_001, 100):
        recent.add(batch(first, 0, rejected=100))
    assert len(recent._parts) == 10
