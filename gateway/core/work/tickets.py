"""Tickets: the maintenance work that alarms make."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.rules.rule import TicketTemplate
from gateway.core.work.sla import Deadlines


class TicketState(StrEnum):
    """How far the work is."""

    OPEN = "open"


class Ticket(msgspec.Struct, frozen=True):
    """One piece of work, opened for one occurrence of an alarm: a row of the store."""

    number: int
    alarm: int
    device: str
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


def open_ticket(
    template: TicketTemplate,
    deadlines: Deadlines,
    *,
    number: int,
    alarm: int,
    device: str,
    title: str,
    guidance: str | None,
    now: Micros,
) -> Ticket:
    """The ticket of an alarm raised `now`, due as `deadlines` say."""
    respond_by, on_site_by, resolve_by = deadlines.from_opening(now)
    return Ticket(
        number=number,
        alarm=alarm,
        device=device,
        state=TicketState.OPEN,
        category=template.category,
        priority=template.priority.value,
        team=template.team,
        title=title,
        guidance=guidance,
        opened_at=now,
        respond_by=respond_by,
        on_site_by=on_site_by,
        resolve_by=resolve_by,
    )
