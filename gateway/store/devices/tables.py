"""The latest values of each device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import Column, Connection, LargeBinary, Table, Text, cast, select

from gateway.core.devices.device import DeviceSnapshot
from gateway.core.devices.latest import DeviceRows, Snapshots
from gateway.core.telemetry.readings import Reading
from gateway.store.database import Database
from gateway.store.dialect import insert_or_update
from gateway.store.schema import metadata
from gateway.store.tables import Tables
from gateway.store.telemetry.journal import readings_since
from gateway.store.telemetry.tables import move_cursor

READER = "snapshot"
"""The cursor of the snapshots: those of all devices include the journal up to it; that of one device, perhaps more."""

latest = Table(
    "latest",
    metadata,
    Column("device", Text, primary_key=True),
    Column("snapshot", LargeBinary, nullable=False),
)
"""The latest values of each device (msgpack), and how much of the journal they include."""

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(DeviceSnapshot).decode
_replace = insert_or_update(latest)


def write(connection: Connection, snapshots: Sequence[Snapshots]) -> None:
    """Write the latest values of the devices in these snapshots."""
    for each in snapshots:
        rows = [{"device": device.device, "snapshot": _pack(device)} for device in each.devices]
        if rows:
            connection.execute(_replace, rows)
        if each.position is not None:
            connection.execute(move_cursor, {"name": READER, "position": each.position})


def load(database: Database) -> DeviceRows:
    """The snapshots of the last run. The readings since then are read while they are iterated, once."""
    snapshots = [*_snapshots(database)]
    included = {snapshot.device: snapshot.position for snapshot in snapshots}
    return DeviceRows(snapshots, _readings_since(database, included))


def _snapshots(database: Database) -> Iterator[DeviceSnapshot]:
    with database.reading() as connection:
        for device, content in connection.execute(select(latest.c.device, cast(latest.c.snapshot, LargeBinary))):
            try:
                snapshot = _unpack(content)
            except ValueError as error:
                database.skip_damaged("latest", device, error)
                continue
            yield snapshot


def _readings_since(database: Database, included: Mapping[str, int]) -> Iterator[Reading]:
    """Those that the snapshot of their device does not include; it lies between two rows."""
    for number, reading in readings_since(database, READER):
        if number >= included.get(reading.device, 0):
            yield reading


def pieces(snapshots: Snapshots) -> Iterator[Snapshots]:
    """The snapshot of each device, and then the cursor alone."""
    for device in snapshots.devices:
        yield Snapshots(None, [device])
    yield Snapshots(snapshots.position, [])


TABLES: Tables[Snapshots, DeviceRows] = Tables(write=write, load=load, pieces=pieces)
