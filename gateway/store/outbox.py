"""The MQTT events that are still to be published."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Column, Connection, LargeBinary, Table, Text, cast, delete, func, insert, select

from gateway.core.kernel.changes import Publication
from gateway.store.database import Database
from gateway.store.dialect import Number
from gateway.store.schema import metadata

outbox = Table(
    "outbox",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("topic", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)
"""A row is deleted when the broker has acknowledged it."""

_insert = insert(outbox)


def write(connection: Connection, publications: Sequence[Publication]) -> None:
    """Add events to publish."""
    connection.execute(_insert, [msgspec.structs.asdict(each) for each in publications])


class Outbox:
    """Reads and deletes events of the outbox; the writer adds them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, *, after: int, most: int) -> list[Publication]:
        """The oldest events with a number above `after`, at most `most`."""
        columns = outbox.c.number, cast(outbox.c.topic, Text), cast(outbox.c.payload, LargeBinary)
        query = select(*columns).where(outbox.c.number > after).order_by(outbox.c.number).limit(most)
        with self._database.reading() as connection:
            return [Publication(*row) for row in connection.execute(query)]

    def count(self) -> int:
        """How many events the broker has not yet acknowledged."""
        with self._database.reading() as connection:
            return connection.scalar(select(func.count()).select_from(outbox)) or 0

    def delete(self, numbers: list[int]) -> None:
        """Delete events that the broker has acknowledged."""
        with self._database.writing() as connection:
            connection.execute(delete(outbox).where(outbox.c.number.in_(numbers)))
