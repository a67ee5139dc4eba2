"""Queries for the quarantine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sqlalchemy import Float, RowMapping, cast, func, select

from gateway.core.kernel.times import Micros
from gateway.core.telemetry.quarantine import Reason
from gateway.store.database import Database
from gateway.store.paging import Page, matching
from gateway.store.rows import checked, page_of, understood
from gateway.store.telemetry.quarantine import messages, rejections


@dataclass(frozen=True, slots=True)
class RejectionRecord:
    """Rejections of one kind: how many, since when, and the latest."""

    topic: str
    reason: Reason
    metric: str
    count: int
    first: Micros
    last: Micros
    detail: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Rejections:
    """The kinds seen last, and how many kinds and rejections match in all."""

    kinds: int
    total: int
    latest: list[RejectionRecord]


def find_rejections(database: Database, *, limit: int, reason: str | None = None) -> Rejections:
    """The kinds of rejections seen last, newest first."""
    columns = rejections.c
    query = matching(select(rejections), {columns.reason: reason})
    query = query.order_by(columns.last.desc(), columns.topic, columns.metric).limit(limit)
    sums = select(func.count().label("kinds"), func.coalesce(func.sum(cast(columns["count"], Float)), 0).label("total"))
    with database.reading() as connection:
        all_of_them = connection.execute(matching(sums, {columns.reason: reason})).one()
        rows = connection.execute(query).mappings()
        latest = [*understood(database, "rejections", "topic", rows, partial(checked, RejectionRecord))]
        return Rejections(all_of_them.kinds, int(all_of_them.total), latest)


@dataclass(frozen=True, slots=True)
class QuarantinedMessage:
    """A message in quarantine."""

    number: int
    topic: str
    reason: Reason
    metric: str
    """The rejected metric; empty when the whole message was rejected."""
    received: Micros
    detail: str
    size: int
    """Bytes of the whole payload, which is kept up to 256 KiB."""
    payload: bytes


def find_messages(
    database: Database,
    page: Page,
    *,
    topic: str | None = None,
    reason: str | None = None,
    metric: str | None = None,
) -> list[QuarantinedMessage]:
    """Messages in quarantine, newest first."""
    columns = messages.c
    query = matching(select(messages), {columns.topic: topic, columns.reason: reason, columns.metric: metric})
    return page_of(database, query, columns.number, page, _message_of, table="quarantine", key="number")


def find_message(database: Database, number: int) -> QuarantinedMessage | None:
    """The message of this number; None when there is none, or no longer, or its row is damaged."""
    with database.reading() as connection:
        rows = connection.execute(select(messages).where(messages.c.number == number)).mappings()
        return next(understood(database, "quarantine", "number", rows, _message_of), None)


def _message_of(row: RowMapping) -> QuarantinedMessage:
    return checked(QuarantinedMessage, {name: value for name, value in row.items() if name != "stored"})
