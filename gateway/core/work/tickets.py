"""Tickets: one piece of maintenance work each."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros


class TicketState(StrEnum):
    """How far the work is."""

    OPEN = "open"


class TicketSource(StrEnum):
    """What has made the work."""

    ALARM = "alarm"
    PLAN = "plan"
    ROUND = "round"
    PERSON = "person"


class Ticket(msgspec.Struct, frozen=True):
    """One piece of work: a row of the store."""

    number: int
    """Never used twice."""
    source: TicketSource
    alarm: int | None
    """Number of the alarm that opened it, where that is its source."""
    subject: Subject
    state: TicketState
    category: str
    priority: str
    team: str
    title: str
    guidance: str | None
    opened_at: Micros
    respond_by: Micros
    on_site_by: Micros
    resolve_by: Micros
