"""Rejections and digests in the store."""

from __future__ import annotations

from sqlalchemy import select

from gateway import parts
from gateway.core.kernel.changes import Changes
from gateway.core.telemetry.batch import Batch
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.quarantine import Quarantine, Reason, RejectedKind
from gateway.store.database import Database
from gateway.store.telemetry import tables
from gateway.store.telemetry.quarantine import MOST_REJECTIONS, rejections
from gateway.store.writer import Writer
from tests.unit.core.sites import at
from tests.unit.store.committing import rows


def test_rejections_of_a_kind_add_up_and_the_oldest_kinds_make_room(database: Database) -> None:
    writer, quarantine = Writer(database, parts.tables()), Quarantine()
    for second in range(3):
        quarantine.add(RejectedKind("t", Reason.MALFORMED, ""), f"at {second}", b"\xff", at(second))
        writer.commit([Changes({Intake.name: Batch(0, Counts(), rejections=quarantine.drain())})])
    with database.reading() as connection:
        (row,) = connection.execute(select(rejections)).all()
    assert tuple(row)[3:7] == (3, at(0), at(2), "at 2")
    for index in range(MOST_REJECTIONS + 50):
        quarantine.add(RejectedKind(f"topic/{index}", Reason.UNKNOWN_TOPIC, ""), "?", b"", at(10 + index))
    writer.commit([Changes({Intake.name: Batch(0, Counts(), rejections=quarantine.drain())})])
    assert rows(database, "rejections") == MOST_REJECTIONS


def test_digests_stand_in_the_store_as_earlier_versions_read_them(database: Database) -> None:
    """Eight bytes of the content and two of the packet identifier, the highest first."""
    batch = Batch(1, Counts(received=2), reached=at(1), digests=[0x5A8FDF31_00000001, 1, 2**64 - 1, 65_535])
    Writer(database, parts.tables()).commit([Changes({Intake.name: batch})])

    with database.reading() as connection:
        stored = connection.scalar(select(tables.journal.c.digests)) or b""
    assert stored.hex() == "5a8fdf31000000010001" + "f" * 20
    assert list(tables.load(database).digests) == [(0x5A8FDF31_00000001, 1), (2**64 - 1, 65_535)]
