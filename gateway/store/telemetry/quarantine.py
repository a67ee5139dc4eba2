"""The quarantine: rejections counted by kind, and the latest messages of each kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    Index,
    LargeBinary,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
)

from gateway.core.kernel.times import Micros
from gateway.core.telemetry.quarantine import KEPT_OF_KIND, Kept, RejectedKind, Rejection
from gateway.store import counters
from gateway.store.database import Database
from gateway.store.dialect import Number, insert_or_update
from gateway.store.schema import metadata

MOST_REJECTIONS = 10_000
"""Kinds of rejections kept; beyond, the least recent are deleted. A flood of topics must not fill the disk."""

_COUNTER = "quarantined"

_ROW_BYTES = 200
"""What a message takes beside its texts and its payload, about."""

rejections = Table(
    "rejections",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("count", Number, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("detail", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Index("rejections_by_last", "last"),
)

messages = Table(
    "quarantine",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("topic", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("detail", Text, nullable=False),
    Column("size", Number, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("stored", Number, nullable=False),
    Index("quarantine_by_kind", "topic", "reason", "metric", "number"),
    Index("quarantine_by_received", "received", "stored"),
)
"""The messages of the rejections, as far as they are kept. `size` is the length of the whole payload, `stored` about
what the row takes, both in bytes."""

_stored = cast(messages.c.stored, Float)
"""A float, which cannot overflow, whatever stands in a damaged row."""

_new = insert_or_update(rejections).excluded
_add_rejections = insert_or_update(
    rejections,
    count=rejections.c.count + _new["count"],
    last=_new["last"],
    detail=_new["detail"],
    payload=_new["payload"],
)
_trim_rejections = delete(rejections).where(
    rejections.c.last
    < select(rejections.c.last)
    .order_by(rejections.c.last.desc())
    .offset(MOST_REJECTIONS - 1)
    .limit(1)
    .scalar_subquery()
)
_insert = insert(messages)
_of_kind = (
    messages.c.topic == bindparam("of_topic"),
    messages.c.reason == bindparam("of_reason"),
    messages.c.metric == bindparam("of_metric"),
)
_trim_kind = delete(messages).where(
    *_of_kind,
    messages.c.number
    <= select(messages.c.number)
    .where(*_of_kind)
    .order_by(messages.c.number.desc())
    .offset(KEPT_OF_KIND)
    .limit(1)
    .scalar_subquery(),
)


def write(connection: Connection, rejections_of: Iterable[Mapping[RejectedKind, Rejection]]) -> None:
    """Add rejections to the counts of their kinds, and keep their messages."""
    for each in rejections_of:
        counted = [_counted(kind, rejection) for kind, rejection in each.items()]
        connection.execute(_add_rejections, counted)
        connection.execute(_trim_rejections)
        kept = [_row(kind, message) for kind, rejection in each.items() for message in rejection.kept]
        if kept:
            first = counters.take(connection, _COUNTER, len(kept))
            connection.execute(_insert, [row | {"number": number} for number, row in enumerate(kept, first)])
            connection.execute(
                _trim_kind,
                [
                    {"of_topic": kind.topic, "of_reason": kind.reason, "of_metric": kind.metric}
                    for kind, rejection in each.items()
                    if rejection.kept
                ],
            )


def size(database: Database) -> int:
    """Bytes that the messages in quarantine take on disk, about."""
    with database.reading() as connection:
        return int(connection.scalar(select(func.sum(_stored))) or 0)


def trim(database: Database, *, most_bytes: int, before: Micros) -> int:
    """Delete the messages received before a time, and the oldest beyond so many bytes; returns how many."""
    received = messages.c.received
    total = func.sum(_stored).over(order_by=received.desc())
    newest_first = select(received, total.label("total")).subquery()
    beyond = select(func.max(newest_first.c.received)).where(newest_first.c.total > most_bytes)
    takes = size(database)
    with database.reading() as connection:
        oldest = connection.scalar(select(func.min(received)))
        last = connection.scalar(beyond) if takes > most_bytes else None
    if oldest is None or (last is None and oldest >= before):
        return 0
    old = received < before
    with database.writing() as connection:
        return connection.execute(delete(messages).where(old if last is None else old | (received <= last))).rowcount


def _counted(kind: RejectedKind, rejection: Rejection) -> dict[str, object]:
    fields = msgspec.structs.asdict(kind) | msgspec.structs.asdict(rejection)
    del fields["kept"]
    return fields


def _row(kind: RejectedKind, message: Kept) -> dict[str, object]:
    stored = len(message.payload) + len(message.detail) + len(kind.topic) + _ROW_BYTES
    return msgspec.structs.asdict(kind) | msgspec.structs.asdict(message) | {"stored": stored}
