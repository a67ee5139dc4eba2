"""Series in a SQLite file of their own: the store that needs no server.

Readings are appended to `fresh` and moved, many at once and in the order of the key, to `readings`. With thousands of
devices each group of readings would otherwise change a page per device: docs/decisions/0002-embedded-series.md has the
figures. A query sees both tables.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.readings import Reading
from gateway.errors import SeriesRefused, SeriesUnavailable
from gateway.series.port import NUMERIC, Bucket

MOVE_AT = 100_000
"""Readings in `fresh` at which they are moved. Scanning that many for a query takes about 10 ms."""

_SCHEMA_VERSION = 1
_WAIT_FOR_LOCK_S = 10.0
_SCHEMA = """
    CREATE TABLE readings (
        device TEXT NOT NULL, time INTEGER NOT NULL, fields TEXT NOT NULL, PRIMARY KEY (device, time)
    ) WITHOUT ROWID;
    CREATE TABLE fresh (device TEXT NOT NULL, time INTEGER NOT NULL, fields TEXT NOT NULL);
"""
_ROWS_AT_ONCE = 500
"""Rows that one statement inserts: after each statement a thread waits until others let it have the interpreter."""
_MOVE = """
    INSERT INTO readings SELECT device, time, fields FROM fresh WHERE true ORDER BY device, time, rowid
    ON CONFLICT DO UPDATE SET fields = CASE
        WHEN NOT json_valid(fields) THEN excluded.fields
        WHEN NOT json_valid(excluded.fields) THEN fields
        ELSE json_patch(fields, excluded.fields)
    END
"""

# `latest` has the fresh values; where one time has several, the one written last (SQLite takes the other columns from
# the row of the max). It replaces the value that `readings` has of that time. Values of another type than the profile's
# are left out: they are from before the profile changed.
_POINTS = """
    WITH latest AS (
        SELECT time, json_extract(fields, :path) AS value, json_type(fields, :path) AS kind, max(rowid)
        FROM fresh
        WHERE device = :device AND time >= :start AND time < :end AND json_type(fields, :path) IS NOT NULL
        GROUP BY time
    ),
    points AS (
        SELECT time, value FROM latest WHERE kind IN ({kinds})
        UNION ALL
        SELECT time, json_extract(fields, :path) FROM readings
        WHERE device = :device AND time >= :start AND time < :end AND json_type(fields, :path) IN ({kinds})
            AND time NOT IN (SELECT time FROM latest)
    )
