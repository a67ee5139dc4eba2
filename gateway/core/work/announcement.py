"""The MQTT event that tells other systems of a ticket's step."""

from __future__ import annotations

import msgspec

from gateway.core.kernel.times import Micros, isoformat
from gateway.core.site.site import Site
from gateway.core.work.events import ClockTold, TicketMoved, TicketNoted


def announce(site: Site, told: TicketMoved | TicketNoted | ClockTold) -> tuple[str, bytes]:
    """Topic and payload. `key` is the same however often the event is delivered.

    What people write in comments is not in it: who may read it is decided elsewhere.
    """
    ticket = told.ticket
    content = {
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
        "key": f"{site.header.id}/ticket/{ticket.number}/{ticket.event}",
    }
    return f"gateway/{site.header.id}/tickets/{ticket.number}", msgspec.json.encode(content)


def _step(told: TicketMoved | TicketNoted | ClockTold) -> str:
    match told:
        case TicketMoved():
            return told.step.value
        case TicketNoted():
            return told.entry
        case ClockTold():
            return "clock breached" if told.is_breached else "clock warned"


def _iso(time: Micros | None) -> str | None:
    return None if time is None else isoformat(time)
