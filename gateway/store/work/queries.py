"""Queries for tickets."""

from __future__ import annotations

from sqlalchemy import select

from gateway.core.work.lifecycle import TicketState
from gateway.core.work.tickets import Ticket
from gateway.store.database import Database
from gateway.store.paging import Page, matching
from gateway.store.rows import page_of, understood
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
    return page_of(database, query, columns.number, page, ticket_of, table="tickets", key="number")


def find_ticket(database: Database, number: int) -> Ticket | None:
    """The ticket of this number; None when there is none, or its row is damaged."""
    with database.reading() as connection:
        rows = connection.execute(select(tickets).where(tickets.c.number == number)).mappings()
        return next(understood(database, "tickets", "number", rows, ticket_of), None)
