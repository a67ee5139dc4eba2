"""What is still suppressed after its cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Connection, RowMapping, Table, Text, delete, select

from gateway.core.alarms.inhibition import Lingering
from gateway.store.database import Database
from gateway.store.dialect import insert_or_update
from gateway.store.rows import checked, understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

inhibitions = Table(
    "inhibitions",
    metadata,
    Column("source", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("devices", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)

_replace = insert_or_update(inhibitions)
_devices = msgspec.json.Decoder(tuple[str, ...]).decode


def write(connection: Connection, changed: Sequence[Mapping[str, Lingering | None]]) -> None:
    """Write what goes on after its cause, and delete what does not any more."""
    latest = {source: each for one in changed for source, each in one.items()}
    if over := [source for source, each in latest.items() if each is None]:
        connection.execute(delete(inhibitions).where(inhibitions.c.source.in_(over)))
    rows = [
        msgspec.structs.asdict(each) | {"devices": msgspec.json.encode(each.devices).decode()}
        for each in latest.values()
        if each is not None
    ]
    if rows:
        connection.execute(_replace, rows)


def load(database: Database) -> list[Lingering]:
    """All of it."""
    with database.reading() as connection:
        rows = connection.execute(select(inhibitions)).mappings()
        return [*understood(database, "inhibitions", "source", rows, _lingering_of)]


def _lingering_of(row: RowMapping) -> Lingering:
    return checked(Lingering, {**row, "devices": _devices(row["devices"])})


TABLES: Tables[Mapping[str, Lingering | None], list[Lingering]] = Tables(write=write, load=load)
