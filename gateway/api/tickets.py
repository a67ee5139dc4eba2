"""Tickets: the maintenance work that alarms open."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.answers import encoded
from gateway.api.events import EventAnswer
from gateway.api.paging import NextBefore, PageParameters, cut
from gateway.api.problems import check_known, documented, not_found
from gateway.api.services import Gateway
from gateway.api.times import Moment
from gateway.core.kernel.urgency import Priority
from gateway.core.site.site import Site
from gateway.core.work.lifecycle import TicketState
from gateway.core.work.tickets import Ticket, TicketSource
from gateway.store.audit.queries import ticket_steps
from gateway.store.work.queries import find_ticket, find_tickets

router = APIRouter(prefix="/tickets", tags=["tickets"])


class TicketParameters(PageParameters):
    """Which tickets to list."""

    state: TicketState | None = None
    priority: Priority | None = None
    team: str | None = Field(None, description="The team that the rule names.")


class TicketAnswer(BaseModel):
    """One piece of work."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "number": 7,
                "source": "alarm",
                "alarm": 12,
                "device": "pump-b1-1",
                "device_name": "Booster pump 1",
                "subject": "device:pump-b1-1",
                "subject_name": "Booster pump 1",
                "location": "b1.pump-room",
                "state": "open",
                "category": "pump",
                "priority": "P1",
                "team": "engineering",
                "title": "Pump running dry",
                "guidance": "Stop the pump; check the inlet valve and tank level.",
                "opened_at": "2026-01-31T08:00:05.000Z",
                "raised_at": "2026-01-31T08:00:05.000Z",
                "raised_count": 1,
                "respond_by": "2026-01-31T08:05:05.000Z",
                "on_site_by": "2026-01-31T08:30:05.000Z",
                "resolve_by": "2026-02-01T08:00:05.000Z",
            }
        }
    )

    number: int = Field(description="Never used twice.")
    source: TicketSource = Field(description="What opened it.")
    alarm: int | None = Field(description="Number of the alarm that opened it, where that is its source.")
    device: str | None = Field(description="What it is about, where that is a device; else null.")
    device_name: str | None = Field(
        description="In the site's language; its id where it has no name; null where the files have no such device."
    )
    subject: str = Field(description="What it is about, as kind:id.")
    subject_name: str = Field(
        description="In the site's language: of a device or location, also of a group by these; else as `subject`."
    )
    location: str | None = Field(
        description="Where that is, by id: of a group, where all members are that counted; null where they are not at "
        "one location."
    )
    state: TicketState
    category: str
    priority: Priority = Field(description="P1 is an emergency, P2 a fault, P3 and P4 wait for their turn.")
    team: str
    title: str = Field(description="In the site's language, as is the guidance.")
    guidance: str | None
    opened_at: Moment
    raised_at: Moment | None = Field(description="When its alarm was last raised; null for any other source.")
    raised_count: int = Field(
        description="How often its alarm had been raised when people were last told of a raise: an alarm that chatters "
        "counts on alone. 0 for any other source."
    )
    respond_by: Moment = Field(
        description="Counts from opened_at, or from raised_at where that is later, as do on_site_by and resolve_by."
    )
    on_site_by: Moment
    resolve_by: Moment

    @classmethod
    def of(cls, ticket: Ticket, site: Site) -> Self:
        """The answer for this ticket."""
        fields = {name: getattr(ticket, name) for name in ticket.__struct_fields__}
        device = ticket.subject.device
        fields |= {"device": device, "device_name": site.name_of(device), "subject": str(ticket.subject)}
        fields |= {"subject_name": site.words_of(ticket.subject)}
        return cls(**fields | {"location": ticket.location or site.location_of(ticket.subject)})


class TicketDetails(TicketAnswer):
    """One ticket with what became of it."""

    steps: list[EventAnswer] = Field(
        description="In order. `step` in `data` is open, raised again, clock set, or alarm removed (see its `note`)."
    )


class TicketsAnswer(BaseModel):
    """A page of tickets, newest first."""

    tickets: list[TicketAnswer]
    next_before: NextBefore


@router.get("", response_model=TicketsAnswer, responses=documented())
def list_tickets(gateway: Gateway, query: Annotated[TicketParameters, Query()]) -> Response:
    """Tickets, newest first."""
    found = find_tickets(gateway.database, query.page(), state=query.state, priority=query.priority, team=query.team)
    if not found:
        templates = (rule.spec.ticket for rule in gateway.configuration.every_rule)
        check_known("team", query.team, (template.team for template in templates if template))
    shown, next_before = cut(found, query, lambda ticket: ticket.number)
    return encoded(
        TicketsAnswer(tickets=[TicketAnswer.of(ticket, gateway.site) for ticket in shown], next_before=next_before)
    )


@router.get("/{number}", responses=documented(404))
def get_ticket(
    gateway: Gateway, number: Annotated[int, Path(ge=1, le=2**63 - 1, description="Number of the ticket.")]
) -> TicketDetails:
    """One ticket with its steps."""
    ticket = find_ticket(gateway.database, number)
    if ticket is None:
        raise not_found(f"there is no ticket {number}")
    steps = [EventAnswer.of(event) for event in ticket_steps(gateway.database, number)]
    return TicketDetails(**dict(TicketAnswer.of(ticket, gateway.site)), steps=steps)
