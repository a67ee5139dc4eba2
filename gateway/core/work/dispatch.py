"""The part that gives tickets to people: to those on duty, and to the next where somebody does not accept in time.

It asks the desk, and never changes a ticket itself. Whom it asks is decided when its timer comes, never within the step
that moved the ticket: so a flood of tickets is given out in many short steps, and a restart in between loses nothing.
What people have decided it leaves alone: it takes a ticket away only from somebody whom it has asked and who has not
accepted, and from somebody whom the site's files do not name any more.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from gateway.core.duty.actions import DutyChanged
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import Priority
from gateway.core.site.site import Site
from gateway.core.work.actions import AskToDo
from gateway.core.work.ask_book import AskBook, asked_again, unassigned
from gateway.core.work.asks import Ask, DispatchChanges, DispatchRows, Phase
from gateway.core.work.choosing import candidates, why_asked, why_nobody
from gateway.core.work.clocks import ClockKind
from gateway.core.work.dispatch_spec import DispatchSpec
from gateway.core.work.events import AskUnanswered, AssigneeAway, ClockTold, TicketMoved, TicketNoted, TicketsRestored
from gateway.core.work.lifecycle import TicketState, TicketStep
from gateway.core.work.staff import Staff
from gateway.core.work.tickets import Ticket
from gateway.core.work.workload import Workload

_URGENT = frozenset({Priority.P1.value, Priority.P2.value})
"""Emergencies and faults: somebody must do them, whoever that is."""
_GIVING = frozenset({TicketStep.ASSIGN, TicketStep.HAND_OVER, TicketStep.DECLINE})


class Dispatch(Part):
    """Asks people to do tickets, one after another, until somebody accepts."""

    name: ClassVar[str] = "dispatch"

    def __init__(self, site: Site, spec: DispatchSpec | None, seam: Seam) -> None:
        """`spec` is None where tickets wait for a person."""
        self._site = site
        self._spec = spec
        self._seam = seam
        self._work = Workload()
        self._book = AskBook(seam)
        self._staff = Staff(site, seam)

    def restore(self, rows: DispatchRows, now: Micros) -> None:
        """Go on with those who were asked. The tickets come with an event of the desk."""
        self._book.restore(rows)

    def on(self, event: Event) -> None:
        """Follow tickets, people on duty, and the clock."""
        match event:
            case TicketMoved():
                self._follow(event)
            case TicketNoted():
                self._work.note(event.ticket)
                if event.entry == "retarget":
                    self._hasten(event.ticket, event.time)
            case ClockTold():
                self._work.note(event.ticket)
                if event.clock is ClockKind.RESPOND and not event.is_breached:
                    self._warned(event.ticket, event.time)
            case TicketsRestored():
                self._go_on(event.tickets)
            case DutyChanged():
                self._duty_changed(event)
            case ClockDoubted():
                self._book.trusts_time = False
            case ClockCorrected():
                self._book.correct(event)

    def tick(self, key: int, now: Micros) -> None:
        """It is time to ask somebody. While the time is not known, rosters are not: what can wait does, and for what
        cannot everybody of the team counts as on duty."""
        ticket, ask = self._work.find(key), self._book.find(key)
        if ticket is None or ask is None or ticket.state is TicketState.ON_HOLD:
            return
        can_wait = ticket.priority not in _URGENT
        if can_wait and not self._book.trusts_time and ticket.team in self._site.rosters:
            return
        is_due = ask.until is not None and ask.until <= now
        match ask.phase:
            case Phase.TO_ASK:
                self._ask_next(ticket, ask, now)
            case Phase.ASKED if ask.until is None and ask.person in self._staff.on_duty(ticket.team, now):
                self._book.keep(msgspec.structs.replace(ask, since=now, until=now + self._within(ticket)))
            case Phase.ASKED if ask.until is None or is_due:
                self._ask_next(ticket, ask, now)
            case Phase.NOBODY:
                self._ask_others(ticket, ask, now, is_changed=is_due)
            case _:
                self._book.schedule(ask)

    def clock_set(self, by: Micros) -> None:
        """Who is asked has as much time left as before. Rosters follow the clock: what it shows comes with the tick."""
        self._book.clock_set(by)

    def finish(self) -> DispatchChanges | None:
        """What has changed in this step."""
        return self._book.finish()

    def _go_on(self, tickets: tuple[Ticket, ...]) -> None:
        """Look at each ticket of an earlier run: nobody may have been asked yet, or somebody has left."""
        for each in tickets:
            self._work.note(each)
        for ask in self._book:
            ticket = self._work.find(ask.ticket)
            if ticket is None or not self._gives(ticket):
                self._book.forget(ask.ticket)
        for ticket in self._work:
            if self._gives(ticket):
                self._look_first(ticket)

    def _look_first(self, ticket: Ticket) -> None:
        ask = self._book.find(ticket.number)
        if ask is None:  # dispatch was off, or there was none
            is_new = ticket.state is TicketState.NEW
            person = self._staff.known(ticket.assignee)
            self._book.keep(Ask(ticket.number, Phase.TO_ASK if is_new else Phase.HELD, person))
        elif ask.phase is Phase.NOBODY:  # the site's files may name others by now
            self._book.look_soon(ask)
        elif self._has_left(ask, ticket):
            self._book.keep(msgspec.structs.replace(ask, phase=Phase.TO_ASK))
        else:
            self._book.schedule(ask)

    def _follow(self, event: TicketMoved) -> None:
        ticket = event.ticket
        self._work.note(ticket)
        if not ticket.is_at_work:
            self._book.forget(ticket.number)
            return
        if not self._gives(ticket) or (event.by is None and event.step in _GIVING):  # it has asked for these itself
            return
        ask = self._book.find(ticket.number) or Ask(ticket.number, Phase.TO_ASK)
        match ticket.state:
            case TicketState.NEW:
                self._book.keep(unassigned(ask, event))
            case TicketState.ASSIGNED if event.step is TicketStep.REOPEN:
                self._book.keep(asked_again(ticket.number, self._staff.known(ticket.assignee)))
            case TicketState.ASSIGNED if event.step is TicketStep.RESUME and ask.phase is Phase.ASKED:
                self._book.keep(msgspec.structs.replace(ask, until=None))
            case TicketState.ON_HOLD:
                self._book.keep(msgspec.structs.replace(ask, until=None) if ask.phase is Phase.ASKED else ask)
            case _ if self._has_left(ask, ticket):
                self._book.keep(msgspec.structs.replace(ask, phase=Phase.TO_ASK))
            case _:
                self._book.keep(Ask(ticket.number, Phase.HELD, self._staff.known(ticket.assignee), asked=ask.asked))

    def _hasten(self, ticket: Ticket, now: Micros) -> None:
        """It may be too urgent to wait: who is asked has no more time than somebody who is asked now."""
        ask = self._book.find(ticket.number)
        if ask is not None and ask.phase is Phase.ASKED and ask.until is not None:
            self._book.keep(msgspec.structs.replace(ask, until=min(ask.until, now + self._within(ticket))))
        elif ask is not None and ask.phase is not Phase.HELD:
            self._book.look_soon(ask)

    def _warned(self, ticket: Ticket, now: Micros) -> None:
        """The response is due soon: the next is asked, unless somebody was asked just now."""
        ask = self._book.find(ticket.number)
        is_asked = ask is not None and ask.phase is Phase.ASKED and ask.until is not None
        if ask is not None and is_asked and 2 * (now - ask.since) >= self._within(ticket):
            self._book.keep(msgspec.structs.replace(ask, until=0))

    def _duty_changed(self, event: DutyChanged) -> None:
        for ask in self._book:
            ticket = self._work.find(ask.ticket)
            if ticket is None:
                continue
            if ask.phase is Phase.NOBODY:
                duty = self._staff.on_duty(ticket.team, event.time)
                is_back = not event.is_absent and event.person in duty
                if is_back or any(person not in ask.asked for person in duty):
                    self._book.keep(msgspec.structs.replace(ask, until=0))
            elif not event.is_absent or ask.person != event.person:
                if ask.phase is Phase.ASKED and ask.is_reminded and ask.until is not None:
                    self._book.keep(msgspec.structs.replace(ask, until=0))
            elif ask.phase is Phase.HELD:
                cause = event.absence
                self._seam.emit(AssigneeAway(ticket=ticket, person=event.person, absence=cause, time=event.time))
            elif ask.phase is Phase.ASKED and ticket.state is TicketState.ASSIGNED:
                self._book.keep(msgspec.structs.replace(ask, until=0))

    def _ask_others(self, ticket: Ticket, ask: Ask, now: Micros, *, is_changed: bool) -> None:
        """Nobody was left: ask those who were not asked yet, or, once others are on duty, begin anew."""
        duty = self._staff.on_duty(ticket.team, now)
        if any(person not in ask.asked for person in duty):
            self._ask_next(ticket, ask, now)
        elif duty and is_changed:
            self._ask_next(ticket, msgspec.structs.replace(ask, asked=()), now)
        else:
            self._book.keep(msgspec.structs.replace(ask, until=self._staff.next_change(ticket.team, now)))

    def _ask_next(self, ticket: Ticket, ask: Ask, now: Micros) -> None:
        duty, number, within = self._staff.on_duty(ticket.team, now), ticket.number, self._within(ticket)
        left = [person for person in duty if person not in ask.asked]
        if not left and ask.is_reminded and (left := [person for person in duty if person != ask.asked[-1]]):
            ask = msgspec.structs.replace(ask, asked=ask.asked[-1:])  # they have come since: a new round
        is_asked = ask.phase is Phase.ASKED and ticket.state is TicketState.ASSIGNED
        if not left and is_asked and duty == (ask.person,):
            if ask.is_reminded:
                until = min(now + within, self._staff.next_change(ticket.team, now) or now + within)
                self._book.keep(msgspec.structs.replace(ask, since=now, until=until))
                return
            left = [*duty]
            self._seam.emit(AskUnanswered(ticket=ticket, person=left[0], time=now))
        if not left:
            self._give_up(ticket, ask, now, is_anybody_on_duty=bool(duty))
            return
        later = self._staff.on_duty(ticket.team, now + within)
        found = candidates(ticket, left, site=self._site, later=later, load=self._work.load, turns=self._book.turns)
        person = found[0].person
        leaves = self._staff.until(ticket.team, person, now)
        why = why_asked(ticket, found, site=self._site, until=leaves, now=now)
        self._book.take_turn(person)
        until = now + within if leaves is None else min(now + within, leaves)
        self._book.keep(Ask(number, Phase.ASKED, person, now, until, (*ask.asked, person)))
        self._seam.ask(AskToDo(ticket=number, to=person, why=why, instead_of=ticket.assignee, time=now))

    def _give_up(self, ticket: Ticket, ask: Ask, now: Micros, *, is_anybody_on_duty: bool) -> None:
        """Nobody is left to ask: nobody has the ticket, and that is entered once."""
        until = self._staff.next_change(ticket.team, now)
        self._book.keep(msgspec.structs.replace(ask, phase=Phase.NOBODY, until=until))
        why = why_nobody(ticket, site=self._site, is_anybody_on_duty=is_anybody_on_duty)
        nobody = AskToDo(ticket=ticket.number, to=None, why=why, instead_of=ticket.assignee, time=now)
        if ticket.state is TicketState.ASSIGNED:
            self._seam.ask(nobody)
        self._seam.ask(nobody)

    def _within(self, ticket: Ticket) -> Micros:
        return (self._spec or DispatchSpec()).within(ticket)

    def _gives(self, ticket: Ticket) -> bool:
        return self._spec is not None and bool(self._site.people) and self._spec.gives(ticket.team)

    def _has_left(self, ask: Ask, ticket: Ticket) -> bool:
        """Whether the site's files do not name the person any more who has it."""
        return ask.person is not None and ask.person == ticket.assignee and self._staff.known(ask.person) is None
