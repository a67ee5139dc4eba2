"""Reads rows that may be damaged: one that cannot be understood is skipped and told of, and costs no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, RowMapping, Select

from gateway.core.kernel.times import LATEST, SECOND
from gateway.store.database import Database
from gateway.store.paging import Page, paged

T = TypeVar("T")

_EARLIEST = -62_135_596_800 * SECOND
"""0001-01-01, the earliest time that `datetime` can represent. No number of a record is beyond this and LATEST."""


def checked(kind: type[T], fields: Mapping[str, Any]) -> T:
    """A record of this kind with these fields.

    Raises:
        ValueError: a field is missing, has another type, or is a number that nothing in the store has.
    """
    for name, value in fields.items():
        if isinstance(value, int) and not _EARLIEST <= value <= LATEST:
            raise ValueError(f"{name} is {value}")
    return msgspec.convert({str(name): value for name, value in fields.items()}, kind)  # SQLAlchemy's are no plain str


def understood(
    database: Database, table: str, key: str, rows: Iterable[RowMapping], make: Callable[[RowMapping], T]
) -> Iterator[T]:
    """What `make` makes of each row, without those for which it raises ValueError or TypeError.

    Args:
        key: the column that names the row in the log.
    """
    for row in rows:
        try:
            made = make(row)
        except (ValueError, TypeError) as error:
            database.skip_damaged(table, row[key], error)
            continue
        yield made


def page_of(
    database: Database,
    query: Select[Any],
    number: ColumnElement[int],
    page: Page,
    make: Callable[[RowMapping], T],
    *,
    table: str,
    key: str,
) -> list[T]:
    """One page of records, by the column of the numbers that put them in order. Damaged ones make it no shorter."""
    found: list[T] = []
    before = page.before
    with database.reading() as connection:
        while True:
            lacking = page.limit - len(found)
            rows = connection.execute(paged(query, number, Page(lacking, before))).mappings().all()
            found += understood(database, table, key, rows, make)
            if len(rows) < lacking or len(found) == page.limit:
                return found
            before = rows[-1][number]
