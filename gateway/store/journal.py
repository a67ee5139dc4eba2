"""Reading the journal in order, and forgetting what everybody has done with."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from gateway.core.telemetry.intake import RECENT_MESSAGES
from gateway.core.telemetry.readings import Reading
from gateway.store import schema
from gateway.store.database import reading, writing

_unpack = msgspec.msgpack.Decoder(list[Reading]).decode


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the journal."""

    readings: list[Reading]
    end: int
    """The number of the first message after it: where to go on."""


class Journal:
    """The readings of all batches, in the order in which they were committed. Call it from any one thread at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, start: int, *, most: int) -> Stretch | None:
        """At least one batch from `start` on, and further ones up to about `most` readings; None at the end."""
        journal = schema.journal.c
        query = select(schema.journal).where(journal.first_message >= start).order_by(journal.first_message).limit(500)
        readings: list[Reading] = []
        end = start
        with reading(self._engine) as connection:
            for row in connection.execute(query):
                batch = _unpack(row.readings)
                if readings and len(readings) + len(batch) > most:
                    break
                readings.extend(batch)
                end = row.first_message + row.messages
        return Stretch(readings, end) if end > start else None

    def position(self, reader: str) -> int:
        """Where this reader goes on; 0 for one who never read."""
        cursors = schema.cursors.c
        with reading(self._engine) as connection:
            return connection.scalar(select(cursors.position).where(cursors.name == reader)) or 0

    def move(self, reader: str, position: int) -> None:
        """Remember that this reader has done everything before `position`."""
        statement = upsert(schema.cursors).values(name=reader, position=position)
        statement = statement.on_conflict_do_update(index_elements=["name"], set_={"position": position})
        with writing(self._engine) as connection:
            connection.execute(statement)

    def backlog(self, reader: str) -> int:
        """How many messages this reader has yet to do."""
        journal = schema.journal.c
        query = select(func.coalesce(func.sum(journal.messages), 0))
        with reading(self._engine) as connection:
            return int(connection.scalar(query.where(journal.first_message >= self.position(reader))) or 0)

    def prune(self, readers: tuple[str, ...]) -> int:
        """Forget what all readers have done, but not the messages that a repetition must be recognised by."""
        journal = schema.journal.c
        with writing(self._engine) as connection:
            newest = connection.scalar(select(func.max(journal.first_message))) or 0
            done = min(*(self.position(reader) for reader in readers), newest - RECENT_MESSAGES)
            result = connection.execute(delete(schema.journal).where(journal.first_message + journal.messages <= done))
            return result.rowcount
