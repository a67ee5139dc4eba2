"""Opens the SQLite file of the operational store, brought up to the current schema."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from gateway.errors import DataDirectoryInUse, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from sqlite3 import Connection as DriverConnection

STORE_FILE = "gateway.db"
_MIGRATIONS = Path(__file__).parent / "migrations"


def open_engine(file: Path) -> Engine:
    """An engine on a SQLite file: readers never wait for the writer (WAL), a commit survives a power cut (FULL)."""
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": 10})

    @event.listens_for(engine, "connect")
    def prepare(connection: DriverConnection, _record: object) -> None:
        connection.isolation_level = None  # sqlite3 itself would begin no transaction before a CREATE TABLE
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def open_database(directory: Path) -> Engine:
    """The engine of the operational store in `directory`, migrated to the current schema.

    Raises:
        StoreError: when the file cannot be opened, written or migrated.
    """
    file = directory / STORE_FILE
    engine = open_engine(file)
    try:
        with engine.begin() as connection:
            revision = _revision_of(connection)
            if revision is not None and revision > current_revision():
                raise StoreError(f"{file} was written by a newer release: start that one, or restore a backup")
            if revision != current_revision():
                _migrate(connection)
    except (SQLAlchemyError, OSError) as error:
        engine.dispose()
        raise StoreError(f"cannot open {file}: {_told(error)}") from error
    except StoreError:
        engine.dispose()
        raise
    return engine


def _told(error: Exception) -> str:
    """What SQLite said, without the statement and the link that SQLAlchemy adds."""
    return str(error.orig if isinstance(error, DBAPIError) else error)


def current_revision() -> str:
    """The schema's revision: migrations are numbered, and the highest is the newest."""
    return max(script.name.split("_")[0] for script in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def _revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _migrate(connection: Connection) -> None:
    from alembic import command  # 10 MB that a store which is up to date does not need
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for reading; what SQLite has to complain about comes out as StoreError."""
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise StoreError(f"cannot read the store: {_told(error)}") from error


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in one transaction, on disk at the end; StoreError means that nothing of it was written."""
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise StoreError(f"cannot write to the store: {_told(error)}") from error


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
            raise DataDirectoryInUse(
                f"another gateway is running on {directory}: stop it, or set --data-dir"
            ) from error
        yield
