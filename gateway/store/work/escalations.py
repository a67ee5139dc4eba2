"""How far the chains of breached targets have gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Connection, RowMapping, Table, Text, bindparam, delete, select

from gateway.core.work.climbing import Climb, Key
from gateway.store.database import Database
from gateway.store.dialect import Number, insert_or_update
from gateway.store.rows import checked, understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

escalations = Table(
    "ticket_escalations",
    metadata,
    Column("ticket", Number, primary_key=True, autoincrement=False),
    Column("clock", Text, primary_key=True),
    Column("level", Number, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("repeated", Number, nullable=False),
    Column("hopes", Text, nullable=False),
    Column("told", Number, nullable=False),
)

_replace = insert_or_update(escalations)
_delete = delete(escalations).where(
    escalations.c.ticket == bindparam("of_ticket"), escalations.c.clock == bindparam("of_clock")
)
_encode = msgspec.json.Encoder().encode
_hopes = msgspec.json.Decoder(tuple[str, ...]).decode


def write(connection: Connection, changed: Sequence[Mapping[Key, Climb | None]]) -> None:
    """Write how far they have gone, and delete those that go on no more."""
    latest = {key: climb for each in changed for key, climb in each.items()}
    over = [{"of_ticket": ticket, "of_clock": kind.value} for (ticket, kind), climb in latest.items() if climb is None]
    if over:
        connection.execute(_delete, over)
    rows = [
        msgspec.structs.asdict(climb) | {"clock": climb.clock.value, "hopes": _encode(climb.hopes).decode()}
        for climb in latest.values()
        if climb is not None
    ]
    if rows:
        connection.execute(_replace, rows)


def is_escalated(database: Database, ticket: int) -> bool:
    """Whether people are being told that a target of this ticket has run out."""
    with database.reading() as connection:
        return (
            connection.scalar(select(escalations.c.ticket).where(escalations.c.ticket == ticket).limit(1)) is not None
        )


def load(database: Database) -> list[Climb]:
    """All of them. Without a damaged row nobody else is told until the next target of its ticket runs out."""
    query = select(escalations).order_by(escalations.c.ticket, escalations.c.clock)
    with database.reading() as connection:
        rows = connection.execute(query).mappings()
        return [*understood(database, "ticket_escalations", "ticket", rows, _climb_of)]


def _climb_of(row: RowMapping) -> Climb:
    return checked(Climb, {**row, "hopes": _hopes(row["hopes"])})


TABLES: Tables[Mapping[Key, Climb | None], list[Climb]] = Tables(write=write, load=load)
