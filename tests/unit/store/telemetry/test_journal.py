"""The journal: read in order, pruned when everybody is done."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from gateway import parts
from gateway.core.kernel.changes import Changes
from gateway.core.telemetry.batch import RECENT_MESSAGES, Batch
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.readings import Reading
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database
from gateway.store.telemetry.journal import Journal
from gateway.store.writer import Writer
from tests.unit.core.sites import Bench, at
from tests.unit.store.committing import commit


def test_the_journal_is_read_in_order_in_stretches(database: Database) -> None:
    bench, journal = Bench(), Journal(database)
    commit(database, *(bench.pump(second, pressure=0.5) for second in range(10)))
    position, read = 0, list[Reading]()
    while (stretch := journal.read(position, most=3)) is not None:
        assert len(stretch.readings) == 3 or stretch.end == 11
        read.extend(stretch.readings)
        position = stretch.end
    assert [reading.time for reading in read] == [at(second) for second in range(10)]
    assert journal.backlog("series") == 10
    journal.move("series", position)
    assert (journal.position("series"), journal.backlog("series")) == (11, 0)


def test_pruning_keeps_what_somebody_needs_and_what_recognises_repetitions(database: Database) -> None:
    writer, journal = Writer(database, parts.tables()), Journal(database)
    batches = [Batch(1 + index * 1000, Counts(received=1000)) for index in range(100)]
    writer.commit([Changes({Intake.name: batch}, counters={"message": 100_001}) for batch in batches])
    assert not journal.measure()
    assert journal.prune(("snapshot", "series")) == 0
    for reader in ("snapshot", "series"):
        journal.move(reader, 100_001)
    assert journal.prune(("snapshot", "series")) == (99_001 - RECENT_MESSAGES) // 1000
    assert load_checkpoint(database, parts.tables()).counters["message"] == 100_001


def fill(database: Database, count: int, *, first: int = 0) -> None:
    """Rows of 1,000 messages, each of 100 bytes and more."""
    writer = Writer(database, parts.tables())
    for index in range(first, first + count):
        readings = [Reading("p1", "pump", 1, 1, {"note": "x" * 100}) for _ in range(1000)]
        batch = Batch(1 + index * 1000, Counts(received=1000), readings=readings)
        writer.commit([Changes({Intake.name: batch})])


def test_the_size_of_the_journal_is_what_its_rows_take(database: Database) -> None:
    journal = Journal(database)
    fill(database, 3)
    assert not journal.measure()
    three = journal.size
    assert three == pytest.approx(3 * 1000 * 125, rel=0.1)
    fill(database, 27, first=3)
    assert not journal.measure()
    assert journal.size == 10 * three
    again = Journal(database)
    again.measure()
    assert again.size == journal.size
    assert journal.drop("series", (), 0) == 9
    assert journal.size == 21 * three / 3
    again = Journal(database)
    again.measure()
    assert again.size == journal.size


def test_what_is_dropped_is_counted_unless_it_was_processed(database: Database) -> None:
    journal = Journal(database)
    fill(database, 30)
    journal.measure()
    journal.move("series", 4001)
    assert journal.dropped() == (0, 0)
    assert journal.drop("series", ("snapshot",), at(5)) == 0, "the snapshot has nothing yet"
    journal.move("snapshot", 30_001)
    while journal.drop("series", ("snapshot",), at(5)):
        pass
    assert journal.dropped() == (5000, at(5))
    assert journal.backlog("series") == 30_000 - 4000 - 5000
    stretch = journal.read(4001, most=1)
    assert stretch is not None
    assert stretch.end == 10_001, "the reader goes on behind what was dropped"
    assert load_checkpoint(database, parts.tables()).counters["dropped"] == 5001


def test_a_row_with_a_damaged_count_does_not_keep_the_others_from_being_deleted(database: Database) -> None:
    journal = Journal(database)
    fill(database, 30)
    with database.writing() as connection:
        connection.execute(text("UPDATE journal SET messages = 9000000000000 WHERE first_message = 1001"))
    journal.measure()
    for reader in ("snapshot", "series"):
        journal.move(reader, 30_001)
    assert journal.prune(("snapshot", "series")) == 9
