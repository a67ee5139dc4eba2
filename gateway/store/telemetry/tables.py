"""The journal of all readings."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Connection, LargeBinary, Table, Text, cast, func, insert, select

from gateway.core.kernel.times import LATEST, Micros
from gateway.core.telemetry.batch import RECENT_MESSAGES, Batch, IntakeRows
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.duplicates import Digest
from gateway.core.telemetry.readings import Reading
from gateway.store.database import Database
from gateway.store.dialect import Number, insert_or_update
from gateway.store.schema import metadata
from gateway.store.tables import Tables
from gateway.store.telemetry import quarantine

journal = Table(
    "journal",
    metadata,
    Column("first_message", BigInteger, primary_key=True, autoincrement=False),
    Column("messages", Number, nullable=False),
    Column("reached", BigInteger, nullable=False),
    Column("readings", LargeBinary, nullable=False),
    Column("digests", LargeBinary, nullable=False),
)
"""One row per batch of messages: its readings (msgpack), the digests that recognise a repeated message, and the event
time that it `reached`."""

readings_as_bytes = cast(journal.c.readings, LargeBinary).label("readings")
"""Bytes, whatever stands in a damaged row; so are numbers cast to numbers."""

cursors = Table(
    "cursors",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
"""The position of each reader of the journal: the number of the first message that it has not processed."""

move_cursor = insert_or_update(cursors)
"""Sets the `position` of the reader with this `name`."""

_pack = msgspec.msgpack.Encoder().encode
_DIGEST = "QH"
"""The format of one: its content in eight bytes, and its packet identifier in two."""
_HEARD = "heard"
"""The cursor of the time until which the gateway heard without messages, in microseconds."""
_HEARD_BEFORE = "heard_before"
"""The number of the message that came, or will come, after that."""
_RECENT = "recent"
"""The cursor of the first message that the broker may send again. Earlier digests are void."""
DROPPED = "dropped"
"""The counter of messages that were dropped before the series store had them, and the cursor of the time of the
latest."""
TIMES = frozenset({_HEARD, DROPPED})
"""The cursors whose position is a time."""
MOST_IN_ROW = 1_000_000
"""Messages of a row; more can only be damage."""

_insert_journal = insert(journal)


def write(connection: Connection, batches: Sequence[Batch]) -> None:
    """Write batches: their readings to the journal, their rejections to the quarantine."""
    rows = [
        {
            "first_message": batch.first_message,
            "messages": batch.counts.received,
            "reached": batch.reached,
            "readings": _pack(batch.readings),
            "digests": _packed(batch.digests),
        }
        for batch in batches
        if batch.counts.received or batch.readings
    ]
    if rows:
        connection.execute(_insert_journal, rows)
    heard = [batch for batch in batches if batch.reached and not batch.counts.received]
    if heard:
        connection.execute(move_cursor, {"name": _HEARD, "position": heard[-1].reached})
        connection.execute(move_cursor, {"name": _HEARD_BEFORE, "position": heard[-1].first_message})
    for batch in batches:
        if batch.recent_from:
            connection.execute(move_cursor, {"name": _RECENT, "position": batch.recent_from})
    quarantine.write(connection, [batch.rejections for batch in batches if batch.rejections])


def _packed(digests: Sequence[int]) -> bytes:
    format_ = struct.Struct(">" + _DIGEST * (len(digests) // 2))  # struct.pack would keep each, of 25 kB
    return format_.pack(*digests)


def load(database: Database) -> IntakeRows:
    """Where the last run ended. The digests are read while they are iterated, once."""
    with database.reading() as connection:
        reached = cast(journal.c.reached, BigInteger)
        latest = connection.scalar(select(func.max(reached)).where(reached <= LATEST)) or 0
        heard = connection.scalar(select(cursors.c.position).where(cursors.c.name == _HEARD)) or 0
        return IntakeRows(_reached(connection), _digests(database), latest=max(latest, heard))


def _reached(connection: Connection) -> Micros:
    """Until when the last run heard, as it was saved last: not always the latest time, as clocks are set back."""
    saved = {row.name: row.position for row in connection.execute(select(cursors))}
    first = cast(journal.c.first_message, BigInteger)
    query = select(first, cast(journal.c.reached, BigInteger)).order_by(journal.c.first_message.desc()).limit(1)
    number, reached = connection.execute(query).first() or (0, 0)
    is_known = 0 < reached <= LATEST
    return saved.get(_HEARD, 0) if saved.get(_HEARD_BEFORE, 0) > number or not is_known else reached


def _digests(database: Database) -> Iterator[Digest]:
    with database.reading() as connection:
        newest = connection.scalar(select(func.max(journal.c.first_message))) or 0
        recent = connection.scalar(select(cursors.c.position).where(cursors.c.name == _RECENT)) or 0
        first, messages = journal.c.first_message, cast(journal.c.messages, BigInteger)
        query = select(first, cast(journal.c.digests, LargeBinary)).order_by(first)
        for number, digests in connection.execute(
            query.where(first >= newest - RECENT_MESSAGES, first + messages > recent)
        ):
            try:
                yield from struct.iter_unpack(">" + _DIGEST, digests)
            except struct.error:
                database.skip_damaged("journal", number, "its digests are incomplete")


def pieces(batch: Batch) -> Iterator[Batch]:
    """The batch with the readings that can be packed, each other reading, and each kind of rejection."""
    good: list[Reading] = []
    bad: list[Reading] = []
    for reading in batch.readings:
        (good if _is_packable(reading) else bad).append(reading)
    yield msgspec.structs.replace(batch, readings=good, rejections={})
    for reading in bad:
        yield Batch(batch.first_message, Counts(), readings=[reading])
    for kind, rejection in batch.rejections.items():
        yield Batch(0, Counts(), rejections={kind: rejection})


def _is_packable(reading: Reading) -> bool:
    try:
        _pack(reading)
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError):
        return False
    return True


TABLES: Tables[Batch, IntakeRows] = Tables(write=write, load=load, pieces=pieces)
