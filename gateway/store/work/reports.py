"""Which reports have tickets."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, Connection, RowMapping, Table, Text, delete, select

from gateway.core.work.reporting import KnownReport
from gateway.store.database import Database
from gateway.store.dialect import Number, insert_or_update
from gateway.store.rows import checked, understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

reports = Table(
    "reports",
    metadata,
    Column("key", Text, primary_key=True),
    Column("ticket", Number, nullable=False),
)

_replace = insert_or_update(reports)


def write(connection: Connection, changed: Sequence[Sequence[KnownReport]]) -> None:
    """Write what is known, and delete what is not any more."""
    latest = {each.key: each for step in changed for each in step}
    if over := [each.key for each in latest.values() if each.is_forgotten]:
        connection.execute(delete(reports).where(reports.c.key.in_(over)))
    rows = [{"key": each.key, "ticket": each.ticket} for each in latest.values() if not each.is_forgotten]
    if rows:
        connection.execute(_replace, rows)


def load(database: Database) -> list[KnownReport]:
    """All of them, the earliest first. A report whose row is damaged opens another ticket if it comes again."""
    with database.reading() as connection:
        rows = connection.execute(select(reports).order_by(reports.c.ticket)).mappings()
        return [*understood(database, "reports", "key", rows, _report_of)]


def _report_of(row: RowMapping) -> KnownReport:
    return checked(KnownReport, {**row})


TABLES: Tables[Sequence[KnownReport], list[KnownReport]] = Tables(write=write, load=load)
