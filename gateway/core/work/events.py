"""Events of work."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.kernel.events import Event
from gateway.core.kernel.times import Micros
from gateway.core.work.clocks import ClockKind
from gateway.core.work.lifecycle import TicketStep
from gateway.core.work.tickets import Ticket


class TicketMoved(Event, frozen=True, kw_only=True):
    """A ticket was opened, or has made a step."""

    step: TicketStep
    ticket: Ticket
    """After the step."""
    before: Ticket | None
    """None of one that is opened."""
    time: Micros
    by: str | None
    """The person who acted; None for the gateway itself."""
    note: str | None = None


class TicketNoted(Event, frozen=True, kw_only=True):
    """Something was entered in a ticket without a step of it."""

    entry: str
    """What: `comment`, `photo`, `work`, `rating`, `retarget`, `merged`, `checklist`, `alarm joined`, `alarm raised`,
    `alarm returned`, `alarm removed` or `nobody to ask`."""
    ticket: Ticket
    time: Micros
    by: str | None
    data: Mapping[str, object]


class ClockTold(Event, frozen=True, kw_only=True):
    """A clock of a ticket has run for most of its time, or for all of it."""

    ticket: Ticket
    clock: ClockKind
    is_breached: bool
    is_over: bool
    """Of a warning: whether the target has run out as well, by the present."""
    due: Micros
    """The exact moment: it may be earlier than the present, where the gateway was away."""
    time: Micros
    """The present."""


class TicketCorrected(Event, frozen=True, kw_only=True):
    """The gateway's clock was set right: a ticket has other times, and its clocks have counted otherwise."""

    ticket: Ticket


class TicketsRestored(Event, frozen=True, kw_only=True):
    """The tickets of an earlier run that go on."""

    tickets: tuple[Ticket, ...]
    time: Micros


class AssigneeAway(Event, frozen=True, kw_only=True):
    """Somebody is away who has a ticket, and dispatch does not take it away: that is for people to decide."""

    ticket: Ticket
    person: str
    cause: int
    """The audit record of the absence, or of the step that gave it to somebody who was away."""
    time: Micros


class AssigneeUnreached(Event, frozen=True, kw_only=True):
    """A person has asked somebody who cannot be told of it, and dispatch does not ask the next."""

    ticket: Ticket
    person: str
    time: Micros


class AskUnanswered(Event, frozen=True, kw_only=True):
    """Somebody who is alone on duty has not accepted a ticket in time: it stays with that person, who is reminded."""

    ticket: Ticket
    """Before the reminder."""
    person: str
    time: Micros
