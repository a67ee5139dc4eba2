"""Queries for causal chains."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, or_, select

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.kernel.events import AuditRecord
from gateway.store.audit.tables import events, record_of
from gateway.store.database import Database
from gateway.store.notices.queries import notices_about
from gateway.store.rows import understood

MOST_STEPS = 500
"""Steps of one alarm or ticket that are read: one that nobody acknowledges may return and be raised again for weeks."""


def causal_chain(database: Database, alarm: AlarmRecord) -> list[AuditRecord]:
    """The events of an alarm, in order: its steps, the message and reading of each raise and return, its ticket, who
    was told of it, and what people have said about it since it is over. Of an alarm with more steps, the first raise
    and the latest `MOST_STEPS`.

    Everything is found by numbers: the steps of one alarm are those of its rule and subject from its first raise to
    its latest step, and what caused them is named by each. Times would not do, as clocks are set.
    """
    columns = events.c
    steps = (
        select(events)
        .where(
            columns.subject == f"{alarm.rule}/{alarm.subject.level}",
            columns.kind == "alarm",
            columns.number.between(alarm.first_raise, alarm.event),
        )
        .order_by(columns.number.desc())
        .limit(MOST_STEPS)
    )
    with database.reading() as connection:
        found = {record.number: record for record in _records(database, connection, steps)}
        oldest = min(found, default=alarm.first_raise)
        found |= {
            record.number: record
            for record in _records(database, connection, select(events).where(columns.number == alarm.first_raise))
        }
        said = select(events).where(columns.subject == str(alarm.number), columns.kind == "comment")
        latest = said.order_by(columns.number.desc()).limit(MOST_STEPS)
        found |= {record.number: record for record in _records(database, connection, latest)}
        if alarm.ticket is not None:
            work = select(events).where(
                columns.subject == str(alarm.ticket),
                columns.kind == "ticket",
                or_(columns.number > oldest, columns.cause == alarm.first_raise),
            )
            found |= {record.number: record for record in _records(database, connection, work)}
        told = select(events).where(
            columns.subject.in_([str(number) for number in notices_about(connection, alarm.number, MOST_STEPS)]),
            columns.kind == "notice",
            columns.number > oldest,
        )
        found |= {
            record.number: record
            for record in _records(database, connection, told.order_by(columns.number.desc()).limit(MOST_STEPS))
        }
        while missing := _causes(found.values()) - found.keys():
            causes = _records(database, connection, select(events).where(columns.number.in_(missing)))
            if not causes:
                break
            found |= {record.number: record for record in causes}
    return [found[number] for number in sorted(found)]


def _causes(records: Iterable[AuditRecord]) -> set[int]:
    """What led to these. What led to a step of a ticket may be another alarm on it, with a chain of its own."""
    return {record.cause for record in records if record.cause is not None and record.kind != "ticket"}


def ticket_steps(database: Database, ticket: int) -> list[AuditRecord]:
    """The events of a ticket, in order: the latest `MOST_STEPS`."""
    columns = events.c
    query = select(events).where(columns.subject == str(ticket), columns.kind == "ticket")
    with database.reading() as connection:
        found = _records(database, connection, query.order_by(columns.number.desc()).limit(MOST_STEPS))
    return found[::-1]


def ticket_entries(database: Database, ticket: int, step: str) -> list[AuditRecord]:
    """All records of one step or entry of a ticket, such as `work`, in order."""
    columns = events.c
    named = columns.data.like(f'%"step":"{step}"%')
    query = select(events).where(columns.subject == str(ticket), columns.kind == "ticket", named)
    with database.reading() as connection:
        found = _records(database, connection, query.order_by(columns.number))
    return [record for record in found if record.data.get("step") == step]


def _records(database: Database, connection: Connection, query: Select[Any]) -> list[AuditRecord]:
    return [*understood(database, "events", "number", connection.execute(query).mappings(), record_of)]
