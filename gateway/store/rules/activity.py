"""Until when the active hours of rules were followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import BigInteger, Column, Connection, RowMapping, Table, Text, delete, select

from gateway.core.kernel.times import Micros
from gateway.store.database import Database
from gateway.store.dialect import insert_or_update
from gateway.store.rows import understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

activity = Table(
    "activity",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("looked_at", BigInteger, nullable=False),
)

_replace = insert_or_update(activity)


def write(connection: Connection, changed: Sequence[Mapping[str, Micros | None]]) -> None:
    """Write until when the hours of rules were followed, and delete rules that have none any more."""
    latest = {rule: looked_at for each in changed for rule, looked_at in each.items()}
    if gone := [rule for rule, looked_at in latest.items() if looked_at is None]:
        connection.execute(delete(activity).where(activity.c.rule.in_(gone)))
    if followed := [{"rule": rule, "looked_at": at} for rule, at in latest.items() if at is not None]:
        connection.execute(_replace, followed)


def load(database: Database) -> dict[str, Micros]:
    """Until when the hours of each rule were followed. Without a row, its evaluations are judged by their evidence."""
    with database.reading() as connection:
        rows = connection.execute(select(activity)).mappings()
        return dict(understood(database, "activity", "rule", rows, _row_of))


def _row_of(row: RowMapping) -> tuple[str, Micros]:
    return str(row["rule"]), int(row["looked_at"])


TABLES: Tables[Mapping[str, Micros | None], dict[str, Micros]] = Tables(write=write, load=load)
