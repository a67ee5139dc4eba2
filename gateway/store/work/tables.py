"""All tickets."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Connection, RowMapping, Table, Text, insert

from gateway.core.kernel.subjects import Subject
from gateway.core.work.tickets import Ticket, TicketSource, TicketState
from gateway.store.dialect import Number
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
    Column("respond_by", BigInteger, nullable=False),
    Column("on_site_by", BigInteger, nullable=False),
    Column("resolve_by", BigInteger, nullable=False),
)

_insert = insert(tickets)


def write(connection: Connection, opened: Sequence[Sequence[Ticket]]) -> None:
    """Write new tickets."""
    connection.execute(
        _insert,
        [msgspec.structs.asdict(ticket) | {"subject": str(ticket.subject)} for each in opened for ticket in each],
    )


def ticket_of(row: RowMapping) -> Ticket:
    """The ticket in a row."""
    return Ticket(
        **{
            **row,
            "source": TicketSource(row["source"]),
            "subject": Subject.parse(row["subject"]),
            "state": TicketState(row["state"]),
        }
    )


TABLES: Tables[Sequence[Ticket], None] = Tables(write=write)
