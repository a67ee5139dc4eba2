"""Tickets: lists, one with its history, and how many there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from gateway.api.answers import encoded
from gateway.api.events import EventAnswer
from gateway.api.paging import PageParameters, cut
from gateway.api.places import groups_of, subjects_inside
from gateway.api.problems import check_known, documented, invalid, not_found
from gateway.api.services import Gateway, Services
from gateway.api.ticket_answers import (
    PartAnswer,
    PhotoAnswer,
    TicketDetails,
    TicketsAnswer,
    WorkAnswer,
    answer_for,
    answers_for,
)
from gateway.core.configuration import DEFAULT_TEAM
from gateway.core.kernel.events import AuditRecord
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import HOUR
from gateway.core.kernel.urgency import Priority
from gateway.core.rules.rule import TicketTemplate
from gateway.core.work.lifecycle import OPEN, TicketState
from gateway.core.work.tickets import Ticket, TicketSource
from gateway.store.audit.queries import ticket_entries, ticket_steps
from gateway.store.work.queries import (
    DueMark,
    Place,
    TicketWord,
    Wanted,
    count_open,
    find_each,
    find_ticket,
    find_tickets,
    find_tickets_by_due,
    values_of,
)

router = APIRouter(prefix="/tickets", tags=["tickets"])

Number = Annotated[int, Path(ge=1, le=2**63 - 1, description="Number of the ticket.")]
_MARK = re.compile(r"([0-9]{1,18}|-)\.([0-9]{1,18})")


class StateFilter(StrEnum):
    """Which tickets: one state, those open (not ended), or all."""

    OPEN = "open"
    ALL = "all"
    NEW = "new"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    ON_SITE = "on_site"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CONFIRMED = "confirmed"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    MERGED = "merged"

    @property
    def states(self) -> frozenset[TicketState] | None:
        """The states it stands for; None for any."""
        if self is StateFilter.OPEN:
            return OPEN
        return None if self is StateFilter.ALL else frozenset({TicketState(self.value)})


class Order(StrEnum):
    """What comes first in a list."""

    NEWEST = "newest"
    DUE = "due"
    """The clock that runs out next; what is over before that."""


class TicketParameters(PageParameters):
    """Which tickets to list."""

    state: StateFilter = Field(StateFilter.OPEN, description="A state, or open (not ended), or all.")
    priority: Priority | None = None
    team: str | None = Field(None, description="The team that does the work.")
    assignee: str | None = Field(None, description="Who has it: the id or the name of a person, or any other name.")
    category: str | None = None
    device: str | None = Field(None, description="Id of a device; tickets of groups of which it is a member as well.")
    location: str | None = Field(None, description="Id of a location; tickets inside it as well.")
    source: TicketSource | None = Field(None, description="What opened it.")
    alarm: int | None = Field(None, ge=1, le=2**63 - 1, description="Number of an alarm that hangs on it.")
    overdue: bool = Field(False, description="true: only those of which a clock has run out and was not met.")
    order: Order = Field(Order.NEWEST, description="newest, or due: the clock that runs out next; for open tickets.")
    after: str | None = Field(None, description="With order=due, what follows the page before: its `next_after`.")


class SummaryAnswer(BaseModel):
    """How many tickets are open."""

    open: int
    states: dict[TicketState, int] = Field(description="How many are in each state.")
    priorities: dict[Priority, int]
    teams: dict[str, int]
    overdue: int = Field(description="Of so many a clock has run out and was not met.")
    due_within_hour: int = Field(description="Of so many the next clock runs out within an hour from now.")
    unassigned: int = Field(description="In so many there is work to do, and nobody has it or is asked to do it.")


@router.get("", response_model=TicketsAnswer, responses=documented())
def list_tickets(gateway: Gateway, query: Annotated[TicketParameters, Query()]) -> Response:
    """Tickets: those open unless asked otherwise, newest first."""
    wanted = _wanted(gateway, query)
    by_due = query.order is Order.DUE
    if by_due:
        after = _mark(query)
        found = find_tickets_by_due(gateway.database, query.limit + 1, wanted, after=after)
    elif query.after is not None:
        raise invalid("after: it is for order=due; lists that begin with the newest go on with before")
    else:
        found = find_tickets(gateway.database, query.page(), wanted)
    if not found:
        _check(gateway, query)
    shown, next_before = cut(found, query, lambda ticket: ticket.number)
    next_after = _written(shown[-1]) if by_due and next_before is not None else None
    return encoded(
        TicketsAnswer(
            tickets=answers_for(shown, gateway),
            next_before=None if by_due else next_before,
            next_after=next_after,
        )
    )


@router.get("/summary", responses=documented())
def summarise_tickets(gateway: Gateway) -> SummaryAnswer:
    """How many tickets are open, overdue, due soon, and without anybody who has them."""
    now = gateway.now()
    counted = count_open(gateway.database, now, now + HOUR)
    return SummaryAnswer(
        open=counted.states.total(),
        states={state: counted.states[state] for state in TicketState if state in OPEN},
        priorities={priority: counted.priorities[priority] for priority in Priority},
        teams=dict(sorted(counted.teams.items())),
        overdue=counted.overdue,
        due_within_hour=counted.due_soon,
        unassigned=counted.unassigned,
    )


@router.get("/{number}", responses=documented(404))
def get_ticket(gateway: Gateway, number: Number) -> TicketDetails:
    """One ticket with all that became of it, also under the tickets merged into it."""
    ticket = find_ticket(gateway.database, number)
    if ticket is None:
        raise not_found(f"there is no ticket {number}")
    merged = _merged_into(gateway, number)
    numbers = [number, *merged]
    steps = sorted((step for each in numbers for step in ticket_steps(gateway.database, each)), key=_number)
    work = [entry for each in numbers for entry in ticket_entries(gateway.database, each, "work")]
    photos = sorted(
        (entry for each in numbers for entry in ticket_entries(gateway.database, each, "photo")), key=_number
    )
    contact = ticket.reporter.contact if ticket.reporter is not None else None
    minutes = ticket.minutes + sum(each.minutes for each in find_each(gateway.database, merged))
    return TicketDetails(
        **dict(answer_for(ticket, gateway)),
        contact=None if contact is None else contact[1],
        work=WorkAnswer(minutes=minutes, parts=_parts(work)),
        photos=[_photo(entry) for entry in photos],
        merged=merged,
        steps=[EventAnswer.of(step) for step in steps],
    )


def known_teams(gateway: Services) -> set[str]:
    """The teams that have members or do what a rule or a checklist of the site asks for."""
    return {*gateway.site.teams, *(each.team for each in _templates(gateway)), DEFAULT_TEAM}


def _templates(gateway: Services) -> Iterator[TicketTemplate]:
    """The tickets that rules and checklists open."""
    configuration = gateway.configuration
    yield from (rule.spec.ticket for rule in configuration.every_rule if rule.spec.ticket is not None)
    for checklist in configuration.checklists.values():
        yield from (item.corrective for item in checklist.items if item.corrective is not None)


def _wanted(gateway: Services, query: TicketParameters) -> Wanted:
    check_known("location", query.location, gateway.site.locations)
    place = None
    if query.location is not None:
        inside = [each for each in gateway.site.locations if gateway.site.is_inside(each, query.location)]
        place = Place(inside, subjects_inside(gateway.configuration, query.location) or [])
    subjects = None
    if query.device is not None:
        groups = {subject for _, subject in groups_of(gateway.configuration, query.device)}
        subjects = [Subject.of_device(query.device), *sorted(groups)]
    return Wanted(
        states=query.state.states,
        priority=query.priority,
        team=query.team,
        assignee=None if query.assignee is None else gateway.site.person_called(query.assignee),
        category=query.category,
        source=query.source,
        subjects=subjects,
        place=place,
        alarm=query.alarm,
        due_before=gateway.now() + 1 if query.overdue else None,
    )


def _check(gateway: Services, query: TicketParameters) -> None:
    """Say what is wrong where nothing was found: what left the site's files can still have tickets."""
    check_known("team", query.team, known_teams(gateway))
    check_known("device", query.device, gateway.site.devices)
    if query.assignee is not None and gateway.site.person_called(query.assignee) not in gateway.site.people:
        names = map(gateway.site.person_name, gateway.site.people.values())
        others = values_of(gateway.database, TicketWord.ASSIGNEE) - gateway.site.people.keys()
        check_known("assignee", query.assignee, {*names, *others})
    if query.category is not None:
        known = {each.category for each in _templates(gateway)} | gateway.configuration.reports.categories
        check_known("category", query.category, known | values_of(gateway.database, TicketWord.CATEGORY))


