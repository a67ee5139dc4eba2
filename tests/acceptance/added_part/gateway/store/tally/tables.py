"""The tally: one row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gateway.core.tally import TallyRecord
from sqlalchemy import Column, Connection, Table, Text, select

from gateway.store.database import Database
from gateway.store.dialect import Number, insert_or_update
from gateway.store.schema import metadata
from gateway.store.tables import Tables

tally = Table(
    "tally",
    metadata,
    Column("name", Text, primary_key=True),
    Column("alarms", Number, nullable=False),
    Column("seconds", Number, nullable=False),
)

_replace = insert_or_update(tally)


def write(connection: Connection, changed: Sequence[TallyRecord]) -> None:
    """Write the latest."""
    connection.execute(_replace, {"name": "tally", "alarms": changed[-1].alarms, "seconds": changed[-1].seconds})


def load(database: Database) -> TallyRecord:
    """The tally; zero where there is none yet."""
    with database.reading() as connection:
        row = connection.execute(select(tally)).first()
        return TallyRecord(row.alarms, row.seconds) if row else TallyRecord()


TABLES: Tables[TallyRecord, TallyRecord] = Tables(
    write=write, load=load, migrations=Path(__file__).parent / "migrations"
)
