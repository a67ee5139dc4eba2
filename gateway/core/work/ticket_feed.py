"""The part that tells other systems, such as a CMMS, of each step of tickets: by a webhook or a topic of theirs.

Each event is a notice: kept with the step that it tells, sent in order, again after a failure, with the same key. It
carries the ticket as it is after the step, so that a later event heals an earlier one that was given up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from gateway.core.kernel.events import Event
from gateway.core.kernel.names import Identifier, Name
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.times import isoformat
from gateway.core.notices.notice import NoticeKind
from gateway.core.notices.requests import Tell, Urgency
from gateway.core.site.site import Site
from gateway.core.work.announcement import Told, content_of, key_of
from gateway.core.work.events import ClockTold, TicketMoved, TicketNoted
from gateway.core.work.telling import subject_of
from gateway.core.work.tickets import Ticket


class FeedSpec(Spec):
    """A system that follows tickets. Its conditions must all hold; one that is left out holds for every ticket."""

    to: Identifier = Field(examples=["cmms"])
    """The system: one of `people`, whose contacts are webhooks or topics."""
    team: Name | None = Field(default=None, examples=["engineering"])
    """Tickets of this team."""
    category: Name | None = Field(default=None, examples=["pump"])
    """Tickets of this category."""
    location: Identifier | None = Field(default=None, examples=["b1"])
    """Tickets about this location, or inside it."""

    def matches(self, ticket: Ticket, site: Site) -> bool:
        """Whether the system is told of this ticket."""
        return (
            self.team in (None, ticket.team)
            and self.category in (None, ticket.category)
            and (self.location is None or site.is_inside(ticket.location, self.location))
        )


class TicketFeed(Part):
    """Asks notices to tell them."""

    name: ClassVar[str] = "ticket_feed"

    def __init__(self, site: Site, feeds: Sequence[FeedSpec], seam: Seam) -> None:
        self._site, self._feeds, self._seam = site, feeds, seam

    def on(self, event: Event) -> None:
        """Follow tickets."""
        if not self._feeds or not isinstance(event, Told):
            return
        ticket = event.ticket
        if systems := tuple({each.to: None for each in self._feeds if each.matches(ticket, self._site)}):
            content = content_of(self._site, event) | _details(event)
            self._seam.ask(
                Tell(
                    about=subject_of(ticket),
                    kind=NoticeKind.TICKET_EVENT,
                    people=systems,
                    urgency=Urgency.PROMPT,
                    facts={name: _text(value) for name, value in content.items() if value is not None},
                    time=event.time,
                    cause=ticket.event,
                    key=key_of(self._site, ticket),
                )
            )


def _details(told: Told) -> dict[str, str | int | None]:
    """What a system that keeps the ticket has to know beyond the MQTT event: also what people have written."""
    ticket = told.ticket
    note, is_public = _said(told)
    reporter = ticket.reporter
    facts: dict[str, str | int | None] = {
        "event": ticket.event,
        "faults": ", ".join(ticket.faults),
        "description": ticket.description,
        "guidance": ticket.guidance,
        "reporter": None if reporter is None else reporter.name,
        "hold_reason": ticket.hold_reason,
        "outcome": ticket.outcome,
        "cause_code": ticket.cause_code,
        "minutes": ticket.minutes,
        "rating": ticket.rating,
        "note": note,
        "note_is_public": None if note is None else is_public,
    }
    for clock in ticket.clocks:
        facts[f"{clock.kind.value}_met_at"] = None if clock.met_at is None else isoformat(clock.met_at)
        facts[f"{clock.kind.value}_breached_at"] = None if clock.breached_at is None else isoformat(clock.breached_at)
    return facts


def _said(told: Told) -> tuple[str | None, bool]:
    """What somebody has written with the step or the entry, and whether the reporter may read it."""
    match told:
        case TicketMoved():
            return told.note, False
        case TicketNoted():
            note = told.data.get("note")
            return None if note is None else str(note), told.data.get("public") is True
        case ClockTold():
            return None, False


def _text(value: str | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