def _mark(query: TicketParameters) -> DueMark | None:
    if query.state.states is None or not query.state.states <= OPEN:
        raise invalid("order: due is for open tickets, as no clock of the others runs; leave state out")
    if query.before is not None:
        raise invalid("before: lists by order=due go on with after")
    if query.after is None:
        return None
    found = _MARK.fullmatch(query.after)
    if found is None:
        raise invalid(f"after: {query.after!r} is not what a page ends with: write its `next_after`")
    return DueMark(None if found[1] == "-" else int(found[1]), int(found[2]))


def _written(ticket: Ticket) -> str:
    return f"{'-' if ticket.next_due is None else ticket.next_due}.{ticket.number}"


def _merged_into(gateway: Services, number: int) -> list[int]:
    """The tickets that were merged into this one, and into those, in the order of their numbers."""
    found: set[int] = set()
    left = [number]
    while left:
        entries = ticket_entries(gateway.database, left.pop(), "merged")
        new = {merged for entry in entries if isinstance(merged := entry.data.get("ticket"), int)} - found
        found |= new
        left += new
    return sorted(found)


def _parts(work: Iterable[AuditRecord]) -> list[PartAnswer]:
    counts: dict[str, float] = {}
    for entry in work:
        listed = entry.data.get("parts")
        for each in listed if isinstance(listed, list) else ():
            used = PartAnswer.model_validate(each)
            counts[used.part] = counts.get(used.part, 0) + used.count
    return [PartAnswer(part=part, count=counts[part]) for part in sorted(counts)]


def _photo(entry: AuditRecord) -> PhotoAnswer:
    note = entry.data.get("note")
    return PhotoAnswer(
        photo=str(entry.data["photo"]),
        ticket=int(entry.subject),
        time=entry.time,
        by=entry.by,
        note=None if note is None else str(note),
        public=entry.data.get("public") is True,
    )


def _number(record: AuditRecord) -> int:
    return record.number
