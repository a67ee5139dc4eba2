"""All scans."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Table, Text, insert

from gateway.core.rounds.scans import Scan
from gateway.store.dialect import Number
from gateway.store.schema import metadata
from gateway.store.tables import Tables

scans = Table(
    "scans",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("device", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Index("scans_by_time", "time"),
)

_insert = insert(scans)


def write(connection: Connection, new: Sequence[Sequence[Scan]]) -> None:
    """Write new scans."""
    connection.execute(_insert, [msgspec.structs.asdict(scan) for each in new for scan in each])


TABLES: Tables[Sequence[Scan], None] = Tables(write=write)
