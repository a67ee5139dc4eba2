"""What a new run needs to know of the earlier ones."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, Engine, Table, func, select

from gateway.core.alarms.lifecycle import AlarmRecord, State
from gateway.core.engine import Memory
from gateway.core.outcomes import DeviceSnapshot
from gateway.core.telemetry.duplicates import DIGEST_BYTES
from gateway.core.telemetry.intake import RECENT_MESSAGES
from gateway.core.telemetry.readings import Reading
from gateway.store import schema
from gateway.store.database import reading
from gateway.store.rows import alarm_of, pending_of

_unpack_snapshot = msgspec.msgpack.Decoder(DeviceSnapshot).decode
_unpack_readings = msgspec.msgpack.Decoder(list[Reading]).decode


def load_memory(engine: Engine) -> Memory:
    """Read what the last run left. Its readings and digests are read when they are iterated, once."""
    journal = schema.journal.c
    with reading(engine) as connection:
        last = connection.execute(select(schema.journal).order_by(journal.first_message.desc()).limit(1)).first()
        return Memory(
            next_message=last.first_message + last.messages if last else 1,
            next_alarm=_next(connection, schema.alarms),
            next_ticket=_next(connection, schema.tickets),
            next_event=_next(connection, schema.events),
            reached=last.reached if last else 0,
            snapshots=[_unpack_snapshot(row.snapshot) for row in connection.execute(select(schema.latest))],
            readings=_readings_since_snapshot(engine),
            digests=_digests(engine),
            alarms=_standing_alarms(connection),
            pending=[pending_of(row) for row in connection.execute(select(schema.pending)).mappings()],
        )


def _next(connection: Connection, table: Table) -> int:
    return (connection.scalar(select(func.max(table.c.number))) or 0) + 1


def _readings_since_snapshot(engine: Engine) -> Iterator[Reading]:
    """Read one by one: there may be more than should be in memory at once."""
    journal, cursors = schema.journal.c, schema.cursors.c
    with reading(engine) as connection:
        position = connection.scalar(select(cursors.position).where(cursors.name == "snapshot")) or 0
        query = select(journal.readings).where(journal.first_message >= position).order_by(journal.first_message)
        for row in connection.execute(query):
            yield from _unpack_readings(row.readings)


def _digests(engine: Engine) -> Iterator[bytes]:
    journal = schema.journal.c
    with reading(engine) as connection:
        newest = connection.scalar(select(func.max(journal.first_message))) or 0
        since = newest - RECENT_MESSAGES
        query = select(journal.digests).where(journal.first_message >= since).order_by(journal.first_message)
        for row in connection.execute(query):
            for start in range(0, len(row.digests), DIGEST_BYTES):
                yield row.digests[start : start + DIGEST_BYTES]


def _standing_alarms(connection: Connection) -> list[AlarmRecord]:
    alarms = schema.alarms
    query = select(alarms).where(alarms.c.state != State.NORMAL.value).order_by(alarms.c.number)
    return [alarm_of(row) for row in connection.execute(query).mappings()]
