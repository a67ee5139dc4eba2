"""The planned maintenance windows that take place, as far as people were told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Connection, RowMapping, Table, Text, delete, select

from gateway.core.alarms.planned_maintenance import PlannedRecord
from gateway.store.database import Database
from gateway.store.dialect import Number, insert_or_update
from gateway.store.rows import checked, understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

planned = Table(
    "planned_maintenance",
    metadata,
    Column("place", Number, primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    Column("devices", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
)

_replace = insert_or_update(planned)
_devices = msgspec.json.Decoder(tuple[str, ...]).decode


def write(connection: Connection, changed: Sequence[Mapping[int, PlannedRecord | None]]) -> None:
    """Write which windows have begun, and delete those that have ended."""
    latest = {place: record for each in changed for place, record in each.items()}
    if over := [place for place, record in latest.items() if record is None]:
        connection.execute(delete(planned).where(planned.c.place.in_(over)))
    rows = [
        msgspec.structs.asdict(record) | {"devices": msgspec.json.encode(record.devices).decode()}
        for record in latest.values()
        if record is not None
    ]
    if rows:
        connection.execute(_replace, rows)


def load(database: Database) -> list[PlannedRecord]:
    """All of them. Without a damaged row its window is told of once more."""
    with database.reading() as connection:
        rows = connection.execute(select(planned).order_by(planned.c.place)).mappings()
        return [*understood(database, "planned_maintenance", "place", rows, _record_of)]


def _record_of(row: RowMapping) -> PlannedRecord:
    return checked(PlannedRecord, {**row, "devices": _devices(row["devices"])})


TABLES: Tables[Mapping[int, PlannedRecord | None], list[PlannedRecord]] = Tables(write=write, load=load)
