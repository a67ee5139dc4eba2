"""A store without rows: migrations take a tenth of a second, and one process of tests needs them once."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from gateway.store.database import STORE_FILE, Database, connect, open_database


def open_empty(directory: Path) -> Database:
    """An empty store in this directory, with the store's own migrations, as `open_database` leaves a new one."""
    (directory / STORE_FILE).write_bytes(_migrated())
    return connect(directory)


@cache
def _migrated() -> bytes:
    home = Path(tempfile.mkdtemp(prefix="store-"))
    try:
        database = open_database(home)
        database.checkpoint()
        database.close()
        return (home / STORE_FILE).read_bytes()
    finally:
        shutil.rmtree(home)
