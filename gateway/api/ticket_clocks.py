"""The SLA clocks of a ticket as the API shows them."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

import msgspec
from pydantic import BaseModel, Field

from gateway.api.services import Services
from gateway.api.times import Moment
from gateway.core.kernel.times import SECOND, Micros
from gateway.core.site.site import Site
from gateway.core.site.working_time import Hours, hours_of
from gateway.core.work import clocks
from gateway.core.work.clocks import Clock, ClockKind
from gateway.core.work.lifecycle import TicketState
from gateway.core.work.tickets import Ticket


class ClockState(StrEnum):
    """How a clock stands."""

    RUNNING = "running"
    PAUSED = "paused"
    """The work is on hold, for a reason that stops this clock."""
    MET = "met"
    """What it waits for has happened: in time, unless `breached_at` says otherwise."""
    BREACHED = "breached"
    """Its target has run out, and what it waits for has not happened."""
    STOPPED = "stopped"
    """The ticket has ended without it."""


class ClockAnswer(BaseModel):
    """One clock of a ticket."""

    clock: ClockKind
    state: ClockState
    target_s: float = Field(description="So many seconds count.")
    left_s: float = Field(
        description="What is left of them, also when it was met or stopped; below zero once it has run out. Only time "
        "counts that its calendar counts."
    )
    calendar: str | None = Field(description="The calendar whose hours count; null where every hour does.")
    began_at: Moment
    due_at: Moment | None = Field(description="When it runs out, or did or would have; null where it stands still.")
    met_at: Moment | None
    warned_at: Moment | None = Field(
        description="When people were warned, at 80 % of its target unless the site says otherwise."
    )
    breached_at: Moment | None = Field(description="When it ran out; null until then.")

    @classmethod
    def of(cls, clock: Clock, ticket: Ticket, gateway: Services) -> Self:
        """The answer for this clock of a ticket."""
        hours, now = _hours(clock, gateway.site), gateway.now()
        if gateway.knows_time():
            clock = clocks.told(clock, now, hours, ticket.warn_share)
        return cls(
            clock=clock.kind,
            state=_state(clock, ticket.state),
            target_s=round(clock.target / SECOND, 3),
            left_s=round((clock.target - clocks.counted_at(clock, now, hours)) / SECOND, 3),
            calendar=clock.calendar,
            began_at=clock.began_at,
            due_at=_due(clock, hours),
            met_at=clock.met_at,
            warned_at=clock.warned_at,
            breached_at=clock.breached_at,
        )


def _hours(clock: Clock, site: Site) -> Hours:
    """Every hour, where the site's files do not have its calendar any more."""
    return hours_of(clock.calendar if clock.calendar in site.calendars else None, site.calendars)


def _state(clock: Clock, state: TicketState) -> ClockState:
    if clock.met_at is not None:
        return ClockState.MET
    if state in (TicketState.CLOSED, TicketState.CANCELLED, TicketState.MERGED):
        return ClockState.STOPPED
    if clock.breached_at is not None:
        return ClockState.BREACHED
    return ClockState.RUNNING if clock.runs else ClockState.PAUSED


def _due(clock: Clock, hours: Hours) -> Micros | None:
    """Of one that was met, when it would have run out."""
    if clock.met_at is None:
        return clocks.due_at(clock, hours)
    return clocks.due_at(msgspec.structs.replace(clock, since=clock.met_at), hours)
