"""The windows of devices on which rules derive values, and the blind gaps within them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import Column, Connection, LargeBinary, Table, Text, bindparam, cast, delete, select

from gateway.core.rules.windows.heard import Span
from gateway.core.rules.windows.kinds import StoredWindows
from gateway.core.rules.windows.part import WindowChanges, WindowRows
from gateway.store.database import Database
from gateway.store.dialect import insert_or_update
from gateway.store.schema import metadata
from gateway.store.tables import Tables
from gateway.store.telemetry.journal import readings_since
from gateway.store.telemetry.tables import move_cursor

READER = "windows"
"""The cursor of the windows: those of all devices include the journal up to it; those of one device, perhaps more."""

windows = Table(
    "windows",
    metadata,
    Column("device", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""The windows of each device, and how much of the journal they include; under no device the blind gaps (msgpack)."""

_GAPS = ""
"""No device has this id."""
_pack = msgspec.msgpack.Encoder().encode
_windows = msgspec.msgpack.Decoder(StoredWindows).decode
_gaps = msgspec.msgpack.Decoder(list[Span]).decode
_replace = insert_or_update(windows)
_delete = delete(windows).where(windows.c.device == bindparam("of_device"))


def write(connection: Connection, changed: Sequence[WindowChanges]) -> None:
    """Write the windows of these devices."""
    for each in changed:
        rows = [{"device": row.device, "content": _pack(row)} for row in each.windows]
        if each.gaps is not None:
            rows.append({"device": _GAPS, "content": _pack(each.gaps)})
        if rows:
            connection.execute(_replace, rows)
        if each.removed:
            connection.execute(_delete, [{"of_device": device} for device in each.removed])
        if each.position is not None:
            connection.execute(move_cursor, {"name": READER, "position": each.position})


def load(database: Database) -> WindowRows:
    """The windows of the last run. The readings since then are read while they are iterated, once."""
    rows: list[StoredWindows] = []
    gaps: list[Span] = []
    with database.reading() as connection:
        for device, content in connection.execute(select(windows.c.device, cast(windows.c.content, LargeBinary))):
            try:
                if device == _GAPS:
                    gaps = _gaps(content)
                else:
                    rows.append(_windows(content))
            except ValueError as error:
                database.skip_damaged("windows", device, error)
    return WindowRows(rows, gaps, readings_since(database, READER))


def pieces(changes: WindowChanges) -> Iterator[WindowChanges]:
    """The windows of each device, and then the rest."""
    for row in changes.windows:
        yield WindowChanges(None, [row])
    yield WindowChanges(changes.position, removed=changes.removed, gaps=changes.gaps)


TABLES: Tables[WindowChanges, WindowRows] = Tables(write=write, load=load, pieces=pieces)
