"""All shelves: what is put aside, and what was."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, RowMapping, Table, Text, select

from gateway.core.alarms.shelf import Shelf
from gateway.core.alarms.suppression import SuppressionKind
from gateway.core.kernel.subjects import Subject
from gateway.store.database import Database
from gateway.store.dialect import Number, insert_or_update
from gateway.store.paging import Page, matching
from gateway.store.rows import checked, page_of, understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

shelves = Table(
    "shelves",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("rule", Text),
    Column("subject", Text),
    Column("alarm", Number),
    Column("severity", Text),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("one_shot", Boolean, nullable=False),
    Column("life_safety", Boolean, nullable=False),
    Column("why", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("confirmed_by", Text),
    Column("event", Number, nullable=False),
    Column("ended_at", BigInteger),
    Column("ended_by", Text),
    Column("ended_because", Text),
    Index("shelves_by_end", "ended_at"),
)

_replace = insert_or_update(shelves)


def write(connection: Connection, changed: Sequence[Sequence[Shelf]]) -> None:
    """Write the present state of shelves."""
    connection.execute(
        _replace,
        [
            msgspec.structs.asdict(shelf) | {"subject": None if shelf.subject is None else str(shelf.subject)}
            for each in changed
            for shelf in each
        ],
    )


def shelf_of(row: RowMapping) -> Shelf:
    """The shelf in a row.

    Raises:
        ValueError, TypeError: the row is damaged.
    """
    subject = None if row["subject"] is None else Subject.parse(row["subject"])
    return checked(Shelf, {**row, "subject": subject})


def load(database: Database) -> list[Shelf]:
    """Those that have not ended, in the order of their numbers."""
    query = select(shelves).where(shelves.c.ended_at.is_(None)).order_by(shelves.c.number)
    with database.reading() as connection:
        return [*understood(database, "shelves", "number", connection.execute(query).mappings(), shelf_of)]


def find_shelves(
    database: Database,
    page: Page,
    *,
    ended: bool = False,
    kind: SuppressionKind | None = None,
    rule: str | None = None,
    subject: Subject | None = None,
) -> list[Shelf]:
    """Shelves, newest first: those that have not ended, or with `ended` all."""
    columns = shelves.c
    query = select(shelves) if ended else select(shelves).where(columns.ended_at.is_(None))
    about = None if subject is None else str(subject)
    query = matching(query, {columns.kind: kind, columns.rule: rule, columns.subject: about})
    return page_of(database, query, columns.number, page, shelf_of, table="shelves", key="number")


def find_shelf(database: Database, number: int) -> Shelf | None:
    """The shelf of this number; None when there is none, or its row is damaged."""
    with database.reading() as connection:
        rows = connection.execute(select(shelves).where(shelves.c.number == number)).mappings()
        return next(understood(database, "shelves", "number", rows, shelf_of), None)


TABLES: Tables[Sequence[Shelf], list[Shelf]] = Tables(write=write, load=load)
