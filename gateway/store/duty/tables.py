"""Who is away. What is over is in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Connection, RowMapping, Table, Text, delete, select

from gateway.core.duty.absences import Absence
from gateway.store.database import Database
from gateway.store.dialect import Number, insert_or_update
from gateway.store.rows import checked, understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

absences = Table(
    "absences",
    metadata,
    Column("person", Text, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("substitute", Text),
    Column("note", Text),
    Column("by", Text, nullable=False),
    Column("event", Number, nullable=False),
)

_replace = insert_or_update(absences)


def write(connection: Connection, changed: Sequence[Mapping[str, Absence | None]]) -> None:
    """Write who is away, and delete those who are back."""
    latest = {person: absence for each in changed for person, absence in each.items()}
    if back := [person for person, absence in latest.items() if absence is None]:
        connection.execute(delete(absences).where(absences.c.person.in_(back)))
    if rows := [msgspec.structs.asdict(absence) for absence in latest.values() if absence is not None]:
        connection.execute(_replace, rows)


def load(database: Database) -> list[Absence]:
    """Everybody who is away. Without a damaged row that person counts as there."""
    with database.reading() as connection:
        rows = connection.execute(select(absences).order_by(absences.c.person)).mappings()
        return [*understood(database, "absences", "person", rows, _absence_of)]


def _absence_of(row: RowMapping) -> Absence:
    return checked(Absence, {**row})


TABLES: Tables[Mapping[str, Absence | None], list[Absence]] = Tables(write=write, load=load)
