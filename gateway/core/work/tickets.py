"""Tickets: a ticket is one piece of maintenance work."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros


class TicketState(StrEnum):
    """The states of a ticket."""

    OPEN = "open"


class TicketSource(StrEnum):
    """What a ticket was opened for."""

    ALARM = "alarm"
    PLAN = "plan"
    ROUND = "round"
    PERSON = "person"


class Ticket(msgspec.Struct, frozen=True, gc=False):
    """A ticket: a row of the store."""

    number: int
    """Unique in the life of the store."""
    source: TicketSource
    alarm: int | None
    """The number of the alarm, if that is the source."""
    subject: Subject
    state: TicketState
    category: str
    priority: str
    team: str
    title: str
    guidance: str | None
    opened_at: Micros
    raised_at: Micros | None
    """When its alarm was last raised; None where no alarm is the source."""
    raised_count: int
    """How often its alarm had been raised when people were last told of a raise; 0 where no alarm is the source."""
    respond_by: Micros
    on_site_by: Micros
    resolve_by: Micros
    """The deadlines count from the opening, or from the latest raise of the alarm."""
    location: str | None = None
    """Where the work is, by id: of a group, where all members are that count. None where that is not known, or an
    earlier version has opened it."""
