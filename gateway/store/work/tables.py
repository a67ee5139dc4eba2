"""All tickets."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Connection, RowMapping, Table, Text, select

from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.urgency import Priority
from gateway.core.work.tickets import Ticket
from gateway.store.alarms.tables import STANDING, alarms
from gateway.store.database import Database
from gateway.store.dialect import Number, insert_or_update
from gateway.store.rows import checked, understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

tickets = Table(
    "tickets",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
    Column("alarm", Number, unique=True),
    Column("subject", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("guidance", Text),
    Column("opened_at", BigInteger, nullable=False),
    Column("raised_at", BigInteger),
    Column("raised_count", Number, nullable=False),
    Column("respond_by", BigInteger, nullable=False),
    Column("on_site_by", BigInteger, nullable=False),
    Column("resolve_by", BigInteger, nullable=False),
    Column("location", Text),
)

_replace = insert_or_update(tickets)


def write(connection: Connection, changed: Sequence[Sequence[Ticket]]) -> None:
    """Write the present state of tickets."""
    connection.execute(
        _replace,
        [msgspec.structs.asdict(ticket) | {"subject": str(ticket.subject)} for each in changed for ticket in each],
    )


def ticket_of(row: RowMapping) -> Ticket:
    """The ticket in a row.

    Raises:
        ValueError, TypeError: the row is damaged.
    """
    subject, priority = Subject.parse(row["subject"]), Priority(row["priority"]).value
    return checked(Ticket, {**row, "subject": subject, "priority": priority})


def load(database: Database) -> list[Ticket]:
    """The tickets of standing alarms: another raise would change them."""
    query = select(tickets).join(alarms, tickets.c.alarm == alarms.c.number).where(alarms.c.state.in_(STANDING))
    with database.reading() as connection:
        rows = connection.execute(query.order_by(tickets.c.number)).mappings()
        return [*understood(database, "tickets", "number", rows, ticket_of)]


TABLES: Tables[Sequence[Ticket], list[Ticket]] = Tables(write=write, load=load)
