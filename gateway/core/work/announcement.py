"""What tells other systems of a ticket's step, over MQTT or by a webhook."""

from __future__ import annotations

import msgspec

from gateway.core.kernel.times import Micros, isoformat
from gateway.core.site.site import Site
from gateway.core.work.events import ClockTold, TicketMoved, TicketNoted
from gateway.core.work.tickets import Ticket

Told = TicketMoved | TicketNoted | ClockTold


def announce(site: Site, told: Told) -> tuple[str, bytes]:
    """Topic and payload of the MQTT event."""
    return f"gateway/{site.header.id}/tickets/{told.ticket.number}", msgspec.json.encode(content_of(site, told))


def key_of(site: Site, ticket: Ticket) -> str:
    """The key of the event that tells the latest step of a ticket: the same however often that is delivered."""
    return f"{site.header.id}/ticket/{ticket.number}/{ticket.event}"


def content_of(site: Site, told: Told) -> dict[str, str | int | None]:
    """The step, and the ticket after it. What people write in comments is not in it: not everybody who may read MQTT
    may read that."""
    ticket = told.ticket
    return {
        "site": site.header.id,
        "ticket": ticket.number,
        "step": _step(told),
        "clock": told.clock.value if isinstance(told, ClockTold) else None,
        "time": isoformat(told.due if isinstance(told, ClockTold) else told.time),
        "by": None if isinstance(told, ClockTold) else told.by,
        "state": ticket.state.value,
        "source": ticket.source.value,
        "alarm": ticket.alarm,
        "device": ticket.subject.device,
        "subject": str(ticket.subject),
        "location": ticket.location,
        "category": ticket.category,
        "priority": ticket.priority,
        "team": ticket.team,
        "assignee": ticket.assignee,
        "title": ticket.title,
        "opened_at": isoformat(ticket.opened_at),
        "resolved_at": _iso(ticket.resolved_at),
        "next_clock": ticket.next_clock,
        "next_due": _iso(ticket.next_due),
        "reopened_count": ticket.reopened_count,
        "merged_into": ticket.merged_into,
        "key": key_of(site, ticket),
    }


def _step(told: Told) -> str:
    match told:
        case TicketMoved():
            return told.step.value
        case TicketNoted():
            return told.entry
        case ClockTold():
            return "clock breached" if told.is_breached else "clock warned"


def _iso(time: Micros | None) -> str | None:
    return None if time is None else isoformat(time)
