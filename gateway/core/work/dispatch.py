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
from gateway.core.notices.requests import NoticeDelivered, NoticeFailed
from gateway.core.site.site import Site
from gateway.core.work.actions import AskToDo
from gateway.core.work.ask_book import AskBook, asked_again, unassigned
from gateway.core.work.asking import Asking
from gateway.core.work.asks import Ask, DispatchChanges, DispatchRows, Phase
from gateway.core.work.choosing import why_declined
from gateway.core.work.clocks import ClockKind
from gateway.core.work.dispatch_spec import DispatchSpec
from gateway.core.work.events import (
    AssigneeAway,
    AssigneeUnreached,
    ClockTold,
    TicketMoved,
    TicketNoted,
    TicketsRestored,
)
from gateway.core.work.lifecycle import TicketState, TicketStep
from gateway.core.work.staff import Staff
from gateway.core.work.telling import ASKED, is_of, number_of
from gateway.core.work.tickets import Ticket
from gateway.core.work.workload import Workload

_URGENT = frozenset({Priority.P1.value, Priority.P2.value})
"""Emergencies and faults: somebody must do them, whoever that is."""
_GIVING = frozenset({TicketStep.ASSIGN, TicketStep.HAND_OVER, TicketStep.DECLINE})


class Dispatch(Part):
    """Asks people to do tickets, one after another, until somebody accepts. Where a person asks somebody who is away or
    cannot be reached, it says so."""

    name: ClassVar[str] = "dispatch"

    def __init__(self, site: Site, spec: DispatchSpec | None, seam: Seam) -> None:
        """`spec` is None where tickets wait for a person."""
        self._site = site
        self._spec = spec
        self._seam = seam
        self._work = Workload()
        self._book = AskBook(seam)
        self._staff = Staff(site, seam)
        self._asking = Asking(site, spec, work=self._work, book=self._book, staff=self._staff, seam=seam)

    def restore(self, rows: DispatchRows, now: Micros) -> None:
        """Go on with those who were asked. The tickets come with an event of the desk."""
        self._book.restore(rows)

    def on(self, event: Event) -> None:
        """Follow tickets, people on duty, who can be reached, and the clock."""
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
            case NoticeFailed():
                self._unreached(event)
            case NoticeDelivered():
                for ask in self._book:
                    if ask.phase is Phase.NOBODY and event.person not in ask.asked:
                        self._book.look_soon(ask)
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
                self._asking.ask_next(ticket, ask, now)
            case Phase.ASKED if is_due or ask.person not in self._staff.on_duty(ticket.team, now):
                self._asking.ask_next(ticket, ask, now)
            case Phase.ASKED if ask.until is None and not self._staff.reachable([ask.person or ""]):
                self._asking.ask_next(ticket, ask, now)
            case Phase.ASKED if ask.until is None:
                until = self._asking.until(ticket, ask.person or "", now)
                self._book.keep(msgspec.structs.replace(ask, since=now, until=until))
            case Phase.NOBODY:
                self._asking.ask_others(ticket, ask, now, is_changed=is_due)
            case _:
                self._book.schedule(ask)

    def clock_set(self, by: Micros) -> None:
        """Who is asked has as much time left as before. Rosters follow the clock: what it shows comes with the tick."""
        self._book.clock_set(by)

    def finish(self) -> DispatchChanges | None:
        """What has changed in this step."""
        return self._book.finish()

    def _go_on(self, tickets: tuple[Ticket, ...]) -> None:
        """Look at each ticket of an earlier run: nobody may have been asked yet, or somebody has left, or has another
        team or another shift by the site's files."""
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
        elif ask.phase is not Phase.NOBODY and self._has_left(ask, ticket):
            self._book.keep(msgspec.structs.replace(ask, phase=Phase.TO_ASK))
        elif ask.phase is Phase.HELD:
            self._book.schedule(ask)
        else:  # the site's files may name others by now
            self._book.look_soon(ask)

    def _follow(self, event: TicketMoved) -> None:
        ticket = event.ticket
        self._work.note(ticket)
        if not ticket.is_at_work:
            self._book.forget(ticket.number)
            return
        if event.by is None and event.step in _GIVING:  # it has asked for these itself
            return
        if event.step in _GIVING:
            self._given(event)
        if not self._gives(ticket):
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

    def _given(self, event: TicketMoved) -> None:
        """A person has asked somebody who may be away, or nobody has it any more and nobody else is asked."""
        ticket, person, now = event.ticket, self._staff.known(event.ticket.assignee), event.time
        is_own = event.by is not None and self._site.person_called(event.by) == person
        if person is not None and not is_own and person not in self._staff.present([person], now):
            self._seam.emit(AssigneeAway(ticket=ticket, person=person, cause=ticket.event, time=now))
        if event.step is TicketStep.DECLINE and self._site.people and not self._gives(ticket):
            why = why_declined(event.before, event.note, site=self._site)
            self._seam.ask(AskToDo(ticket=ticket.number, to=None, why=why, time=now))

    def _hasten(self, ticket: Ticket, now: Micros) -> None:
        """It may be too urgent to wait: who is asked has no more time than somebody who is asked now."""
        ask = self._book.find(ticket.number)
        if ask is not None and ask.phase is Phase.ASKED and ask.until is not None:
            self._book.keep(msgspec.structs.replace(ask, until=min(ask.until, now + self._asking.within(ticket))))
        elif ask is not None and ask.phase is not Phase.HELD:
            self._book.look_soon(ask)

    def _warned(self, ticket: Ticket, now: Micros) -> None:
        """The response is due soon: the next is asked, unless somebody was asked just now."""
        ask = self._book.find(ticket.number)
        is_asked = ask is not None and ask.phase is Phase.ASKED and ask.until is not None
        if ask is not None and is_asked and 2 * (now - ask.since) >= self._asking.within(ticket):
            self._book.keep(msgspec.structs.replace(ask, until=0))

    def _duty_changed(self, event: DutyChanged) -> None:
        for ticket in self._work:
            ask = self._book.find(ticket.number)
            if ask is None or ask.phase is Phase.HELD:
                if event.is_absent and ticket.assignee == event.person:
                    person, cause = event.person, event.absence
                    self._seam.emit(AssigneeAway(ticket=ticket, person=person, cause=cause, time=event.time))
            elif ask.phase is Phase.NOBODY:
                there = self._asking.there(ticket.team, event.time)
                is_back = not event.is_absent and event.person in there
                if is_back or any(person not in ask.asked for person in there):
                    self._book.keep(msgspec.structs.replace(ask, until=0))
            elif ask.phase is Phase.ASKED and ask.is_reminded and ask.until is not None:
                self._book.keep(msgspec.structs.replace(ask, until=0))
            else:  # who is asked may be on duty no more: away, or the substitute of somebody who is back
                self._book.look_soon(ask)

    def _unreached(self, event: NoticeFailed) -> None:
        """Somebody is not told what was asked: the next is, at once. Where a person has asked, people decide."""
        ticket, person = self._work.find(number_of(event)), self._staff.known(event.person)
        if ticket is None or ticket.state is not TicketState.ASSIGNED or not is_of(event, ASKED):
            return
        if person is None or person != ticket.assignee or self._staff.reachable([person]):
            return
        ask = self._book.find(ticket.number)
        if ask is not None and ask.phase is Phase.ASKED:
            self._book.keep(msgspec.structs.replace(ask, until=0))
        elif ask is None or ask.phase is Phase.HELD:
            self._seam.emit(AssigneeUnreached(ticket=ticket, person=person, time=event.time))

    def _gives(self, ticket: Ticket) -> bool:
        return self._spec is not None and bool(self._site.people) and self._spec.gives(ticket.team)

    def _has_left(self, ask: Ask, ticket: Ticket) -> bool:
        """Whether the site's files do not name the person any more who has it."""
        return ask.person is not None and ask.person == ticket.assignee and self._staff.known(ask.person) is None
