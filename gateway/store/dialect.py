"""What differs between databases: all that only SQLite understands is here."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Connection, Engine, Integer, Table, create_engine, event, inspect, text
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    ProgrammingError,
    SQLAlchemyError,
    StatementError,
)

if TYPE_CHECKING:
    from sqlite3 import Connection as DriverConnection

Number = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit integer. SQLite's INTEGER is one, and a primary key of that type costs no index of its own."""

_LARGEST_LOG = 8 * 2**20
"""Bytes to which a log shrinks that has grown during a long read. The rest is never given back: on a full disk commits
need it."""


def open_engine(file: Path) -> Engine:
    """An engine on a SQLite file: readers never wait for the writer (WAL), a commit survives a power cut (FULL)."""
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": 10})
    # Many rows by one statement: after each statement a thread waits until others let it have the interpreter.
    engine.dialect.use_insertmanyvalues_wo_returning = True

    @event.listens_for(engine, "connect")
    def prepare(connection: DriverConnection, _record: object) -> None:
        connection.isolation_level = None  # sqlite3 itself would begin no transaction before a CREATE TABLE
        connection.text_factory = _text
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-1000")  # KiB of each connection; the system caches the file as well
        connection.execute(f"PRAGMA journal_size_limit={_LARGEST_LOG}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _text(data: bytes) -> str:
    """A text as it stands in a file, which may be damaged: bytes that are not UTF-8 must not cost all other rows."""
    return data.decode("utf-8", "backslashreplace")


_NEVER = (IntegrityError, DataError, InterfaceError, ProgrammingError)
_NEVER_IN_SQLITE = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH})
"""Of SQLite's operational errors: a statement that this schema does not allow, and what is too large. All others, such
as SQLITE_BUSY, SQLITE_FULL and SQLITE_IOERR, are about the file or the machine."""


def is_refusal(error: SQLAlchemyError) -> bool:
    """Whether the database will answer the same statement in the same way for ever; otherwise it may pass."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, StatementError)
    code = getattr(error.orig, "sqlite_errorcode", None)
    return isinstance(error, _NEVER) or (code is not None and code & 0xFF in _NEVER_IN_SQLITE)


_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE})
"""A quota that is used up is SQLITE_IOERR_WRITE; the index of the log that cannot grow, SQLITE_IOERR_SHMSIZE."""


def is_full(error: SQLAlchemyError) -> bool:
    """Whether the disk had no room for it, or a write failed as it does then."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlite_errorcode", None) in _FULL


_DAMAGED = "; the file is damaged: restore a backup of it, or move it away to begin without its alarms and tickets"
_ADVICE = {
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_IOERR: "; check the health of the disk",
    sqlite3.SQLITE_CANTOPEN: "; check the rights of the data directory, and that its disk has room and inodes",
    sqlite3.SQLITE_BUSY: "; another program has locked the file: end it",
    sqlite3.SQLITE_READONLY: "; check the rights of the file, and that its disk is not mounted read-only",
}


def advice_on(error: Exception) -> str:
    """What a person can do about it, to add to the message; empty where nothing is known."""
    code = getattr(error.orig, "sqlite_errorcode", 0) if isinstance(error, DBAPIError) else 0
    return _ADVICE.get(code & 0xFF, "")


def checkpoint(engine: Engine) -> bool:
    """Copy the log into the database file without waiting for anybody, so that the next commit starts the log anew.

    Returns:
        Whether all of it was copied. On a full disk it is not, if the database file would have to grow.
    """
    try:
        with closing(engine.raw_connection()) as connection:
            busy, in_log, copied = connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except (sqlite3.Error, SQLAlchemyError):  # above all SQLITE_FULL; the commit says what else it is
        return False
    return not busy and in_log == copied


def unused_bytes(connection: Connection) -> int:
    """What is free inside the database's file: new rows take it before the file grows."""
    pages = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
    return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())


def insert_or_update(table: Table, **changed: Any) -> Insert:  # noqa: ANN401 — expressions of any column
    """Insert a row, or change the row that has its primary key.

    Args:
        changed: what to set in the existing row; unless given, all columns as in the new row. A row that is all key
            stays as it is.
    """
    statement = insert_or(table)
    values = changed or {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    keys = list(table.primary_key.columns)
    if not values:
        return statement.on_conflict_do_nothing(index_elements=keys)
    return statement.on_conflict_do_update(index_elements=keys, set_=values)


def last_given(connection: Connection, table: str) -> int:
    """The highest number that SQLite's AUTOINCREMENT has ever given in the table; 0 where it gave none."""
    if connection.dialect.name != "sqlite" or not inspect(connection).has_table("sqlite_sequence"):
        return 0
    query = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
    return int(connection.scalar(query, {"table": table}) or 0)
