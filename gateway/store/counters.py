"""Counters: the next number of each numbered kind of record. A number is never used twice, whatever is deleted."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Column, Connection, Table, Text, select

from gateway.store.dialect import Number, insert_or_update
from gateway.store.schema import metadata

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("following", Number, nullable=False),
)

_replace = insert_or_update(counters)


def load(connection: Connection) -> dict[str, int]:
    """The next number by the name of the counter."""
    return {row.name: row.following for row in connection.execute(select(counters))}


def write(connection: Connection, following: Mapping[str, int]) -> None:
    """Save the next numbers of these counters."""
    connection.execute(_replace, [{"name": name, "following": number} for name, number in following.items()])


def taken(connection: Connection, name: str) -> int:
    """How many numbers of a counter are used up."""
    return (connection.scalar(select(counters.c.following).where(counters.c.name == name)) or 1) - 1


def take(connection: Connection, name: str, count: int) -> int:
    """Use up the next `count` numbers of a counter that the store itself keeps, and return the first."""
    following = taken(connection, name) + 1
    write(connection, {name: following + count})
    return following
