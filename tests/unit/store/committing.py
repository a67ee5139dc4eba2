"""Steps of the bench, written to a store."""

from __future__ import annotations

from sqlalchemy import func, select

from gateway import parts
from gateway.store.database import Database
from gateway.store.schema import metadata
from gateway.store.writer import Writer
from tests.unit.core.sites import Seen


def commit(database: Database, *steps: Seen) -> None:
    """Write these steps as one group."""
    Writer(database, parts.tables()).commit([seen.changes for seen in steps])


def rows(database: Database, table: str) -> int:
    """How many rows the table has."""
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(metadata.tables[table])) or 0
