"""Events of work."""

from __future__ import annotations

from gateway.core.kernel.events import Event
from gateway.core.work.tickets import Ticket


class TicketOpened(Event, frozen=True, kw_only=True):
    """A ticket was opened."""

    ticket: Ticket


class TicketRaisedAgain(Event, frozen=True, kw_only=True):
    """The alarm of a ticket had returned and is raised again."""

    ticket: Ticket
    """With its new deadlines."""
