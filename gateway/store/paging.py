"""Lists in pages, newest first: by a number that only grows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list, newest first: at most `limit`, of a lower number than `before`."""

    limit: int
    before: int | None = None


def matching(query: Select[Any], wanted: Mapping[Any, str | None]) -> Select[Any]:
    """Only rows that have these values, by column; None matches any."""
    return query.where(*(column == value for column, value in wanted.items() if value is not None))


def paged(query: Select[Any], number: ColumnElement[int], page: Page) -> Select[Any]:
    """One page of the rows, by the column of the numbers that put them in order."""
    if page.before is not None:
        query = query.where(number < page.before)
    return query.order_by(number.desc()).limit(page.limit)
