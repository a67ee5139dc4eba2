"""The audit trail."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, RowMapping, Table, Text, insert

from gateway.core.kernel.events import AuditRecord
from gateway.store.dialect import Number
from gateway.store.rows import checked
from gateway.store.schema import metadata
from gateway.store.tables import Tables

events = Table(
    "events",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("time", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("cause", Number),
    Column("by", Text),
    Column("data", Text, nullable=False),
    Index("events_by_subject", "subject"),
)

_encode = msgspec.json.Encoder().encode
_data = msgspec.json.Decoder(dict[str, object]).decode
_insert = insert(events)


def write(connection: Connection, new: Sequence[Sequence[AuditRecord]]) -> None:
    """Write new records."""
    connection.execute(
        _insert,
        [msgspec.structs.asdict(record) | {"data": _encode(record.data).decode()} for each in new for record in each],
    )


def record_of(row: RowMapping) -> AuditRecord:
    """The record in a row.

    Raises:
        ValueError, TypeError: the row is damaged.
    """
    return checked(AuditRecord, {**row, "data": _data(row["data"])})


TABLES: Tables[Sequence[AuditRecord], None] = Tables(write=write)
