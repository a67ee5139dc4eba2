"""Queries for tickets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, RowMapping, Select, and_, func, or_, select

from gateway.core.alarms.alarm import holds
from gateway.core.alarms.lifecycle import State
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.work.lifecycle import AT_WORK, OPEN, TicketState
from gateway.core.work.tickets import Ticket
from gateway.store.alarms.tables import alarms
from gateway.store.database import Database
from gateway.store.paging import Page, matching
from gateway.store.rows import page_of, understood
from gateway.store.work.tables import ticket_of, tickets

_OPEN = [state.value for state in TicketState if state in OPEN]
_AT_WORK = [state.value for state in TicketState if state in AT_WORK]


class Place(NamedTuple):
    """What a ticket is about and where, to find those in a location."""

    locations: Collection[str]
    """By id."""
    subjects: Collection[Subject]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which tickets: all that match what is given."""

    states: Collection[TicketState] | None = None
    """None: any."""
    priority: str | None = None
    team: str | None = None
    assignee: str | None = None
    category: str | None = None
    source: str | None = None
    subjects: Collection[Subject] | None = None
    """About one of these."""
    place: Place | None = None
    """There, or about one of its subjects."""
    alarm: int | None = None
    """An alarm that hangs on it or has opened it, by number."""
    due_before: Micros | None = None
    """A clock of it has run out, or does so before this."""

    def query(self) -> Select[Any]:
        """The rows that match."""
        columns = tickets.c
        query = select(tickets)
        if self.states is not None:
            query = query.where(columns.state.in_([state.value for state in self.states]))
        if self.subjects is not None:
            query = query.where(columns.subject.in_([*map(str, self.subjects)]))
        if self.place is not None:
            there = columns.location.in_(self.place.locations)
            query = query.where(or_(there, columns.subject.in_([*map(str, self.place.subjects)])))
        if self.alarm is not None:
            hangs_on = select(alarms.c.ticket).where(alarms.c.number == self.alarm)
            query = query.where(or_(columns.alarm == self.alarm, columns.number.in_(hangs_on)))
        if self.due_before is not None:
            query = query.where(columns.next_due < self.due_before)
        return matching(
            query,
            {
                columns.priority: self.priority,
                columns.team: self.team,
                columns.assignee: self.assignee,
                columns.category: self.category,
                columns.source: self.source,
            },
        )


class TicketWord(Enum):
    """What tickets say in words that people choose."""

    ASSIGNEE = tickets.c.assignee
    CATEGORY = tickets.c.category


class DueMark(NamedTuple):
    """A place in the list by due time: that of a ticket."""

    next_due: Micros | None
    number: int


def find_tickets(database: Database, page: Page, wanted: Wanted) -> list[Ticket]:
    """Tickets, newest first."""
    return page_of(database, wanted.query(), tickets.c.number, page, ticket_of, table="tickets", key="number")


def values_of(database: Database, word: TicketWord) -> set[str]:
    """Each value that a ticket has or had at its end."""
    with database.reading() as connection:
        found = connection.execute(select(word.value).where(word.value.is_not(None)).distinct())
        return set(found.scalars())


def find_tickets_by_due(database: Database, limit: int, wanted: Wanted, *, after: DueMark | None) -> list[Ticket]:
    """Tickets by the clock that runs out next: what is over first, what has no clock that runs last.

    All that match are sorted for it, so it is for those that are open. Damaged rows make a page no shorter.

    Args:
        after: where the page before has ended.
    """
    found: list[Ticket] = []
    order = (tickets.c.next_due.is_(None), tickets.c.next_due, tickets.c.number)
    with database.reading() as connection:
        while True:
            lacking = limit - len(found)
            query = wanted.query() if after is None else wanted.query().where(_beyond(after))
            rows = connection.execute(query.order_by(*order).limit(lacking)).mappings().all()
            found += understood(database, "tickets", "number", rows, ticket_of)
            if len(rows) < lacking or len(found) == limit:
                return found
            after = DueMark(rows[-1]["next_due"], rows[-1]["number"])


def _beyond(mark: DueMark) -> ColumnElement[bool]:
    due, number = tickets.c.next_due, tickets.c.number
    later = number > mark.number
    if mark.next_due is None:
        return and_(due.is_(None), later)
    return or_(due > mark.next_due, and_(due == mark.next_due, later), due.is_(None))


def find_ticket(database: Database, number: int) -> Ticket | None:
    """The ticket of this number; None when there is none, or its row is damaged."""
    return next(iter(find_each(database, [number])), None)


def find_each(database: Database, numbers: Sequence[int]) -> list[Ticket]:
    """The tickets of these numbers, in their order; without those that there are none of, or whose row is damaged."""
    with database.reading() as connection:
        rows = connection.execute(select(tickets).where(tickets.c.number.in_(numbers))).mappings()
        found = {ticket.number: ticket for ticket in understood(database, "tickets", "number", rows, ticket_of)}
    return [found[number] for number in dict.fromkeys(numbers) if number in found]


class AlarmOn(NamedTuple):
    """An alarm that hangs on a ticket."""

    number: int
    stands: bool
    """Whether its condition holds."""


def alarms_on(database: Database, numbers: Iterable[int]) -> dict[int, list[AlarmOn]]:
    """The alarms that hang on tickets, by the number of the ticket, in the order of their own numbers."""
    columns = alarms.c
    query = (
        select(columns.number, columns.ticket, columns.state, columns.returned_at)
        .where(columns.ticket.in_([*numbers]))
        .order_by(columns.number)
    )
    found: dict[int, list[AlarmOn]] = {}
    with database.reading() as connection:
        rows = connection.execute(query).mappings()
        for ticket, alarm in understood(database, "alarms", "number", rows, _alarm_on):
            found.setdefault(ticket, []).append(alarm)
    return found


def _alarm_on(row: RowMapping) -> tuple[int, AlarmOn]:
    return row["ticket"], AlarmOn(row["number"], holds(State(row["state"]), row["returned_at"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWork:
    """How many tickets are open, in short."""

    states: Counter[str]
    priorities: Counter[str]
    teams: Counter[str]
    overdue: int
    """A clock of it has run out, and was not met."""
    due_soon: int
    unassigned: int
    """There is work to do, and nobody has it or is asked to."""


def count_open(database: Database, now: Micros, soon: Micros) -> OpenWork:
    """Count what is open; `due_soon` is what runs out from now until `soon`."""
    columns = tickets.c
    groups = (columns.state, columns.priority, columns.team, columns.assignee.is_(None).label("is_free"))
    over = func.count().filter(columns.next_due <= now)
    comes = func.count().filter(columns.next_due > now, columns.next_due <= soon)
    query = (
        select(*groups, func.count().label("count"), over.label("overdue"), comes.label("due_soon"))
        .where(columns.state.in_(_OPEN))
        .group_by(*groups)
    )
    with database.reading() as connection:
        rows = connection.execute(query).mappings().all()
    states, priorities, teams = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        states[row["state"]] += row["count"]
        priorities[row["priority"]] += row["count"]
        teams[row["team"]] += row["count"]
    return OpenWork(
        states=states,
        priorities=priorities,
        teams=teams,
        overdue=sum(row["overdue"] for row in rows),
        due_soon=sum(row["due_soon"] for row in rows),
        unassigned=sum(row["count"] for row in rows if row["is_free"] and row["state"] in _AT_WORK),
    )
