"""Loads what a run needs from the earlier ones."""

from __future__ import annotations

from gateway.core.kernel.checkpoint import Checkpoint
from gateway.store import counters
from gateway.store.database import Database
from gateway.store.repair import repair
from gateway.store.tables import AnyTables


def load_checkpoint(database: Database, tables: AnyTables) -> Checkpoint:
    """The counters, and the rows of each part. Long ones are read while the part iterates over them, once.

    What is damaged and nothing works without is repaired first; other damaged rows are skipped.
    """
    repair(database)
    with database.reading() as connection:
        following = counters.load(connection)
    rows = {part: each.load(database) for part, each in tables.items() if each.load is not None}
    return Checkpoint(following, rows)
