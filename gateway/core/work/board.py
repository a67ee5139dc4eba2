"""The tickets that may go on, and what is recorded, told and stored of each of their steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from gateway.core.kernel.doubt import ClockCorrected
from gateway.core.kernel.events import AuditRecord
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import Priority
from gateway.core.work.announcement import announce
from gateway.core.work.events import ClockTold, TicketCorrected, TicketMoved, TicketNoted
from gateway.core.work.held_tickets import HeldTickets
from gateway.core.work.lifecycle import ENDED, TicketState, TicketStep, next_state
from gateway.core.work.steps_in_doubt import StepsInDoubt
from gateway.core.work.terms import Due, Terms, breaches_noted
from gateway.core.work.ticket_clocks import Clocks, TrailStep
from gateway.core.work.tickets import Ticket

_HELD = {"held_from": None, "hold_reason": None}


class Board:
    """Tickets by number: those with work to do, and those that were done so lately that they may be reopened."""

    def __init__(self, terms: Terms, seam: Seam, *, stands: Callable[[int], bool]) -> None:
        """`stands` says whether the condition of an alarm holds that hangs on the ticket of this number."""
        self._terms = terms
        self._stands = stands
        self._seam = seam
        self._held = HeldTickets()
        self._told: list[TicketMoved | TicketNoted | ClockTold] = []
        """What is to be published of this step of the engine."""
        self._changed: dict[int, Ticket] = {}
        self._in_doubt = StepsInDoubt(terms)

    def find(self, number: int | None) -> Ticket | None:
        """The ticket of this number; None where it is not known here any more."""
        return self._held.find(number or 0)

    def about(self, what: str) -> list[Ticket]:
        """The tickets about a subject, by its text, or of a fault, in the order of their numbers."""
        return self._held.about(what)

    def restore(self, ticket: Ticket) -> None:
        """Go on with the ticket of an earlier run."""
        self._held.put(ticket)
        self._schedule(ticket)

    def open(
        self, ticket: Ticket, time: Micros, *, by: str | None, cause: int | None, data: Mapping[str, object]
    ) -> Ticket:
        """Open a ticket: its clocks begin."""
        return self._made(ticket, None, TicketStep.OPEN, time, by=by, note=None, cause=cause, data=data)

    def move(
        self,
        before: Ticket,
        step: TicketStep,
        time: Micros,
        *,
        by: str | None = None,
        note: str | None = None,
        cause: int | None = None,
        data: Mapping[str, object] = {},
        **changes: object,
    ) -> Ticket:
        """Make a step.

        Args:
            cause: the audit record that led to it; the ticket's latest unless given.
            data: what else is recorded of it.
            changes: what else is different after it, by the names of the fields.

        Raises:
            IllegalTransition: the table has no such step.
        """
        is_given = changes.get("assignee", before.assignee) is not None
        state = next_state(before.state, step, held_from=before.held_from, is_given=is_given)
        before = self._tell_due(before, time, until=time - 1)  # in its last moment it is met
        if step is TicketStep.HOLD:
            changes["held_from"] = before.state
        elif before.state is TicketState.ON_HOLD:
            changes |= _HELD
        if step is TicketStep.RESOLVE:
            changes["resolved_at"] = time
        if state in ENDED:
            changes["ended_at"] = time
        if step is TicketStep.REOPEN:
            changes |= {"resolved_at": None, "ended_at": None, "reopened_count": before.reopened_count + 1}
        ticket = msgspec.structs.replace(before, state=state, **changes)
        made = self._made(ticket, before, step, time, by=by, note=note, cause=cause or before.event, data=data)
        made = self._tell(made, breaches_noted(before, made), time)
        return self._tell_due(made, time)  # a clock that goes on may be over at once

    def enter(
        self,
        before: Ticket,
        entry: str,
        time: Micros,
        *,
        by: str | None = None,
        cause: int | None = None,
        data: Mapping[str, object] = {},
        **changes: object,
    ) -> Ticket:
        """Enter something without a step. `data` is what is recorded; the rest is as of `move`."""
        before = self._tell_due(before, time, until=time - 1)  # in its last moment it is met
        ticket = msgspec.structs.replace(before, **changes)
        audit = self._record(ticket, entry, time, data, cause=cause or before.event, by=by)
        clocks = self._stepped(before, TrailStep(entry, time, data))
        ticket = self.keep(msgspec.structs.replace(ticket, event=audit.number, clocks=clocks))
        noted = TicketNoted(audit=audit, entry=entry, ticket=ticket, time=time, by=by, data=data)
        self._told.append(noted)
        self._seam.emit(noted)
        return self._tell(ticket, breaches_noted(before, ticket), time)

    def change_priority(
        self,
        before: Ticket,
        priority: Priority,
        time: Micros,
        *,
        by: str | None = None,
        note: str | None = None,
        cause: int | None = None,
    ) -> Ticket:
        """It is more or less urgent: its clocks have other targets, and what has counted stays."""
        ticket = msgspec.structs.replace(before, priority=priority.value)
        data = {"from": before.priority, **self._terms.retargeted(ticket, time)}
        data |= {} if note is None else {"note": note}
        changes = {"priority": priority.value, "warn_share": self._terms.level_of(ticket, time).warn_share}
        ticket = self.enter(before, "retarget", time, by=by, cause=cause, data=data, **changes)
        return self._tell_due(ticket, time)  # what has counted may be all of the new target

    def keep(self, ticket: Ticket) -> Ticket:
        """Keep the ticket as it stands now."""
        kind, due = self._terms.next_clock(ticket) or (None, None)
        ticket = msgspec.structs.replace(ticket, next_clock=kind and kind.value, next_due=due)
        self._held.put(ticket)
        self._changed[ticket.number] = ticket
        self._in_doubt.note(ticket)
        self._schedule(ticket)
        return ticket

    def tick(self, number: int, now: Micros) -> None:
        """A time of a ticket has come: tell of its clocks, close it, or forget it."""
        ticket = self._held.find(number)
        if ticket is None:
            return
        ticket = self._tell_due(self._tell(ticket, self._in_doubt.pop_late(ticket), now), now)
        if not self._terms.is_over(ticket, now):
            self._schedule(ticket)
        elif not self._stands(number) and ticket.state in ENDED:  # else it waits until that has returned
            self._held.forget(ticket)
        elif not self._stands(number):
            self.move(ticket, TicketStep.CLOSE, now, note=self._terms.why_closed)

    def set_trust(self, *, trusts: bool) -> None:
        """The time is known, or is not: until it is, no clock is told and no ticket is closed by time."""
        self._in_doubt.set_trust(trusts=trusts)
        for ticket in self._held:
            self._schedule(ticket)

    def correct(self, correction: ClockCorrected) -> None:
        """The time is known, or better than before: what a wrong clock has told and counted is corrected."""
        for number in self._in_doubt.tickets() if correction.by else ():
            if (before := self._held.find(number)) is not None:
                ticket = self.keep(self._in_doubt.corrected(before, correction))
                audit = self._record(ticket, "clock set", ticket.opened_at, {}, cause=ticket.event)
                self._seam.emit(TicketCorrected(audit=audit, ticket=ticket))
        if correction.is_certain:
            self.set_trust(trusts=True)

    def finish(self) -> list[Ticket] | None:
        """The tickets that have changed in this step. Publishes the MQTT event of each step and entry."""
        for told in self._told:
            self._seam.publish(*announce(self._terms.site, told))
        self._told = []
        if not self._changed:
            return None
        changed, self._changed = [*self._changed.values()], {}
        return changed

    def _made(
        self,
        ticket: Ticket,
        before: Ticket | None,
        step: TicketStep,
        time: Micros,
        *,
        by: str | None,
        note: str | None,
        cause: int | None,
        data: Mapping[str, object],
    ) -> Ticket:
        facts: dict[str, object] = {"state": ticket.state.value, **self._terms.data(step, ticket, time), **data}
        if note is not None:
            facts["note"] = note
        audit = self._record(ticket, step.value, time, facts, cause=cause, by=by)
        clocks = self._stepped(ticket, TrailStep(step.value, time, facts))
        if step in (TicketStep.OPEN, TicketStep.REOPEN):
            ticket = msgspec.structs.replace(ticket, warn_share=self._terms.level_of(ticket, time).warn_share)
        ticket = self.keep(msgspec.structs.replace(ticket, event=audit.number, clocks=clocks))
        moved = TicketMoved(audit=audit, step=step, ticket=ticket, before=before, time=time, by=by, note=note)
        self._told.append(moved)
        self._seam.emit(moved)
        return ticket

    def _tell_due(self, ticket: Ticket, now: Micros, *, until: Micros | None = None) -> Ticket:
        """Tell of each clock that has run for most or all of its time by now, or `until`, by its exact moment."""
        dues = self._terms.due(ticket, now if until is None else until) if self._in_doubt.trusts_time else ()
        return self._tell(ticket, dues, now)

    def _tell(self, ticket: Ticket, dues: Iterable[Due], now: Micros) -> Ticket:
        for due in dues:
            audit = self._record(ticket, due.step, due.at, {"clock": due.clock.kind.value}, cause=ticket.event)
            clocks = self._terms.stepped(ticket.clocks, TrailStep(due.step, due.at, audit.data))
            ticket = self.keep(msgspec.structs.replace(ticket, clocks=clocks, event=audit.number))
            told = due.told(ticket, audit, now)
            self._told.append(told)
            self._seam.emit(told)
        return ticket

    def _record(
        self,
        ticket: Ticket,
        step: str,
        time: Micros,
        data: Mapping[str, object],
        *,
        cause: int | None,
        by: str | None = None,
    ) -> AuditRecord:
        facts = {"ticket": ticket.number, "step": step, "priority": ticket.priority, **data}
        return self._seam.record("ticket", str(ticket.number), time, facts, cause=cause, by=by)

    def _stepped(self, ticket: Ticket, step: TrailStep) -> Clocks:
        self._in_doubt.note(ticket, step)
        return self._terms.stepped(ticket.clocks, step)

    def _schedule(self, ticket: Ticket) -> None:
        due = 0 if self._in_doubt.has_late(ticket.number) else self._terms.next_due(ticket)
        if due is None or not self._in_doubt.trusts_time:
            self._seam.let_sleep(ticket.number)
        else:
            self._seam.wake(ticket.number, due)
