"""The store of an engine under test: what a restart finds of the steps before it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from gateway import parts
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database
from gateway.store.writer import Writer
from tests.unit.empty_store import open_empty


class Store:
    """The store of one engine; made on disk when it is first needed."""

    def __init__(self) -> None:
        self._waiting: list[Changes] = []
        self._directory: Path | None = None
        self._database: Database | None = None

    def commit(self, changes: Changes) -> None:
        """Keep the changes of a step."""
        if not changes.is_empty:
            self._waiting.append(changes)

    def checkpoint(self) -> Checkpoint:
        """What a restart finds."""
        if self._database is None:
            self._directory = Path(tempfile.mkdtemp(prefix="store-"))
            self._database = open_empty(self._directory)
        Writer(self._database, parts.tables()).commit(self._waiting)
        self._waiting = []
        return load_checkpoint(self._database, parts.tables())

    def close(self) -> None:
        """Remove it."""
        if self._database is not None and self._directory is not None:
            self._database.close()
            shutil.rmtree(self._directory)
