"""Reads the journal in order, deletes what all readers have processed and, where it must, what they have not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec
from sqlalchemy import BigInteger, cast, delete, func, select

from gateway.core.kernel.times import Micros
from gateway.core.telemetry.batch import RECENT_MESSAGES
from gateway.core.telemetry.readings import Reading
from gateway.store import counters
from gateway.store.database import Database
from gateway.store.telemetry.tables import DROPPED, MOST_IN_ROW, cursors, journal, move_cursor, readings_as_bytes

_BYTES_AT_ONCE, _ROWS_AT_ONCE = 2**20, 10_000
"""What is deleted in one transaction: commits must not wait for it, nor need its log be larger than theirs."""

_ROW_BYTES = 64
"""What a row takes beside its contents, about."""

_row_size = func.length(journal.c.readings) + func.length(journal.c.digests) + _ROW_BYTES
_messages = cast(journal.c.messages, BigInteger).label("messages")

unpack = msgspec.msgpack.Decoder(list[Reading]).decode
"""The readings of a row."""


def readings_since(database: Database, reader: str) -> Iterator[tuple[int, Reading]]:
    """The readings from a reader's position on, each with the number of the first message of its batch.

    Yields them one by one: all at once may be too many for the memory. Damaged rows are skipped.
    """
    first = journal.c.first_message
    with database.reading() as connection:
        position = connection.scalar(select(cursors.c.position).where(cursors.c.name == reader)) or 0
        for number, content in connection.execute(
            select(first, readings_as_bytes).where(first >= position).order_by(first)
        ):
            try:
                readings = unpack(content)
            except ValueError as error:
                database.skip_damaged("journal", number, error)
                continue
            for reading in readings:
                yield number, reading


@dataclass(frozen=True, slots=True)
class DamagedRow:
    """A row of the journal that cannot be understood."""

    first_message: int
    content: bytes
    """What stands there instead of readings."""
    reason: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the journal."""

    readings: list[Reading]
    start: int
    """The number of its first message: beyond where the read started, if what stood there was dropped."""
    end: int
    """The number of the first message after it, where the next read starts."""
    damaged: list[DamagedRow]
    """Its rows whose readings are lost."""


class Journal:
    """The readings of all batches, in the order in which they were committed. Call it from any one thread at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._size = 0
        """Of the rows up to message `_measured`."""
        self._measured = 0

    def read(self, start: int, *, most: int) -> Stretch | None:
        """One batch from message `start` on, and more of them up to about `most` readings; None at the end."""
        first = journal.c.first_message
        query = select(first, _messages, readings_as_bytes)
        query = query.where(first >= start).order_by(first).limit(500)
        readings: list[Reading] = []
        damaged: list[DamagedRow] = []
        begins = end = start
        with self._database.reading() as connection:
            for row in connection.execute(query):
                if end == start:
                    begins = row.first_message
                try:
                    batch = unpack(row.readings)
                except ValueError as error:
                    damaged.append(DamagedRow(row.first_message, row.readings, str(error)))
                    end = row.first_message + 1
                    continue
                if readings and len(readings) + len(batch) > most:
                    break
                readings.extend(batch)
                end = row.first_message + (row.messages if 0 < row.messages <= MOST_IN_ROW else 1)
        return Stretch(readings, begins, end, damaged) if end > start else None

    def position(self, reader: str) -> int:
        """Where this reader continues; 0 before its first `move`."""
        with self._database.reading() as connection:
            return connection.scalar(select(cursors.c.position).where(cursors.c.name == reader)) or 0

    def move(self, reader: str, position: int) -> None:
        """Save that this reader has processed everything before `position`."""
        with self._database.writing() as connection:
            connection.execute(move_cursor, {"name": reader, "position": position})

    def backlog(self, reader: str) -> int:
        """How many messages this reader has not processed, without those that were dropped."""
        first = journal.c.first_message
        ahead = first >= self.position(reader)
        with self._database.reading() as connection:
            oldest = connection.scalar(select(func.min(first)).where(ahead))
            newest = connection.execute(select(first, _messages).where(ahead).order_by(first.desc()).limit(1)).first()
        return 0 if oldest is None or newest is None else newest.first_message + newest.messages - oldest

    @property
    def size(self) -> int:
        """Bytes that its rows take on disk, about, as far as they were measured."""
        return self._size

    def measure(self) -> bool:
        """Measure rows that are new since the last call, in the writer's thread; returns whether more are left."""
        first = journal.c.first_message
        new = select(first, _row_size.label("size")).where(first > self._measured).order_by(first)
        rows = new.limit(_ROWS_AT_ONCE).subquery()
        query = select(func.count(), func.coalesce(func.sum(rows.c.size), 0), func.max(rows.c.first_message))
        with self._database.reading() as connection:
            count, size, newest = connection.execute(query).one()
        if count:
            self._size, self._measured = self._size + int(size), newest
        return bool(count == _ROWS_AT_ONCE)

    def prune(self, readers: Sequence[str]) -> int:
        """Delete the oldest rows that all readers have processed, about 1 MiB; returns how many, 0 if none are left.

        The latest messages stay: duplicates are recognised by them. So do rows that were not yet measured.
        """
        return self._delete_oldest(readers)

    def drop(self, reader: str, others: Sequence[str], now: Micros) -> int:
        """Delete the oldest rows though `reader` has not processed them, about 1 MiB; returns how many.

        The messages that it loses are counted. The latest stay, and what the others have not processed.
        """
        return self._delete_oldest(others, loses=reader, now=now)

    def dropped(self) -> tuple[int, Micros]:
        """How many messages were dropped in all, and when the latest was; 0 if none was."""
        with self._database.reading() as connection:
            return counters.taken(connection, DROPPED), self.position(DROPPED)

    def _delete_oldest(self, readers: Sequence[str], *, loses: str | None = None, now: Micros = 0) -> int:
        first = journal.c.first_message
        oldest = select(first, _row_size.label("size")).order_by(first).limit(_ROWS_AT_ONCE)
        last, size, lost = 0, 0, 0
        with self._database.writing() as connection:
            newest = connection.scalar(select(func.max(first))) or 0
            done = min(self._measured, newest - RECENT_MESSAGES, *(self.position(reader) for reader in readers))
            position = self.position(loses) if loses else done
            for row, following in pairwise(connection.execute(oldest)):
                if following.first_message > done or size >= _BYTES_AT_ONCE:
                    break
                last, size = row.first_message, size + row.size
                if row.first_message >= position:
                    lost += following.first_message - row.first_message
            deleted = connection.execute(delete(journal).where(first <= last)).rowcount if size else 0
            if lost:
                counters.take(connection, DROPPED, lost)
                connection.execute(move_cursor, {"name": DROPPED, "position": now})
        self._size -= size
        return deleted
