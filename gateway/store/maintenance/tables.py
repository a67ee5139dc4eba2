"""Every maintenance that a person has begun."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Connection, RowMapping, Table, Text, select

from gateway.core.alarms.maintenance_actions import MaintenanceRecord
from gateway.store.database import Database
from gateway.store.dialect import Number, insert_or_update
from gateway.store.rows import checked, understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

maintenance = Table(
    "maintenance",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("devices", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("event", Number, nullable=False),
    Column("ended_at", BigInteger),
    Column("ended_by", Text),
)

_replace = insert_or_update(maintenance)


def write(connection: Connection, changed: Sequence[Sequence[MaintenanceRecord]]) -> None:
    """Write the present state of each maintenance."""
    connection.execute(
        _replace,
        [
            msgspec.structs.asdict(record) | {"devices": msgspec.json.encode(record.devices).decode()}
            for each in changed
            for record in each
        ],
    )


def record_of(row: RowMapping) -> MaintenanceRecord:
    """The maintenance in a row.

    Raises:
        ValueError: the row is damaged.
    """
    devices = msgspec.json.decode(row["devices"] or "", type=tuple[str, ...])
    return checked(MaintenanceRecord, {**row, "devices": devices})


def load(database: Database) -> list[MaintenanceRecord]:
    """What has not ended."""
    query = select(maintenance).where(maintenance.c.ended_at.is_(None)).order_by(maintenance.c.number)
    with database.reading() as connection:
        rows = connection.execute(query).mappings()
        return [*understood(database, "maintenance", "number", rows, record_of)]


TABLES: Tables[Sequence[MaintenanceRecord], list[MaintenanceRecord]] = Tables(write=write, load=load)
