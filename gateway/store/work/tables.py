"""All tickets."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Float, Index, RowMapping, Table, Text, func, select, union

from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import LATEST
from gateway.core.kernel.urgency import Priority
from gateway.core.work.clocks import Clock
from gateway.core.work.lifecycle import OPEN
from gateway.core.work.terms import LONGEST_REOPEN
from gateway.core.work.tickets import Follower, Reporter, Ticket
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
    Column("alarm", Number),
    Column("faults", Text, nullable=False),
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
    Column("event", Number, nullable=False),
    Column("kind", Text, nullable=False),
    Column("clocks", Text, nullable=False),
    Column("warn_share", Float, nullable=False),
    Column("next_clock", Text),
    Column("next_due", BigInteger),
    Column("location", Text),
    Column("description", Text),
    Column("reporter", Text),
    Column("parent", Number),
    Column("assignee", Text),
    Column("why_assigned", Text),
    Column("held_from", Text),
    Column("hold_reason", Text),
    Column("maintenance", Number),
    Column("reopened_count", Number, nullable=False),
    Column("on_site_at", BigInteger),
    Column("resolved_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("cause_code", Text),
    Column("outcome", Text),
    Column("minutes", Number, nullable=False),
    Column("rating", Number),
    Column("merged_into", Number),
    Column("followers", Text),
    Index("tickets_by_state", "state", "number"),
    Index("tickets_by_subject", "subject"),
    Index("tickets_by_assignee", "assignee", "state"),
    Index("tickets_by_end", "ended_at"),
    Index("tickets_by_alarm", "alarm"),
)

_replace = insert_or_update(tickets)
_encode = msgspec.json.Encoder().encode
_faults = msgspec.json.Decoder(tuple[str, ...]).decode
_clocks = msgspec.json.Decoder(tuple[Clock, ...]).decode
_followers = msgspec.json.Decoder(tuple[Follower, ...]).decode
_reporter = msgspec.json.Decoder(Reporter | None).decode


def write(connection: Connection, changed: Sequence[Sequence[Ticket]]) -> None:
    """Write the present state of tickets."""
    connection.execute(_replace, [_row(ticket) for each in changed for ticket in each])


def _row(ticket: Ticket) -> dict[str, object]:
    return msgspec.structs.asdict(ticket) | {
        "subject": str(ticket.subject),
        "faults": _encode(ticket.faults).decode(),
        "clocks": _encode(ticket.clocks).decode(),
        "reporter": None if ticket.reporter is None else _encode(ticket.reporter).decode(),
        "followers": _encode(ticket.followers).decode() if ticket.followers else None,
    }


def ticket_of(row: RowMapping) -> Ticket:
    """The ticket in a row.

    Raises:
        ValueError, TypeError: the row is damaged.
    """
    read = {
        "subject": Subject.parse(row["subject"]),
        "priority": Priority(row["priority"]).value,
        "faults": _faults(row["faults"]),
        "clocks": _clocks(row["clocks"]),
        "reporter": None if row["reporter"] is None else _reporter(row["reporter"]),
        "followers": () if row["followers"] is None else _followers(row["followers"]),
    }
    return checked(Ticket, {**row, **read})


def load(database: Database) -> list[Ticket]:
    """The tickets that may go on: with something to do, ended of late, or with an alarm that stands."""
    columns = tickets.c
    with database.reading() as connection:
        ends = select(func.max(columns.ended_at)).where(columns.ended_at <= LATEST)  # what is damaged is no time
        latest = connection.scalar(ends) or 0
        may_go_on = union(  # each by an index of its own, however many have ended
            select(columns.number).where(columns.state.in_([state.value for state in OPEN])),
            select(columns.number).where(columns.ended_at >= latest - LONGEST_REOPEN),
            select(alarms.c.ticket).where(alarms.c.state.in_(STANDING), alarms.c.ticket.is_not(None)),
        )
        query = select(tickets).where(columns.number.in_(may_go_on)).order_by(columns.number)
        rows = connection.execute(query).mappings()
        return [*understood(database, "tickets", "number", rows, ticket_of)]


TABLES: Tables[Sequence[Ticket], list[Ticket]] = Tables(write=write, load=load)
