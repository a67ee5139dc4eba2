"""The terms of a ticket: its clocks, and until when it may be reopened or waits for somebody to confirm it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
from pydantic import Field, field_validator

from gateway.core.kernel.doubt import ClockCorrected
from gateway.core.kernel.events import AuditRecord
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.times import DAY, Interval, Micros, written_duration
from gateway.core.kernel.urgency import Priority
from gateway.core.site.site import Site
from gateway.core.site.working_time import Hours, hours_of
from gateway.core.work import clocks
from gateway.core.work.clocks import Clock, ClockKind
from gateway.core.work.events import ClockTold
from gateway.core.work.holds import HoldReason
from gateway.core.work.levels import Level, ServiceLevels, Work
from gateway.core.work.lifecycle import ENDED, TicketState, TicketStep
from gateway.core.work.ticket_clocks import Clocks, TrailStep, pauses_data, stepped, targets_data
from gateway.core.work.tickets import Ticket

LONGEST_REOPEN: Micros = 7 * DAY
"""So long at most after it has ended a ticket is held, so that an alarm may reopen it."""
LONGEST_WAIT: Micros = 90 * DAY

_TIMES = ("opened_at", "raised_at", "on_site_at", "resolved_at", "ended_at")
_WAITS = frozenset({TicketState.RESOLVED, TicketState.CONFIRMED})

_HAPPENED: Mapping[TicketState, frozenset[ClockKind]] = {
    TicketState.ACCEPTED: frozenset({ClockKind.RESPOND}),
    TicketState.ON_SITE: frozenset({ClockKind.RESPOND, ClockKind.ON_SITE}),
    TicketState.RESOLVED: frozenset(ClockKind),
    TicketState.CONFIRMED: frozenset(ClockKind),
}
"""What is no more to come: a priority that times it finds nothing to time."""


class Due(NamedTuple):
    """The moment of a clock that has come."""

    clock: Clock
    is_breached: bool
    at: Micros
    """The exact moment."""
    is_over: bool = False
    """Of a warning: whether the target has run out as well."""

    @property
    def step(self) -> str:
        """How the audit trail calls it."""
        return "clock breached" if self.is_breached else "clock warned"

    def told(self, ticket: Ticket, audit: AuditRecord, now: Micros) -> ClockTold:
        """What is told of it, with the ticket after it."""
        return ClockTold(
            audit=audit,
            ticket=ticket,
            clock=self.clock.kind,
            is_breached=self.is_breached,
            is_over=self.is_over,
            due=self.at,
            time=now,
        )


class TicketsSpec(Spec):
    """For how long tickets wait for an alarm or a person."""

    reopen_within: Interval = Field(default=DAY, examples=["24h"])
    """An alarm of the same fault within this time after the work was done reopens its ticket; later it opens another.
    At most 7d."""
    close_after: Interval = Field(default=7 * DAY, examples=["7d"])
    """A ticket whose work is done waits so long for somebody to confirm it, then it is closed. At most 90d."""

    @field_validator("reopen_within")
    @classmethod
    def _may_reopen(cls, value: Micros) -> Micros:
        if value > LONGEST_REOPEN:
            raise ValueError("after more than 7d a fault is another one: write 7d or less")
        return value

    @field_validator("close_after")
    @classmethod
    def _may_wait(cls, value: Micros) -> Micros:
        if value > LONGEST_WAIT:
            raise ValueError("nobody confirms work after more than 90d: write 90d or less")
        return value


def breaches_noted(before: Ticket, after: Ticket) -> list[Due]:
    """The breaches that a step has noted as it stopped a clock, or gave it another target.

    There are some only while the time is not known: else each breach is told before the step that finds it.
    """
    known = {clock.kind for clock in before.clocks if clock.breached_at is not None}
    found = ((clock, clock.breached_at) for clock in after.clocks if clock.kind not in known)
    return [Due(clock, True, at) for clock, at in found if at is not None]


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of the tickets of a site."""

    site: Site
    levels: ServiceLevels
    waits: TicketsSpec = field(default_factory=TicketsSpec)

    def level_of(self, ticket: Ticket, time: Micros) -> Level:
        """The service level of a ticket that is opened, reopened or changed then."""
        return self.levels.of(self._work(ticket), time)

    def may_time(self, kind: ClockKind, ticket: Ticket) -> bool:
        """Whether the service levels may give such a ticket this clock, at whatever time."""
        return self.levels.may_time(kind, self._work(ticket))

    def data(self, step: TicketStep, ticket: Ticket, time: Micros) -> dict[str, object]:
        """What a step says of clocks, for the audit trail."""
        if step in (TicketStep.OPEN, TicketStep.REOPEN):
            level = self.level_of(ticket, time)
            return targets_data(level.targets, level.calendar)
        if step is TicketStep.HOLD:
            return self._pauses(ticket, time)
        return {}

    def retargeted(self, ticket: Ticket, time: Micros) -> dict[str, object]:
        """What a change of its priority says of clocks, for the audit trail."""
        level = self.level_of(ticket, time)
        known = {clock.kind for clock in ticket.clocks}
        over = _HAPPENED.get(ticket.held_from or ticket.state, frozenset())
        targets = {kind: target for kind, target in level.targets.items() if kind in known or kind not in over}
        return targets_data(targets, level.calendar) | self._pauses(ticket, time)

    def _work(self, ticket: Ticket) -> Work:
        return Work(
            category=ticket.category,
            priority=Priority(ticket.priority),
            kind=ticket.kind,
            ring=self.site.distances.ring_of(ticket.location, ticket.team),
        )

    def _pauses(self, ticket: Ticket, time: Micros) -> dict[str, object]:
        if ticket.hold_reason is None:
            return {}
        return pauses_data(self.level_of(ticket, time).pauses[HoldReason(ticket.hold_reason)])

    def stepped(self, before: Clocks, step: TrailStep) -> Clocks:
        """The clocks after a step."""
        return stepped(before, step, self.hours_of)

    def hours_of(self, calendar: str | None) -> Hours:
        """The hours of a calendar; every hour where the site's files have it no more."""
        known = self.site.calendars
        return hours_of(calendar if calendar in known else None, known)

    def due(self, ticket: Ticket, now: Micros) -> list[Due]:
        """What has come of its clocks by now: breaches and what led to them in order, then warnings."""
        found: list[Due] = []
        for clock in ticket.clocks:
            told = clocks.told(clock, now, self.hours_of(clock.calendar), ticket.warn_share)
            if told.warned_at is not None and clock.warned_at is None:
                found.append(Due(clock, False, told.warned_at, is_over=told.breached_at is not None))
            if told.breached_at is not None and clock.breached_at is None:
                found.append(Due(clock, True, told.breached_at))
        # A warning that is not over comes last: whoever hears of a breach meanwhile is not told it as well.
        return sorted(found, key=lambda due: (not (due.is_breached or due.is_over), due.at))

    def next_due(self, ticket: Ticket) -> Micros | None:
        """When a clock of it is due next, or when it is closed or forgotten by itself."""
        if ticket.state in ENDED:
            return None if ticket.ended_at is None else ticket.ended_at + self.waits.reopen_within
        if ticket.state in _WAITS:
            return None if ticket.resolved_at is None else ticket.resolved_at + self.waits.close_after
        share = ticket.warn_share
        dues = (clocks.next_due(clock, self.hours_of(clock.calendar), share) for clock in ticket.clocks)
        return min((due for due in dues if due is not None), default=None)

    def next_clock(self, ticket: Ticket) -> tuple[ClockKind, Micros] | None:
        """The clock that runs out next, or the first that has and was not met, and when; None where none runs."""
        if not ticket.is_at_work:
            return None
        found = [
            (due, clock.kind)
            for clock in ticket.clocks
            if clock.met_at is None and (due := clocks.due_at(clock, self.hours_of(clock.calendar))) is not None
        ]
        if not found:
            return None
        due, kind = min(found)
        return kind, due

    def corrected(self, ticket: Ticket, correction: ClockCorrected, right: Clocks) -> Ticket:
        """The ticket with its times as they should have been, and with the clocks that follow from them."""
        times = {name: time for name in _TIMES if (time := getattr(ticket, name)) is not None}
        moved = {name: correction.corrected(time) for name, time in times.items()}
        return msgspec.structs.replace(ticket, clocks=right, **moved)

    @property
    def why_closed(self) -> str:
        """What is recorded where nobody has confirmed it."""
        return f"nobody has said for {written_duration(self.waits.close_after)} that it is not done"

    def is_over(self, ticket: Ticket, now: Micros) -> bool:
        """Whether it has waited so long for somebody to confirm it that it is closed, or has ended so long ago that
        nothing reopens it by itself."""
        due = self.next_due(ticket)
        return not ticket.is_at_work and due is not None and due <= now
