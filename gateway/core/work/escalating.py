"""The part that tells people of tickets: who is asked, which targets run out, and what becomes of a report.

A breach tells the levels of a chain, one after another, until somebody acknowledges it or nothing is due any more. How
far each chain has gone is kept, so that a restart neither repeats a level nor leaves one out. While a clock is paused
its chain waits, and goes on with the work. What a chain tells is told when its timer comes, never within the step that
finds the breach: a ticket that is accepted in that very step is late, and nobody has to do anything about it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.errors import TicketRefused
from gateway.core.kernel.events import Action, Event
from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.subjects import SubjectKind
from gateway.core.kernel.times import Micros
from gateway.core.notices.requests import NoticeFailed
from gateway.core.site.site import Site
from gateway.core.work.actions import AcknowledgeTicket
from gateway.core.work.climbing import Climb, Climbs, Key
from gateway.core.work.clocks import Clock, ClockKind
from gateway.core.work.escalation import Call, ChainSpec, begun, next_due, next_level
from gateway.core.work.events import AssigneeAway, ClockTold, TicketMoved, TicketNoted, TicketsRestored
from gateway.core.work.lifecycle import TicketStep
from gateway.core.work.step_telling import StepTelling
from gateway.core.work.telling import Telling
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
        self._people = ToldPeople(site, chains, seam)
        self._telling = Telling(site)
        self._steps = StepTelling(site, self._people, self._telling, seam)

    def restore(self, rows: Sequence[Climb], now: Micros) -> None:
        """Go on where chains were. The tickets come with an event of the desk."""
        self._climbs.restore(rows)

    def on(self, event: Event) -> None:
        """Follow tickets and their clocks, and learn who cannot be reached."""
        match event:
            case TicketMoved():
                if event.step is TicketStep.RESUME:
                    self._resume(event.ticket, event.time)
                self._review(event.ticket)
                self._steps.moved(event)
            case TicketNoted():
                self._review(event.ticket)
                if event.entry == "nobody to ask":
                    self._steps.nobody(event)
            case ClockTold():
                self._told(event)
            case AssigneeAway():
                self._steps.away(event)
            case TicketsRestored():
                for ticket in event.tickets:
                    self._work.note(ticket)
                for climb in self._climbs:
                    self._look(climb)
            case NoticeFailed():
                self._failed(event)
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
        if (person := self._people.known(self._site.person_called(action.by))) is not None:
            self._seam.ask(self._telling.hush(ticket, now, person))

    def tick(self, key: Key, now: Micros) -> None:
        """The next level of a chain may be due."""
        climb = self._climbs.find(key)
        ticket = self._work.find(key[0])
        if climb is None:
            return
        clock = _breached(ticket, climb)
        if ticket is None or clock is None:
            self._climbs.drop(climb)
        elif clock.runs:
            self._climb(ticket, clock, climb, now)

    def clock_set(self, by: Micros) -> None:
        """What is left of each wait stays the same."""
        self._climbs.clock_set(by)

    def finish(self) -> Mapping[Key, Climb | None] | None:
        """How far chains have gone in this step."""
        return self._climbs.finish()

    def _told(self, event: ClockTold) -> None:
        ticket = event.ticket
        self._review(ticket)
        if event.is_breached:
            self._begin(ticket, event.clock, event.due)
        elif not event.is_over:  # else that is told
            people = self._people.to_warn(ticket, event.time)
            cause = event.audit.number if event.audit is not None else ticket.event
            key = f"warned/{event.clock.value}/{cause}"
            tell = self._telling.colleagues(
                ticket, "ticket warned", people, event.time, key=key, cause=cause, clock=event.clock
            )
            self._seam.ask(tell)

    def _begin(self, ticket: Ticket, clock: ClockKind, breached_at: Micros) -> None:
        if not self._site.people:
            return  # there is nobody to tell
        start = begun(breached_at)
        climb = Climb(ticket.number, clock, start.level, start.at)
        self._climbs.keep(climb)
        self._seam.wake(climb.key, 0)

    def _review(self, ticket: Ticket) -> None:
        """Nothing is told any more of what is met, or not due any more."""
        self._work.note(ticket)
        for climb in self._climbs.of(ticket.number):
            self._look(climb)

    def _look(self, climb: Climb) -> None:
        """Drop a chain, have it wait, or go on with it at the next tick."""
        ticket = self._work.find(climb.ticket)
        clock = _breached(ticket, climb)
        if ticket is None or clock is None:
            self._climbs.drop(climb)
        elif not clock.runs:
            self._seam.let_sleep(climb.key)
        elif climb.is_in_vain:
            self._seam.wake(climb.key, 0)
        else:
            self._seam.wake(climb.key, next_due(self._people.chain_of(ticket), climb.escalated))

    def _resume(self, ticket: Ticket, now: Micros) -> None:
        """What was due while the work waited is due when it goes on, and what follows after that."""
        for climb in self._climbs.of(ticket.number):
            late = now - next_due(self._people.chain_of(ticket), climb.escalated)
            if late > 0:
                self._climbs.keep(msgspec.structs.replace(climb, at=climb.at + late))

    def _climb(self, ticket: Ticket, clock: Clock, climb: Climb, now: Micros) -> None:
        """Tell each level that is due; where nobody of the last one can be reached, the next at once, or anybody."""
        chain = self._people.chain_of(ticket)
        people_of = self._people.resolver(ticket, now)
        if climb.is_in_vain and climb.level < len(chain.levels) - 1:
            climb = msgspec.structs.replace(climb, at=now - chain.levels[climb.level + 1].after)
        elif climb.is_in_vain:
            self._tell(ticket, clock, climb, self._people.anybody(ticket, now), now)
            climb = msgspec.structs.replace(climb, told=0)
        call: Call | None
        while (call := next_level(chain, climb.escalated, now, people_of)) is not None:
            gone = call.escalated
            people = call.people or (self._people.anybody(ticket, now) if call.is_unheard else ())
            is_first = climb.level < 0
            climb = Climb(ticket.number, climb.clock, gone.level, gone.at, gone.repeated, people)
            if people:
                climb = msgspec.structs.replace(
                    climb, told=self._tell(ticket, clock, climb, people, now, is_first=is_first)
                )
        self._climbs.keep(climb)
        self._look(climb)

    def _tell(
        self, ticket: Ticket, clock: Clock, climb: Climb, people: Sequence[str], now: Micros, *, is_first: bool = False
    ) -> int:
        """Tell these people of a breach; the number of its audit record."""
        data: dict[str, object] = {"ticket": ticket.number, "step": "told", "priority": ticket.priority}
        data |= {"clock": clock.kind.value, "level": climb.level + 1, "people": [*people]}
        audit = self._seam.record("ticket", str(ticket.number), now, data, cause=ticket.event)
        self._seam.emit(Event(audit=audit))
        request = self._telling.colleagues(
            ticket,
            "ticket breached" if is_first else "ticket escalated",
            people,
            now,
            key=_key(clock.kind, audit.number),
            cause=audit.number,
            clock=clock.kind,
            due=clock.breached_at,
            links=(LinkPurpose.ACKNOWLEDGE,),
        )
        self._seam.ask(request)
        return audit.number

    def _failed(self, event: NoticeFailed) -> None:
        """Somebody of a level cannot be reached: where nobody else is left in it, the next comes at once."""
        for climb in self._climbs.of(_number_of(event)):
            hopes = tuple(person for person in climb.hopes if person != event.person)
            if event.key.endswith(_key(climb.clock, climb.told)) and hopes != climb.hopes:
                left = msgspec.structs.replace(climb, hopes=hopes)
                self._climbs.keep(left)
                self._look(left)


def _number_of(event: NoticeFailed) -> int:
    """The ticket of which somebody was not told; 0 where it is about none."""
    return int(event.about.id) if event.about.kind is SubjectKind.TICKET else 0


def _key(clock: ClockKind, told: int) -> str:
    """Of what is told of a breach, by its audit record."""
    return f"breached/{clock.value}/{told}"


def _breached(ticket: Ticket | None, climb: Climb) -> Clock | None:
    """The clock of a chain, where it has run out and is not met; None where nothing is due."""
    clocks = ticket.clocks if ticket is not None else ()
    found = (each for each in clocks if each.kind is climb.clock and each.breached_at is not None)
    return next((each for each in found if each.met_at is None), None)
