"""Asks the next of those who can be asked for a ticket, or enters that nobody is left."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.site.site import Site
from gateway.core.work.actions import AskToDo
from gateway.core.work.ask_book import AskBook
from gateway.core.work.asks import Ask, Phase
from gateway.core.work.choosing import candidates, why_asked, why_nobody
from gateway.core.work.dispatch_spec import DispatchSpec
from gateway.core.work.events import AskUnanswered
from gateway.core.work.lifecycle import TicketState
from gateway.core.work.staff import Staff
from gateway.core.work.tickets import Ticket
from gateway.core.work.workload import Workload


class Asking:
    """Chooses among those who are on duty and can be told of it. Who cannot be reached is asked as little as who is
    away."""

    def __init__(
        self, site: Site, spec: DispatchSpec | None, *, work: Workload, book: AskBook, staff: Staff, seam: Seam
    ) -> None:
        self._site = site
        self._spec = spec or DispatchSpec()
        self._work = work
        self._book = book
        self._staff = staff
        self._seam = seam

    def ask_next(self, ticket: Ticket, ask: Ask, now: Micros) -> None:
        """Ask who is next. Who is alone on duty and has not accepted is reminded once."""
        duty, within = self._staff.on_duty(ticket.team, now), self.within(ticket)
        there = self._staff.reachable(duty)
        left = [person for person in there if person not in ask.asked]
        if not left and ask.is_reminded and (left := [person for person in there if person != ask.asked[-1]]):
            ask = msgspec.structs.replace(ask, asked=ask.asked[-1:])  # they have come since: a new round
        is_asked = ask.phase is Phase.ASKED and ticket.state is TicketState.ASSIGNED
        if not left and is_asked and duty == there == (ask.person,):
            if ask.is_reminded:
                until = min(now + within, self._staff.next_change(ticket.team, now) or now + within)
                self._book.keep(msgspec.structs.replace(ask, since=now, until=until))
                return
            left = [*duty]
            self._seam.emit(AskUnanswered(ticket=ticket, person=left[0], time=now))
        unreached = [person for person in duty if person not in there]
        if not left:
            self._give_up(ticket, ask, now, is_anybody_on_duty=bool(duty), unreached=unreached)
            return
        later = self._staff.on_duty(ticket.team, now + within)
        found = candidates(ticket, left, site=self._site, later=later, load=self._work.load, turns=self._book.turns)
        person = found[0].person
        leaves = self._staff.until(ticket.team, person, now)
        why = why_asked(ticket, found, site=self._site, until=leaves, now=now, unreached=unreached)
        self._book.take_turn(person)
        until = self.until(ticket, person, now)
        self._book.keep(Ask(ticket.number, Phase.ASKED, person, now, until, (*ask.asked, person)))
        self._seam.ask(AskToDo(ticket=ticket.number, to=person, why=why, instead_of=ticket.assignee, time=now))

    def ask_others(self, ticket: Ticket, ask: Ask, now: Micros, *, is_changed: bool) -> None:
        """Nobody was left: ask those who were not asked yet, or, once others are on duty, begin anew."""
        there = self.there(ticket.team, now)
        if any(person not in ask.asked for person in there):
            self.ask_next(ticket, ask, now)
        elif there and is_changed:
            self.ask_next(ticket, msgspec.structs.replace(ask, asked=()), now)
        else:
            self._book.keep(msgspec.structs.replace(ask, until=self._staff.next_change(ticket.team, now)))

    def there(self, team: str, now: Micros) -> tuple[str, ...]:
        """Who of a team is on duty and can be told."""
        return self._staff.reachable(self._staff.on_duty(team, now))

    def within(self, ticket: Ticket) -> Micros:
        """How long somebody has to accept it."""
        return self._spec.within(ticket)

    def until(self, ticket: Ticket, person: str, now: Micros) -> Micros:
        """Until when somebody who is asked now can accept it: not after the shift has ended."""
        until, leaves = now + self.within(ticket), self._staff.until(ticket.team, person, now)
        return until if leaves is None else min(until, leaves)

    def _give_up(
        self, ticket: Ticket, ask: Ask, now: Micros, *, is_anybody_on_duty: bool, unreached: Sequence[str]
    ) -> None:
        """Nobody is left to ask: nobody has the ticket, and that is entered once."""
        until = self._staff.next_change(ticket.team, now)
        self._book.keep(msgspec.structs.replace(ask, phase=Phase.NOBODY, until=until))
        why = why_nobody(ticket, site=self._site, is_anybody_on_duty=is_anybody_on_duty, unreached=unreached)
        nobody = AskToDo(ticket=ticket.number, to=None, why=why, instead_of=ticket.assignee, time=now)
        if ticket.state is TicketState.ASSIGNED:
            self._seam.ask(nobody)
        self._seam.ask(nobody)