"""
_EACH = _POINTS + "SELECT time, 1, value, value, value, value FROM points ORDER BY time LIMIT :limit"
_BUCKETS = (
    _POINTS
    + """
    SELECT begin, count, mean, least, greatest, coalesce(
        (SELECT value FROM latest WHERE time = newest),
        (SELECT json_extract(fields, :path) FROM readings WHERE device = :device AND time = newest)
    )
    FROM (
        SELECT time - (time % :bucket + :bucket) % :bucket AS begin, count(*) AS count, avg(value) AS mean,
            min(value) AS least, max(value) AS greatest, max(time) AS newest
        FROM points GROUP BY begin ORDER BY begin LIMIT :limit
    )
    ORDER BY begin
    """
)

_MALFORMED = "malformed JSON"
_encode = msgspec.json.Encoder().encode


class EmbeddedSeries:
    """A `SeriesStore` in `series.db` of the data directory."""

    def __init__(self, directory: Path, *, move_at: int = MOVE_AT, has_room: Callable[[], bool] = lambda: True) -> None:
        """
        A file that cannot be opened, is damaged, or was written by a later version, is opened again with each write:
        no alarm may depend on it. So is one that was moved away.

        Args:
            has_room: whether it may take more of the disk, which it shares with alarms.
        """
        self._file = directory / "series.db"
        self._move_at = move_at
        self._has_room = has_room
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None
        """Which file the connection has."""
        self._fresh = 0
        with self._lock, suppress(SeriesUnavailable):  # the first write says it
            self._open()

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            if self._opened == _identity_of(self._file):
                return self._connection
            self._connection.close()
            self._connection = None
        if (log := self._file.with_name(f"{self._file.name}-wal")).exists() and not self._file.exists():
            raise SeriesUnavailable(
                f"{log} is of a file that was moved away, and would damage a new one: move it as well"
            )
        with self._unavailable("open"):
            connection = sqlite3.connect(
                self._file, timeout=_WAIT_FOR_LOCK_S, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare(connection)
                self._fresh = connection.execute("SELECT count(*) FROM fresh").fetchone()[0]
            except BaseException:
                connection.close()
                raise
        self._connection, self._opened = connection, _identity_of(self._file)
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA page_size=8192")  # a new file's; one that exists keeps its own
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA cache_size=-1000")  # more is no faster, also for a move
        connection.execute("PRAGMA journal_size_limit=67108864")  # shrink the WAL again after a move
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version={_SCHEMA_VERSION}; COMMIT")
        elif version != _SCHEMA_VERSION:
            raise SeriesUnavailable(
                f"{self._file} has schema version {version}, this release knows {_SCHEMA_VERSION}: "
                "start the release that wrote it, or move the file away to begin a new one"
            )

    def write(self, readings: Sequence[Reading]) -> None:
        """See `SeriesStore`: one transaction, on disk when this returns."""
        if not self._has_room():
            raise SeriesUnavailable(f"cannot write {self._file}: what is left of the disk is kept for alarms")
        rows = [
            (reading.device, reading.time, _encode(reading.values).decode()) for reading in readings if reading.values
        ]
        with self._lock, self._unavailable("write"):
            connection = self._open()
            fresh = self._fresh + len(rows)
            connection.execute("BEGIN IMMEDIATE")
            try:
                for start in range(0, len(rows), _ROWS_AT_ONCE):
                    part = rows[start : start + _ROWS_AT_ONCE]
                    connection.execute(_insert(len(part)), [*chain.from_iterable(part)])
                if fresh >= self._move_at:
                    connection.execute(_MOVE)
                    connection.execute("DELETE FROM fresh")
                    fresh = 0
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # SQLite rolls back by itself when the disk is full
                    connection.execute("ROLLBACK")
                raise
            self._fresh = fresh

    def query(
        self,
        device: str,
        profile: Profile,
        metric: str,
        *,
        start: Micros,
        end: Micros,
        bucket: Micros | None,
        limit: int,
    ) -> list[Bucket]:
        """See `SeriesStore`. Does not wait for a write that is under way."""
        type_ = profile.metrics[metric].type
        numeric, truth = type_ in NUMERIC, type_ == "bool"
        kinds = "'integer', 'real'" if numeric else "'true', 'false'" if truth else "'text'"
        parameters: dict[str, Any] = {"device": device, "path": f'$."{metric}"', "start": start, "end": end}
        parameters |= {"bucket": bucket, "limit": limit}
        statement = _EACH if bucket is None else _BUCKETS
        with self._unavailable("read"), closing(self._reader()) as connection:
            try:
                rows = connection.execute(statement.format(kinds=kinds), parameters).fetchall()
            except sqlite3.OperationalError as error:
                if _MALFORMED not in str(error):
                    raise
                statement = _without_damaged_rows(statement)  # it takes longer
                rows = connection.execute(statement.format(kinds=kinds), parameters).fetchall()
        if numeric:
            return [Bucket(*row) for row in rows]
        return [
            Bucket(time, count, float(mean) if truth else None, None, None, bool(last) if truth else last)
            for time, count, mean, _least, _greatest, last in rows
        ]

    def _reader(self) -> sqlite3.Connection:
        return sqlite3.connect(f"{self._file.absolute().as_uri()}?mode=ro", uri=True, timeout=_WAIT_FOR_LOCK_S)

    @contextmanager
    def _unavailable(self, verb: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.ProgrammingError:
            raise  # a bug
        except (sqlite3.IntegrityError, sqlite3.DataError, OverflowError) as error:
            raise SeriesRefused(f"{self._file} cannot hold it: {error}") from error
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            damaged = code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
            advice = "move the file away to begin a new one" if damaged else "check the free space and its disk"
            message = f"cannot {verb} {self._file}: {error}; {advice}"
            raise SeriesUnavailable(message) from error

    def close(self) -> None:
        """See `SeriesStore`. Waits for a write that is under way."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()


def _insert(rows: int) -> str:
    return f"INSERT INTO fresh VALUES {','.join(['(?,?,?)'] * rows)}"


def _identity_of(file: Path) -> tuple[int, int] | None:
    """Device and inode; None where there is no such file."""
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _without_damaged_rows(statement: str) -> str:
    """The same query over the rows whose fields are JSON: others were damaged, and must not cost the rest."""
    valid = "CASE WHEN json_valid(fields) THEN fields ELSE '{{}}' END AS fields"
    statement = statement.replace("FROM fresh", f"FROM (SELECT rowid, device, time, {valid} FROM fresh)")
    return statement.replace("FROM readings", f"FROM (SELECT device, time, {valid} FROM readings)")
