"""Queries for tickets."""

from __future__ import annotations

from sqlalchemy import select

from gateway.core.work.tickets import Ticket, TicketState
from gateway.store.database import Database
from gateway.store.paging import Page, matching, paged
from gateway.store.work.tables import ticket_of, tickets


def find_tickets(
    database: Database,
    page: Page,
    *,
    state: TicketState | None = None,
    priority: str | None = None,
    team: str | None = None,
) -> list[Ticket]:
    """Tickets, newest first."""
    columns = tickets.c
    query = matching(select(tickets), {columns.state: state, columns.priority: priority, columns.team: team})
    with database.reading() as connection:
        return [ticket_of(row) for row in connection.execute(paged(query, columns.number, page)).mappings()]


def find_ticket(database: Database, number: int) -> Ticket | None:
    """The ticket of this number; None when there is none."""
    with database.reading() as connection:
        row = connection.execute(select(tickets).where(tickets.c.number == number)).mappings().first()
        return ticket_of(row) if row else None
