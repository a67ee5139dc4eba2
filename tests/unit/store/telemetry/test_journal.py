"""The journal: read in order, pruned when everybody is done."""

from __future__ import annotations

from gateway import parts
from gateway.core.kernel.changes import Changes
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.intake import RECENT_MESSAGES, Batch, Intake
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
    assert journal.prune(("snapshot", "series")) == 0
    for reader in ("snapshot", "series"):
        journal.move(reader, 100_001)
    assert journal.prune(("snapshot", "series")) == (99_001 - RECENT_MESSAGES) // 1000
    assert load_checkpoint(database, parts.tables()).counters["message"] == 100_001
