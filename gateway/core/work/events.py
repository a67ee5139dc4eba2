"""What work tells the parts above."""

from __future__ import annotations

from gateway.core.kernel.events import Event
from gateway.core.work.tickets import Ticket


class TicketOpened(Event, frozen=True, kw_only=True):
    """There is a new piece of work."""

    ticket: Ticket
