"""Reads the journal in order, and deletes what all readers have processed."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from sqlalchemy import BigInteger, cast, delete, func, select

from gateway.core.telemetry.intake import RECENT_MESSAGES
from gateway.core.telemetry.readings import Reading
from gateway.store.database import Database
from gateway.store.telemetry.tables import cursors, journal, move_cursor, readings_as_bytes

unpack = msgspec.msgpack.Decoder(list[Reading]).decode
"""The readings of a row."""


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
    end: int
    """The number of the first message after it, where the next read starts."""
    damaged: list[DamagedRow]
    """Its rows whose readings are lost."""


class Journal:
    """The readings of all batches, in the order in which they were committed. Call it from any one thread at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, start: int, *, most: int) -> Stretch | None:
        """One batch from message `start` on, and more of them up to about `most` readings; None at the end."""
        first = journal.c.first_message
        query = select(first, cast(journal.c.messages, BigInteger).label("messages"), readings_as_bytes)
        query = query.where(first >= start).order_by(first).limit(500)
        readings: list[Reading] = []
        damaged: list[DamagedRow] = []
        end = start
        with self._database.reading() as connection:
            for row in connection.execute(query):
                try:
                    batch = unpack(row.readings)
                except ValueError as error:
                    damaged.append(DamagedRow(row.first_message, row.readings, str(error)))
                    end = row.first_message + 1
                    continue
                if readings and len(readings) + len(batch) > most:
                    break
                readings.extend(batch)
                end = row.first_message + max(row.messages, 1)
        return Stretch(readings, end, damaged) if end > start else None

    def position(self, reader: str) -> int:
        """Where this reader continues; 0 before its first `move`."""
        with self._database.reading() as connection:
            return connection.scalar(select(cursors.c.position).where(cursors.c.name == reader)) or 0

    def move(self, reader: str, position: int) -> None:
        """Save that this reader has processed everything before `position`."""
        with self._database.writing() as connection:
            connection.execute(move_cursor, {"name": reader, "position": position})

    def backlog(self, reader: str) -> int:
        """How many messages this reader has not processed."""
        query = select(func.coalesce(func.sum(journal.c.messages), 0))
        with self._database.reading() as connection:
            return int(connection.scalar(query.where(journal.c.first_message >= self.position(reader))) or 0)

    def prune(self, readers: tuple[str, ...]) -> int:
        """Delete what all readers have processed, except the latest messages: duplicates are recognised by them."""
        first = journal.c.first_message
        with self._database.writing() as connection:
            newest = connection.scalar(select(func.max(first))) or 0
            done = min(*(self.position(reader) for reader in readers), newest - RECENT_MESSAGES)
            result = connection.execute(delete(journal).where(first + journal.c.messages <= done))
            return result.rowcount
