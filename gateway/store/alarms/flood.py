"""The raises of the last ten minutes, and the flood that they are: one row."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Connection, RowMapping, Table, Text, select

from gateway.core.alarms.flood import FloodRecord, Raise
from gateway.store.database import Database
from gateway.store.dialect import Number, insert_or_update
from gateway.store.rows import checked, understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

flood = Table(
    "flood",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("raises", Text, nullable=False),
    Column("since", BigInteger),
)

_replace = insert_or_update(flood)
_raises = msgspec.json.Decoder(tuple[Raise, ...]).decode


def write(connection: Connection, changed: Sequence[FloodRecord]) -> None:
    """Write the latest."""
    latest = changed[-1]
    row = {"number": 1, "raises": msgspec.json.encode(latest.raises).decode(), "since": latest.since}
    connection.execute(_replace, row)


def load(database: Database) -> FloodRecord | None:
    """The row; None where nothing was ever raised, or it is damaged."""
    with database.reading() as connection:
        rows = connection.execute(select(flood)).mappings()
        return next(understood(database, "flood", "number", rows, _record_of), None)


def _record_of(row: RowMapping) -> FloodRecord:
    return checked(FloodRecord, {"raises": _raises(row["raises"]), "since": row["since"]})


def _whole(changed: FloodRecord) -> list[FloodRecord]:
    return [changed]


TABLES: Tables[FloodRecord, FloodRecord | None] = Tables(write=write, load=load, pieces=_whole)
