"""Opens the SQLite file of the operational store, brought up to the current schema."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from gateway.errors import DataDirectoryInUse, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from sqlite3 import Connection as DriverConnection

_MIGRATIONS = Path(__file__).parent / "migrations"


def open_engine(file: Path) -> Engine:
    """An engine on a SQLite file: readers never wait for the writer (WAL), a commit survives a power cut (FULL)."""
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": 10})

    @event.listens_for(engine, "connect")
    def prepare(connection: DriverConnection, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    return engine


def open_database(directory: Path) -> Engine:
    """The engine of the operational store in `directory`, migrated to the current schema.

    Raises:
        StoreError: when the file cannot be opened, written or migrated.
    """
    from alembic import command
    from alembic.config import Config

    file = directory / "gateway.db"
    engine = open_engine(file)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (SQLAlchemyError, OSError) as error:
        engine.dispose()
        raise StoreError(f"cannot open {file}: {error}") from error
    return engine


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Keep every other gateway out of the data directory, which is made when it does not exist.

    Raises:
        DataDirectoryInUse: another gateway has it.
        StoreError: it cannot be made or written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = (directory / "lock").open("w")
    except OSError as error:
        raise StoreError(f"cannot write to the data directory {directory}: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataDirectoryInUse(f"another gateway is running on {directory}: stop it, or set --data-dir") from error
        yield
