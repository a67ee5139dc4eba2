"""The MQTT events that are still to be published."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, delete, func, select

from gateway.store import schema
from gateway.store.database import reading, writing


@dataclass(frozen=True, slots=True)
class Letter:
    """One event waiting to be published."""

    number: int
    topic: str
    payload: bytes


class Outbox:
    """Reads and clears the outbox; the writer fills it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, *, after: int, most: int) -> list[Letter]:
        """The oldest events beyond number `after`."""
        outbox = schema.outbox.c
        query = select(schema.outbox).where(outbox.number > after).order_by(outbox.number).limit(most)
        with reading(self._engine) as connection:
            return [Letter(row.number, row.topic, row.payload) for row in connection.execute(query)]

    def count(self) -> int:
        """How many events are waiting or under way."""
        with reading(self._engine) as connection:
            return connection.scalar(select(func.count()).select_from(schema.outbox)) or 0

    def delete(self, numbers: list[int]) -> None:
        """Forget events that the broker has acknowledged."""
        with writing(self._engine) as connection:
            connection.execute(delete(schema.outbox).where(schema.outbox.c.number.in_(numbers)))
