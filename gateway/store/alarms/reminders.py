"""When people are reminded of alarms that they have acknowledged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import BigInteger, Column, Connection, RowMapping, Table, delete, select

from gateway.core.kernel.times import Micros
from gateway.store.database import Database
from gateway.store.dialect import Number, insert_or_update
from gateway.store.rows import understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

reminders = Table(
    "reminders",
    metadata,
    Column("alarm", Number, primary_key=True, autoincrement=False),
    Column("due", BigInteger, nullable=False),
)

_replace = insert_or_update(reminders)


def write(connection: Connection, changed: Sequence[Mapping[int, Micros | None]]) -> None:
    """Write when alarms are due, and delete those that wait no more."""
    latest = {alarm: due for each in changed for alarm, due in each.items()}
    if over := [alarm for alarm, due in latest.items() if due is None]:
        connection.execute(delete(reminders).where(reminders.c.alarm.in_(over)))
    if waiting := [{"alarm": alarm, "due": due} for alarm, due in latest.items() if due is not None]:
        connection.execute(_replace, waiting)


def load(database: Database) -> dict[int, Micros]:
    """When each alarm is due, by its number. Without a damaged row its alarm is due as acknowledged."""
    with database.reading() as connection:
        rows = connection.execute(select(reminders)).mappings()
        return dict(understood(database, "reminders", "alarm", rows, _reminder_of))


def _reminder_of(row: RowMapping) -> tuple[int, Micros]:
    return int(row["alarm"]), int(row["due"])


TABLES: Tables[Mapping[int, Micros | None], dict[int, Micros]] = Tables(write=write, load=load)
