"""How people are told of breaches: chain by chain, and each person once of all that is due of a ticket at one time."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from gateway.core.kernel.events import Event
from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.notices.requests import NoticeFailed
from gateway.core.work.climbing import Climb, Climbs, Key
from gateway.core.work.clocks import Clock, ClockKind
from gateway.core.work.escalation import OUTAGE, Escalated, all_due, begun, next_due
from gateway.core.work.telling import Telling, number_of
from gateway.core.work.tickets import Ticket
from gateway.core.work.told_people import ToldPeople


class _Level(NamedTuple):
    """A level that is due."""

    clock: Clock
    level: int
    people: tuple[str, ...]
    at: Micros
    """When it was due."""
    is_first: bool = False
    """Whether nobody was told of this breach before."""
    is_last_hope: bool = False
    """Whether nobody of the last level could be reached, and anybody is told."""


class BreachTelling:
    """Has the chains of breached targets go on when something is due, and tells who comes next."""

    def __init__(self, climbs: Climbs, people: ToldPeople, telling: Telling, seam: Seam) -> None:
        self._climbs = climbs
        self._people = people
        self._telling = telling
        self._seam = seam

    def begin(self, ticket: Ticket, clock: ClockKind, breached_at: Micros) -> None:
        """A target has run out: its chain begins with the next tick."""
        start = begun(breached_at)
        climb = Climb(ticket.number, clock, start.level, start.at)
        self._climbs.keep(climb)
        self._seam.wake(climb.key, 0)

    def look(self, ticket: Ticket | None, climb: Climb, *, not_before: Micros = 0) -> None:
        """Drop a chain, have it wait, or go on with it when that is due. `ticket` is None where it has no work."""
        clock = _breached(ticket, climb)
        if ticket is None or clock is None:
            self._climbs.drop(climb)
        elif not clock.runs or self._climbs.waits_for_time(climb):
            self._seam.let_sleep(climb.key)
        elif climb.is_in_vain:
            self._seam.wake(climb.key, not_before)
        else:
            self._seam.wake(climb.key, max(not_before, next_due(self._people.chain_of(ticket), climb.escalated)))

    def follow(self, before: Ticket | None, ticket: Ticket, now: Micros) -> None:
        """What was due while a clock stood still is due when it goes on, and what follows after that."""
        for climb in self._climbs.of(ticket.number):
            stood, clock = _breached(before, climb), _breached(ticket, climb)
            late = now - next_due(self._people.chain_of(ticket), climb.escalated)
            if stood is not None and not stood.runs and clock is not None and clock.runs and late > 0:
                self._climbs.keep(msgspec.structs.replace(climb, at=climb.at + late))

    def is_late(self, ticket: Ticket, key: Key, now: Micros) -> bool:
        """Whether a level of a chain was due so long ago that the gateway must have been away, or stood still."""
        climb = self._climbs.find(key)
        return climb is not None and now - next_due(self._people.chain_of(ticket), climb.escalated) >= OUTAGE

    def correct(self, ticket: Ticket) -> None:
        """The clock was set right: a chain of which nobody was told begins no earlier than its target ran out."""
        for climb in self._climbs.of(ticket.number):
            clock = _breached(ticket, climb)
            if climb.level < 0 and clock is not None and clock.breached_at is not None:
                self._climbs.keep(msgspec.structs.replace(climb, at=max(climb.at, clock.breached_at)))

    def climb(self, ticket: Ticket, now: Micros) -> None:
        """Tell all levels that are due of a ticket: each person once, of the latest that is for that person."""
        due: list[_Level] = []
        for climb in self._climbs.of(ticket.number):
            levels, gone = self._due(ticket, climb, now)
            due += levels
            if levels:
                self._climbs.keep(Climb(ticket.number, climb.clock, gone.level, gone.at, gone.repeated))
        due.sort(key=lambda level: (level.at, level.clock.breached_at or 0))
        latest = {person: number for number, level in enumerate(due) for person in level.people}
        for number, level in enumerate(due):
            if people := tuple(person for person in level.people if latest[person] == number):
                self._tell(ticket, level, people, now)
        for climb in self._climbs.of(ticket.number):
            self.look(ticket, climb)

    def are_told(self, ticket: Ticket, now: Micros) -> set[str]:
        """Who is to be told of a breach of a ticket at this moment."""
        chains = (self._due(ticket, climb, now)[0] for climb in self._climbs.of(ticket.number))
        return {person for levels in chains for level in levels for person in level.people}

    def failed(self, ticket: Ticket | None, event: NoticeFailed) -> None:
        """Somebody of a level cannot be reached: where nobody else is left in it, the next comes at once."""
        for climb in self._climbs.of(number_of(event)):
            hopes = tuple(person for person in climb.hopes if person != event.person)
            # An earlier message fails when the next was told long ago: it says as much of that person.
            if f"/{breached_key(climb.clock)}" in event.key and hopes != climb.hopes:
                left = msgspec.structs.replace(climb, hopes=hopes)
                self._climbs.keep(left)
                self.look(ticket, left)

    def _due(self, ticket: Ticket, climb: Climb, now: Micros) -> tuple[list[_Level], Escalated]:
        """The levels of a chain that are due, and how far it has gone with them. Where nobody of its last one can be
        reached, the next is, or anybody."""
        chain, clock = self._people.chain_of(ticket), _breached(ticket, climb)
        if clock is None or not clock.runs or self._climbs.waits_for_time(climb):
            return [], climb.escalated
        is_last_hope = climb.is_in_vain and climb.level >= len(chain.levels) - 1
        is_first, due = climb.level < 0, list[_Level]()
        if is_last_hope:
            due.append(_Level(clock, climb.level, self._people.anybody(ticket, now), climb.at, is_last_hope=True))
        elif climb.is_in_vain:
            climb = msgspec.structs.replace(climb, at=now - chain.levels[climb.level + 1].after)
        calls, gone = all_due(chain, climb.escalated, now, self._people.resolver(ticket, now))
        for call in calls:
            people = call.people or (self._people.anybody(ticket, now) if call.is_unheard else ())
            due.append(_Level(clock, call.escalated.level, people, call.escalated.at, is_first, is_last_hope))
            is_first = False
        return due, gone

    def _tell(self, ticket: Ticket, level: _Level, people: tuple[str, ...], now: Micros) -> None:
        """Tell these people of a breach, and keep whether they can be reached."""
        kind = level.clock.kind
        data: dict[str, object] = {"ticket": ticket.number, "step": "told", "priority": ticket.priority}
        data |= {"clock": kind.value, "level": level.level + 1, "people": [*people]}
        audit = self._seam.record("ticket", str(ticket.number), now, data, cause=ticket.event)
        self._seam.emit(Event(audit=audit))
        for person in people:  # of what was not sent yet they hear the latest alone
            self._seam.ask(self._telling.hush(ticket, now, person, keys=["warned/"]))
            self._seam.ask(self._telling.hush(ticket, now, person, keys=["breached/"], is_quiet=True))
        request = self._telling.colleagues(
            ticket,
            "ticket breached" if level.is_first else "ticket escalated",
            people,
            now,
            key=breached_key(kind, audit.number),
            cause=audit.number,
            clock=kind,
            due=level.clock.breached_at,
            links=(LinkPurpose.ACKNOWLEDGE,),
        )
        self._seam.ask(request)
        climb = self._climbs.find((ticket.number, kind))
        if climb is not None and not level.is_last_hope:
            self._climbs.keep(msgspec.structs.replace(climb, hopes=people, told=audit.number))


def not_due(before: Ticket | None, ticket: Ticket) -> list[str]:
    """The keys of what was told of clocks and is not so any more: the target was met, is another one, or is gone."""
    now = {clock.kind: clock for clock in ticket.clocks}
    keys = []
    for was in before.clocks if before is not None else ():
        if was.met_at is not None:
            continue
        clock = now.get(was.kind)
        is_over = clock is None or clock.met_at is not None
        if was.warned_at is not None and (clock is None or is_over or clock.warned_at is None):
            keys.append(warned_key(was.kind))
        if was.breached_at is not None and (clock is None or is_over or clock.breached_at is None):
            keys.append(breached_key(was.kind))
    return keys


def warned_key(clock: ClockKind, told: int | None = None) -> str:
    """Of a warning, by its audit record; of all of a clock unless given."""
    return f"warned/{clock.value}/{'' if told is None else told}"


def breached_key(clock: ClockKind, told: int | None = None) -> str:
    """Of what is told of a breach, by its audit record; of all of a clock unless given."""
    return f"breached/{clock.value}/{'' if told is None else told}"


def _breached(ticket: Ticket | None, climb: Climb) -> Clock | None:
    """The clock of a chain, where it has run out and is not met; None where nothing is due."""
    clocks = ticket.clocks if ticket is not None else ()
    found = (each for each in clocks if each.kind is climb.clock and each.breached_at is not None)
    return next((each for each in found if each.met_at is None), None)
