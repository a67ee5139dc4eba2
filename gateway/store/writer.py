"""Writes changes: each commit is one transaction, on disk when it returns."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.kernel.changes import Changes
from gateway.store import counters, outbox
from gateway.store.database import Database
from gateway.store.tables import AnyTables


class Writer:
    """The only writer of what the engine changes. Call it from one thread at a time."""

    def __init__(self, database: Database, tables: AnyTables) -> None:
        self._database = database
        self._tables = tables

    def commit(self, group: Sequence[Changes]) -> None:
        """Write these changes, all or nothing.

        Raises:
            StoreError: nothing was written; the same changes may be tried again.
        """
        publications = [publication for changes in group for publication in changes.publications]
        following = {name: number for changes in group for name, number in changes.counters.items()}
        with self._database.writing() as connection:
            for part, tables in self._tables.items():
                changed = [changes.parts[part] for changes in group if part in changes.parts]
                if changed:
                    tables.write(connection, changed)
            if publications:
                outbox.write(connection, publications)
            if following:
                counters.write(connection, following)
