"""The latest values of each device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Connection, LargeBinary, RowMapping, Table, Text, cast, delete, select

from gateway.core.devices.hearing import MOST_INTERVALS, HearingInterval
from gateway.core.devices.snapshot import DeviceRows, DeviceSnapshot, Snapshots
from gateway.core.telemetry.readings import Reading
from gateway.store.database import Database
from gateway.store.dialect import Number, insert_or_update
from gateway.store.rows import checked, understood
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

hearing = Table(
    "hearing",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("heard", BigInteger, nullable=False),
)
"""The latest times in which the gateway heard its devices."""

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(DeviceSnapshot).decode
_replace = insert_or_update(latest)
_replace_hearing = insert_or_update(hearing)


def write(connection: Connection, snapshots: Sequence[Snapshots]) -> None:
    """Write the latest values of the devices in these snapshots, and when the gateway has heard."""
    for each in snapshots:
        if each.hearing:
            connection.execute(_replace_hearing, [msgspec.structs.asdict(interval) for interval in each.hearing])
            newest = max(interval.number for interval in each.hearing)
            connection.execute(delete(hearing).where(hearing.c.number <= newest - MOST_INTERVALS))
        rows = [{"device": device.device, "snapshot": _pack(device)} for device in each.devices]
        if rows:
            connection.execute(_replace, rows)
        if each.removed:
            connection.execute(delete(latest).where(latest.c.device.in_(each.removed)))
        if each.position is not None:
            connection.execute(move_cursor, {"name": READER, "position": each.position})


def load(database: Database) -> DeviceRows:
    """The snapshots of the last run. The readings since then are read while they are iterated, once."""
    snapshots = [*_snapshots(database)]
    included = {snapshot.device: snapshot.position for snapshot in snapshots}
    return DeviceRows(snapshots, _readings_since(database, included), _hearing(database))


def _hearing(database: Database) -> list[HearingInterval]:
    with database.reading() as connection:
        rows = connection.execute(select(hearing).order_by(hearing.c.number)).mappings()
        return [*understood(database, "hearing", "number", rows, _interval_of)]


def _interval_of(row: RowMapping) -> HearingInterval:
    return checked(HearingInterval, {name: row[name] for name in ("number", "since", "until", "heard")})


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
    """Each time of hearing, the snapshot of each device, and then the cursor alone."""
    for interval in snapshots.hearing:
        yield Snapshots(None, hearing=[interval])
    for device in snapshots.devices:
        yield Snapshots(None, [device])
    yield Snapshots(snapshots.position, removed=snapshots.removed)


TABLES: Tables[Snapshots, DeviceRows] = Tables(write=write, load=load, pieces=pieces)
