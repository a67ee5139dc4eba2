"""Writes changes: each commit is one transaction, on disk when it returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from gateway.core.kernel.changes import Changes
from gateway.errors import StoreError, StoreRefused
from gateway.store import counters, outbox
from gateway.store.database import Database, message_of
from gateway.store.dialect import is_refusal
from gateway.store.reserve import Room
from gateway.store.tables import AnyTables, pieces_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A piece of changes that the store can never hold."""

    part: str
    """The part that changed it, or `outbox`."""
    piece: object
    """As the part's tables divide it; a publication of the outbox."""
    reason: str
    """In the words of the database, or of the encoder."""


class Writer:
    """The only writer of what the engine changes. Call it from one thread at a time."""

    def __init__(self, database: Database, tables: AnyTables, room: Room | None = None) -> None:
        """`room` makes some when the disk is full."""
        self._database = database
        self._tables = tables
        self._room = room

    def commit(self, group: Sequence[Changes]) -> None:
        """Write these changes, all or nothing.

        Raises:
            StoreRefused: nothing was written; a part of them can never be.
            StoreError: nothing was written; the same changes may be tried again.
        """
        self._write(lambda: self._commit(group))

    def _write(self, write: Callable[[], T]) -> T:
        return write() if self._room is None else self._room.write(write)

    def _commit(self, group: Sequence[Changes]) -> None:
        publications = [publication for changes in group for publication in changes.publications]
        following = {name: number for changes in group for name, number in changes.counters.items()}
        try:
            with self._database.writing() as connection:
                for part, tables in self._tables.items():
                    changed = [changes.parts[part] for changes in group if part in changes.parts]
                    if changed:
                        tables.write(connection, changed)
                if publications:
                    outbox.write(connection, publications)
                if following:
                    counters.write(connection, following)
        except (StoreError, MemoryError):
            raise
        except Exception as error:  # what a table cannot encode or bind: it never will
            raise StoreRefused(f"cannot write to the store: {_reason(error)}") from error

    def salvage(self, changes: Changes, quarantined: Callable[[Sequence[Refusal]], Changes]) -> Sequence[Refusal]:
        """Write every piece of the changes that the store accepts, and their counters, in one transaction.

        Args:
            quarantined: makes the changes that keep the other pieces in quarantine; written in the same transaction.

        Returns:
            The pieces that can never be written.

        Raises:
            StoreError: nothing was written, and it may be tried again: what refuses even the quarantine is the store's
                state, and no fault of the changes.
        """
        return self._write(lambda: self._salvage(changes, quarantined))

    def _salvage(self, changes: Changes, quarantined: Callable[[Sequence[Refusal]], Changes]) -> Sequence[Refusal]:
        try:
            with self._database.writing() as connection:
                refusals = self._write_pieces(connection, changes)
                if changes.counters:
                    counters.write(connection, changes.counters)
                if refusals:
                    for part, changed in quarantined(refusals).parts.items():
                        self._tables[part].write(connection, [changed])
        except StoreRefused as error:
            raise StoreError(str(error)) from error
        return refusals

    def _write_pieces(self, connection: Connection, changes: Changes) -> list[Refusal]:
        refusals: list[Refusal] = []

        def attempt(part: str, piece: object, write: Callable[[Connection, Sequence[Any]], None]) -> None:
            savepoint = connection.begin_nested()
            try:
                write(connection, [piece])
            except Exception as error:
                # Without a rollback to the savepoint: a full disk has ended the whole transaction.
                if isinstance(error, MemoryError) or (isinstance(error, SQLAlchemyError) and not is_refusal(error)):
                    raise
                savepoint.rollback()
                refusals.append(Refusal(part, piece, _reason(error)))
            else:
                savepoint.commit()

        for part, tables in self._tables.items():
            if part in changes.parts:
                for piece in pieces_of(tables, changes.parts[part]):
                    attempt(part, piece, tables.write)
        for publication in changes.publications:
            attempt("outbox", publication, outbox.write)
        return refusals


def _reason(error: Exception) -> str:
    if isinstance(error, SQLAlchemyError):
        return message_of(error)
    return f"{type(error).__name__}: {error}"
