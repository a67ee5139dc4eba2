"""What a gateway leaves to its next run: the store of production, in a directory of its own."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from gateway import parts
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import STORE_FILE, Database, open_database
from gateway.store.writer import Writer

_GROUP = 500
"""Changes in one transaction."""


class Restarts:
    """The store of one history."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="facility-gateway-test-")
        self._group: list[Changes] = []
        home = Path(self._directory.name)
        (home / STORE_FILE).write_bytes(_empty_store())
        self._database = open_database(home, parts.migrations())
        self._writer = Writer(self._database, parts.tables())

    def add(self, changes: Changes) -> None:
        """Commit these changes, at the latest before the next checkpoint."""
        if not changes.is_empty:
            self._group.append(changes)
        if len(self._group) >= _GROUP:
            self._commit()

    def checkpoint(self) -> Checkpoint:
        """What a new run begins with."""
        self._commit()
        return load_checkpoint(self._database, parts.tables())

    def close(self) -> None:
        """Remove the store."""
        self._database.close()
        self._directory.cleanup()

    def _commit(self) -> None:
        if self._group:
            self._writer.commit(self._group)
            self._group = []


@cache
def _empty_store() -> bytes:
    """A store without rows: migrations take a second, and a process needs them once."""
    home = Path(tempfile.mkdtemp(prefix="facility-gateway-test-"))
    try:
        database: Database = open_database(home, parts.migrations())
        database.checkpoint()
        database.close()
        return (home / STORE_FILE).read_bytes()
    finally:
        shutil.rmtree(home)
