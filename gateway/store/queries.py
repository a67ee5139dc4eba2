"""What people and other systems look up in the operational store. Nothing here writes; call it from any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, select

from gateway.core.alarms.lifecycle import AlarmRecord, State
from gateway.core.kernel.times import Micros
from gateway.core.outcomes import AuditEvent
from gateway.core.work.tickets import Ticket, TicketState
from gateway.store import schema
from gateway.store.database import reading
from gateway.store.rows import alarm_of, event_of, ticket_of

MOST_STEPS = 500
"""Steps of one alarm that are looked up: one that nobody acknowledges may come and go for weeks."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list, newest first: at most `limit`, of lower number than `before`."""

    limit: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class ScanRecord:
    """A tag that was held to a reader."""

    number: int
    device: str
    uid: str
    time: Micros
    received: Micros


@dataclass(frozen=True, slots=True)
class RejectionRecord:
    """Rejections of one kind: how many, since when, and the latest to look at."""

    topic: str
    reason: str
    metric: str
    count: int
    first: Micros
    last: Micros
    detail: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Rejections:
    """The kinds seen last, and how much there is in all."""

    kinds: int
    total: int
    latest: list[RejectionRecord]


def find_alarms(
    engine: Engine,
    page: Page,
    *,
    states: Sequence[State],
    device: str | None = None,
    rule: str | None = None,
    severity: str | None = None,
) -> list[AlarmRecord]:
    """Alarms in one of `states`, newest first."""
    alarms = schema.alarms.c
    query = select(schema.alarms).where(alarms.state.in_([state.value for state in states]))
    query = _matching(query, {alarms.device: device, alarms.rule: rule, alarms.severity: severity})
    with reading(engine) as connection:
        return [alarm_of(row._mapping) for row in connection.execute(_paged(query, alarms.number, page))]


def find_alarm(engine: Engine, number: int) -> AlarmRecord | None:
    """The alarm of this number, standing or long closed."""
    with reading(engine) as connection:
        row = connection.execute(select(schema.alarms).where(schema.alarms.c.number == number)).first()
        return alarm_of(row._mapping) if row else None


def causal_chain(engine: Engine, alarm: AlarmRecord) -> list[AuditEvent]:
    """What happened to the alarm, what caused it and what came of it, in order: the message and reading of each raise,
    each step of the alarm, and its ticket. Of an alarm that came and went more often, the latest `MOST_STEPS`."""
    events = schema.events.c
    steps = (
        select(schema.events)
        .where(
            events.subject == f"{alarm.rule}/{alarm.device}",
            events.kind == "alarm",
            events.time >= alarm.raised_at,
            events.number <= alarm.event,
        )
        .order_by(events.number.desc())
        .limit(MOST_STEPS)
    )
    with reading(engine) as connection:
        found = {event.number: event for event in _events(connection, steps) if event.data["alarm"] == alarm.number}
        if alarm.ticket is not None:
            work = select(schema.events).where(events.subject == str(alarm.ticket), events.kind == "ticket")
            found |= {event.number: event for event in _events(connection, work)}
        while missing := {event.cause for event in found.values() if event.cause is not None} - found.keys():
            causes = _events(connection, select(schema.events).where(events.number.in_(missing)))
            if not causes:
                break
            found |= {event.number: event for event in causes}
    return [found[number] for number in sorted(found)]


def find_tickets(
    engine: Engine,
    page: Page,
    *,
    state: TicketState | None = None,
    priority: str | None = None,
    team: str | None = None,
) -> list[Ticket]:
    """Tickets, newest first."""
    tickets = schema.tickets.c
    query = _matching(select(schema.tickets), {tickets.state: state, tickets.priority: priority, tickets.team: team})
    with reading(engine) as connection:
        return [ticket_of(row._mapping) for row in connection.execute(_paged(query, tickets.number, page))]


def find_ticket(engine: Engine, number: int) -> Ticket | None:
    """The ticket of this number."""
    with reading(engine) as connection:
        row = connection.execute(select(schema.tickets).where(schema.tickets.c.number == number)).first()
        return ticket_of(row._mapping) if row else None


def find_scans(engine: Engine, page: Page, *, device: str | None = None, uid: str | None = None) -> list[ScanRecord]:
    """Scans in the order in which they came in, newest first."""
    scans = schema.scans.c
    query = _matching(select(schema.scans), {scans.device: device, scans.uid: uid})
    with reading(engine) as connection:
        return [ScanRecord(**row._mapping) for row in connection.execute(_paged(query, scans.number, page))]


def find_rejections(engine: Engine, *, limit: int, reason: str | None = None) -> Rejections:
    """The kinds of rejections seen last, newest first."""
    rejections = schema.rejections.c
    query = _matching(select(schema.rejections), {rejections.reason: reason})
    query = query.order_by(rejections.last.desc(), rejections.topic, rejections.metric).limit(limit)
    sums = select(func.count().label("kinds"), func.coalesce(func.sum(rejections["count"]), 0).label("total"))
    with reading(engine) as connection:
        all_of_them = connection.execute(_matching(sums, {rejections.reason: reason})).one()
        latest = [RejectionRecord(**row._mapping) for row in connection.execute(query)]
        return Rejections(all_of_them.kinds, int(all_of_them.total), latest)


def _matching(query: Select[Any], wanted: Mapping[Any, str | None]) -> Select[Any]:
    return query.where(*(column == value for column, value in wanted.items() if value is not None))


def _paged(query: Select[Any], number: Any, page: Page) -> Select[Any]:  # noqa: ANN401 — a column of any table
    if page.before is not None:
        query = query.where(number < page.before)
    return query.order_by(number.desc()).limit(page.limit)


def _events(connection: Connection, query: Select[Any]) -> list[AuditEvent]:
    return [event_of(row) for row in connection.execute(query).mappings()]
