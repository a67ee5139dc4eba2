"""The part that tells people of tickets: who is asked, which targets run out, and what becomes of a report.

A breach tells the levels of a chain, one after another, until somebody acknowledges it or nothing is due any more. How
far each chain has gone is kept, so that a restart neither repeats a level nor leaves one out. While a clock is paused
its chain waits, and goes on with the work. What a chain tells is told when its timer comes, never within the step that
finds the breach: a ticket that is accepted in that very step is late, and nobody has to do anything about it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from gateway.core.duty.actions import DutyChanged
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.errors import TicketRefused
from gateway.core.kernel.events import Action, Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros
from gateway.core.notices.requests import NoticeFailed
from gateway.core.site.site import Site
from gateway.core.work.actions import AcknowledgeTicket
from gateway.core.work.breach_telling import BreachTelling, breached_key, not_due, warned_key
from gateway.core.work.climbing import Climb, Climbs, Key
from gateway.core.work.escalation import ChainSpec
from gateway.core.work.events import (
    AskUnanswered,
    AssigneeAway,
    AssigneeUnreached,
    ClockTold,
    TicketCorrected,
    TicketMoved,
    TicketNoted,
    TicketsRestored,
)
from gateway.core.work.step_telling import StepTelling
from gateway.core.work.telling import Telling, number_of
from gateway.core.work.tickets import Ticket
from gateway.core.work.told_people import ToldPeople
from gateway.core.work.workload import Workload


class TicketEscalation(Part):
    """Tells people of tickets, and the next ones while nobody acknowledges."""

    name: ClassVar[str] = "ticket_escalation"
    actions: ClassVar[tuple[type[Action], ...]] = (AcknowledgeTicket,)

    def __init__(self, site: Site, chains: Sequence[ChainSpec], seam: Seam) -> None:
        self._site = site
        self._seam = seam
        self._work = Workload()
        self._climbs = Climbs(seam)
        self._held_up: set[Key] = set()
        """The chains that were late when their timer came, and were not looked at since."""
        self._people = ToldPeople(site, chains, seam)
        self._telling = Telling(site)
        self._breaches = BreachTelling(self._climbs, self._people, self._telling, seam)
        self._steps = StepTelling(site, self._people, self._telling, seam)

    def restore(self, rows: Sequence[Climb], now: Micros) -> None:
        """Go on where chains were. The tickets come with an event of the desk."""
        self._climbs.restore(rows)

    def on(self, event: Event) -> None:
        """Follow tickets and their clocks, and learn who cannot be reached."""
        match event:
            case TicketMoved():
                self._review(event.ticket, event.time)
                self._steps.moved(event)
            case TicketNoted():
                self._review(event.ticket, event.time)
                if event.entry == "nobody to ask":
                    self._steps.nobody(event)
            case ClockTold():
                self._told(event)
            case AssigneeAway():
                self._steps.away(event)
            case AssigneeUnreached():
                self._steps.unreached(event)
            case AskUnanswered():
                self._steps.unanswered(event)
            case DutyChanged() if not event.is_absent:
                for ticket in self._work:
                    if ticket.assignee == event.person:
                        self._steps.back(ticket, event)
            case TicketsRestored():
                for ticket in event.tickets:
                    self._work.note(ticket)
                for climb in self._climbs:  # after the clocks: all that was missed of a ticket is told at one time
                    self._breaches.look(self._work.find(climb.ticket), climb, not_before=event.time)
            case TicketCorrected():
                self._work.note(event.ticket)
                self._breaches.correct(event.ticket)
                self._look(event.ticket)
            case NoticeFailed():
                about = self._work.find(number_of(event))
                self._breaches.failed(about, event)
                self._steps.failed(about, event)
            case ClockDoubted():
                self._climbs.doubt()
            case ClockCorrected():
                self._climbs.correct(event)

    def act(self, action: Action, now: Micros) -> None:
        """Somebody knows that it is overdue: nobody else is told until the next target runs out.

        Raises:
            TicketRefused: nobody is being told of this ticket.
        """
        if not isinstance(action, AcknowledgeTicket):
            raise TypeError(f"{type(action).__name__} is no action on an escalation")
        ticket, climbs = self._work.find(action.ticket), self._climbs.of(action.ticket)
        if ticket is None or not climbs:
            raise TicketRefused(f"ticket {action.ticket} is not escalated: nobody is being told that it is overdue")
        data: dict[str, object] = {"ticket": ticket.number, "step": "acknowledge", "priority": ticket.priority}
        data |= {} if action.note is None else {"note": action.note}
        audit = self._seam.record("ticket", str(ticket.number), now, data, cause=ticket.event, by=action.by)
        self._seam.emit(Event(audit=audit))
        for climb in climbs:
            self._climbs.drop(climb)
        keys = [key for climb in climbs for key in (warned_key(climb.clock), breached_key(climb.clock))]
        self._seam.ask(self._telling.hush(ticket, now, keys=keys))
        if (person := self._people.known(self._site.person_called(action.by))) is not None:
            self._seam.ask(self._telling.hush(ticket, now, person))

    def tick(self, key: Key, now: Micros) -> None:
        """The next level of a chain may be due. One that is late waits for clocks that are late as well: all that was
        missed of a ticket is told at one time."""
        ticket = self._work.find(key[0])
        if ticket is None:
            return
        if key not in self._held_up and self._breaches.is_late(ticket, key, now):
            self._held_up.add(key)
            self._seam.wake(key, now)
            return
        self._held_up = {each for each in self._held_up if each[0] != ticket.number}
        self._breaches.climb(ticket, now)

    def clock_set(self, by: Micros) -> None:
        """What is left of each wait stays the same."""
        self._climbs.clock_set(by)

    def finish(self) -> Mapping[Key, Climb | None] | None:
        """How far chains have gone in this step."""
        return self._climbs.finish()

    def _told(self, event: ClockTold) -> None:
        ticket = event.ticket
        self._review(ticket, event.time)
        if event.is_breached:
            if self._site.people and ticket.is_at_work:  # else there is nobody to tell, or nothing
                self._breaches.begin(ticket, event.clock, event.due)
        elif not event.is_over:  # else that is told
            are_told = self._breaches.are_told(ticket, event.time)
            if people := [each for each in self._people.to_warn(ticket, event.time) if each not in are_told]:
                self._warn(event, people)

    def _warn(self, event: ClockTold, people: Sequence[str]) -> None:
        cause = event.audit.number if event.audit is not None else event.ticket.event
        key = warned_key(event.clock, cause)
        tell = self._telling.colleagues(
            event.ticket, "ticket warned", people, event.time, key=key, cause=cause, clock=event.clock
        )
        self._seam.ask(tell)

    def _review(self, ticket: Ticket, now: Micros) -> None:
        """Nothing is told any more of what is met, or not due any more."""
        before = self._work.find(ticket.number)
        self._work.note(ticket)
        if keys := not_due(before, ticket):
            self._seam.ask(self._telling.hush(ticket, now, keys=keys))
        self._breaches.follow(before, ticket, now)
        self._look(ticket)

    def _look(self, ticket: Ticket) -> None:
        for climb in self._climbs.of(ticket.number):
            self._breaches.look(self._work.find(ticket.number), climb)
