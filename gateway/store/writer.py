"""Writes outcomes: each commit is one transaction, on disk when it returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, bindparam, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from gateway.core.outcomes import Outcome
from gateway.store import schema
from gateway.store.database import writing
from gateway.store.rows import row_of

MOST_REJECTIONS = 10_000
"""Kinds of rejections kept; beyond, those not seen for longest go. A flood of topics must not fill the disk."""

_pack = msgspec.msgpack.Encoder().encode

_insert_journal = insert(schema.journal)
_insert_tickets = insert(schema.tickets)
_insert_scans = insert(schema.scans)
_insert_events = insert(schema.events)
_insert_outbox = insert(schema.outbox)
_delete_pending = delete(schema.pending).where(
    schema.pending.c.rule == bindparam("of_rule"), schema.pending.c.device == bindparam("of_device")
)


def _replace(table: Any) -> Any:  # noqa: ANN401 — SQLAlchemy's upsert has no useful common type
    statement = upsert(table)
    changed = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=changed)


_replace_alarms = _replace(schema.alarms)
_replace_pending = _replace(schema.pending)
_replace_latest = _replace(schema.latest)
_replace_cursor = _replace(schema.cursors)
_rejections = upsert(schema.rejections)
_add_rejections = _rejections.on_conflict_do_update(
    index_elements=list(schema.rejections.primary_key.columns),
    set_={
        "count": schema.rejections.c.count + _rejections.excluded["count"],
        "last": _rejections.excluded["last"],
        "detail": _rejections.excluded["detail"],
        "payload": _rejections.excluded["payload"],
    },
)
_trim_rejections = delete(schema.rejections).where(
    schema.rejections.c.last
    < select(schema.rejections.c.last)
    .order_by(schema.rejections.c.last.desc())
    .offset(MOST_REJECTIONS - 1)
    .limit(1)
    .scalar_subquery()
)


class Writer:
    """The only one who writes the operational store. Call it from one thread at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def commit(self, outcomes: Sequence[Outcome]) -> None:
        """Write these outcomes, all or nothing.

        Raises:
            StoreError: nothing was written; the same outcomes may be tried again.
        """
        with writing(self._engine) as connection:
            _write_journal(connection, outcomes)
            for outcome in outcomes:
                _write(connection, outcome)


def _write_journal(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    rows = [
        {
            "first_message": outcome.first_message,
            "messages": outcome.counts.received,
            "reached": outcome.reached,
            "readings": _pack(outcome.readings),
            "digests": b"".join(outcome.digests),
        }
        for outcome in outcomes
        if outcome.counts.received
    ]
    if rows:
        connection.execute(_insert_journal, rows)


def _write(connection: Connection, outcome: Outcome) -> None:
    if outcome.alarms:
        connection.execute(_replace_alarms, [row_of(record) for record in outcome.alarms])
    if outcome.pending:
        _write_pending(connection, outcome)
    if outcome.tickets:
        connection.execute(_insert_tickets, [row_of(ticket) for ticket in outcome.tickets])
    if outcome.scans:
        connection.execute(_insert_scans, [row_of(scan) for scan in outcome.scans])
    if outcome.rejections:
        rows = [row_of(kind) | row_of(rejection) for kind, rejection in outcome.rejections.items()]
        connection.execute(_add_rejections, rows)
        connection.execute(_trim_rejections)
    if outcome.events:
        connection.execute(_insert_events, [row_of(event) for event in outcome.events])
    if outcome.notices:
        connection.execute(_insert_outbox, [row_of(notice) for notice in outcome.notices])
    if outcome.snapshots is not None:
        rows = [{"device": snapshot.device, "snapshot": _pack(snapshot)} for snapshot in outcome.snapshots]
        if rows:
            connection.execute(_replace_latest, rows)
        connection.execute(_replace_cursor, {"name": "snapshot", "position": outcome.first_message})


def _write_pending(connection: Connection, outcome: Outcome) -> None:
    begun = [row_of(pending) for pending in outcome.pending.values() if pending is not None]
    ended = [{"of_rule": rule, "of_device": device} for (rule, device), each in outcome.pending.items() if each is None]
    if ended:
        connection.execute(_delete_pending, ended)
    if begun:
        connection.execute(_replace_pending, begun)
