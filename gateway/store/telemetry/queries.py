"""Queries for the quarantine."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from gateway.core.kernel.times import Micros
from gateway.store.database import Database
from gateway.store.paging import matching
from gateway.store.telemetry.tables import rejections


@dataclass(frozen=True, slots=True)
class RejectionRecord:
    """Rejections of one kind: how many, since when, and the latest."""

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
    """The kinds seen last, and how many kinds and rejections match in all."""

    kinds: int
    total: int
    latest: list[RejectionRecord]


def find_rejections(database: Database, *, limit: int, reason: str | None = None) -> Rejections:
    """The kinds of rejections seen last, newest first."""
    columns = rejections.c
    query = matching(select(rejections), {columns.reason: reason})
    query = query.order_by(columns.last.desc(), columns.topic, columns.metric).limit(limit)
    sums = select(func.count().label("kinds"), func.coalesce(func.sum(columns["count"]), 0).label("total"))
    with database.reading() as connection:
        all_of_them = connection.execute(matching(sums, {columns.reason: reason})).one()
        latest = [RejectionRecord(**row) for row in connection.execute(query).mappings()]
        return Rejections(all_of_them.kinds, int(all_of_them.total), latest)
