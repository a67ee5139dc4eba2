"""Opens the operational store, migrates it to the current schema, and locks the data directory."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from gateway.errors import DataDirectoryInUse, StoreError, StoreFull, StoreRefused
from gateway.store.dialect import advice_on, checkpoint, is_full, is_refusal, open_engine, unused_bytes
from gateway.store.identity import identity_of

log = structlog.get_logger()

STORE_FILE = "gateway.db"
_MOST_DAMAGED = 10_000
_MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """The operational store. Connections may be used in any thread, each in one at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._damaged: set[tuple[str, str]] = set()
        self._damage = ""

    def skip_damaged(self, table: str, key: object, error: Exception | str) -> None:
        """Count and log, once a row, that it cannot be understood: one damaged row must not cost the others."""
        row = table, str(key)
        if row in self._damaged or len(self._damaged) >= _MOST_DAMAGED:
            return
        self._damaged.add(row)
        self._damage = f"row {key} of {table} is damaged: {error}"
        log.error("a damaged row of the store is skipped", table=table, key=key, error=str(error))

    @property
    def damaged_rows(self) -> int:
        """Rows that could not be understood and were skipped since the start, up to 10,000."""
        return len(self._damaged)

    def take_damage(self) -> str:
        """A sentence on a row that was found damaged since this was last called; empty when none was."""
        damage, self._damage = self._damage, ""
        return damage

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reading.

        Raises:
            StoreError: the store cannot be read.
        """
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(f"cannot read the store: {message_of(error)}{advice_on(error)}") from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in one transaction, which is on disk when the block ends.

        Raises:
            StoreError: nothing of it was written; StoreRefused where it never can be, StoreFull on a full disk.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            kind = StoreRefused if is_refusal(error) else StoreFull if is_full(error) else StoreError
            raise kind(f"cannot write to the store: {message_of(error)}{advice_on(error)}") from error

    def checkpoint(self) -> bool:
        """Make the room in the log of commits usable again; returns whether all of it is."""
        return checkpoint(self._engine)

    @property
    def unused_bytes(self) -> int:
        """What is free inside its file."""
        with self.reading() as connection:
            return unused_bytes(connection)

    def identity(self) -> str:
        """What tells this store from one that is made anew."""
        with self.reading() as connection:
            return identity_of(connection)

    def close(self) -> None:
        """Close its connections."""
        self._engine.dispose()


def connect(directory: Path) -> Database:
    """The store in `directory`, which `open_database` has migrated before."""
    return Database(open_engine(directory / STORE_FILE))


def open_database(directory: Path, migrations: Sequence[Path] = ()) -> Database:
    """The store in `directory`, migrated to the current schema.

    Args:
        migrations: directories of further migrations, beside the store's own. All have one numbering.

    Raises:
        StoreError: the file cannot be opened, written or migrated.
    """
    file = directory / STORE_FILE
    places = (_MIGRATIONS / "versions", *migrations)
    engine = open_engine(file)
    try:
        with engine.begin() as connection:
            revision = _revision_of(connection)
            if revision is not None and revision > current_revision(places):
                raise StoreError(f"{file} was written by a newer release: start that one, or restore a backup")
            if revision != current_revision(places):
                _migrate(connection, places)
            if _revision_of(connection) != current_revision(places):
                raise StoreError(f"{file} was not brought up to date: alembic found no migrations")
            identity_of(connection)
    except (SQLAlchemyError, OSError) as error:
        engine.dispose()
        raise StoreError(f"cannot open {file}: {message_of(error)}{advice_on(error)}") from error
    except StoreError:
        engine.dispose()
        raise
    return Database(engine)


def message_of(error: Exception) -> str:
    """The database's message, without the statement and the link that SQLAlchemy adds."""
    return str(error.orig if isinstance(error, DBAPIError) else error)


def current_revision(places: Sequence[Path] = (_MIGRATIONS / "versions",)) -> str:
    """The schema's revision: migrations are numbered, and the highest is the newest."""
    return max(script.name.split("_")[0] for place in places for script in place.glob("[0-9]*.py"))


def _revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _migrate(connection: Connection, places: Sequence[Path]) -> None:
    from alembic import command  # 10 MB that only a migration needs
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(place) for place in places))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Lock the data directory against other gateways; create it when it does not exist.

    Raises:
        DataDirectoryInUse: another gateway has the lock.
        StoreError: the directory cannot be created or written.
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
