"""Queries for causal chains."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, select

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.kernel.events import AuditRecord
from gateway.store.audit.tables import events, record_of
from gateway.store.database import Database

MOST_STEPS = 500
"""Steps of one alarm that are read: one that nobody acknowledges may return and be raised again for weeks."""


def causal_chain(database: Database, alarm: AlarmRecord) -> list[AuditRecord]:
    """The events of an alarm, in order: the message and reading of each raise, each step of the alarm, and its ticket.
    Of an alarm with more steps, the latest `MOST_STEPS`."""
    columns = events.c
    steps = (
        select(events)
        .where(
            columns.subject == f"{alarm.rule}/{alarm.subject.level}",
            columns.kind == "alarm",
            columns.time >= alarm.raised_at,
            columns.number <= alarm.event,
        )
        .order_by(columns.number.desc())
        .limit(MOST_STEPS)
    )
    with database.reading() as connection:
        found = {
            record.number: record for record in _records(connection, steps) if record.data["alarm"] == alarm.number
        }
        if alarm.ticket is not None:
            work = select(events).where(columns.subject == str(alarm.ticket), columns.kind == "ticket")
            found |= {record.number: record for record in _records(connection, work)}
        while missing := {record.cause for record in found.values() if record.cause is not None} - found.keys():
            causes = _records(connection, select(events).where(columns.number.in_(missing)))
            if not causes:
                break
            found |= {record.number: record for record in causes}
    return [found[number] for number in sorted(found)]


def _records(connection: Connection, query: Select[Any]) -> list[AuditRecord]:
    return [record_of(row) for row in connection.execute(query).mappings()]
