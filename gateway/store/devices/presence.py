"""Which devices are expected to send, and which of them are silent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import BigInteger, Column, Connection, RowMapping, Table, Text, bindparam, delete, select

from gateway.core.devices.watched import WatchedRecord
from gateway.store.database import Database
from gateway.store.dialect import insert_or_update
from gateway.store.rows import checked, understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

presence = Table(
    "presence",
    metadata,
    Column("device", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("counts_from", BigInteger, nullable=False),
    Column("counts_from_gaps", BigInteger, nullable=False),
    Column("asked", BigInteger),
    Column("turn_until", BigInteger),
    Column("cut_off_since", BigInteger),
    Column("cut_off_gaps", BigInteger),
)
"""One row for each device that is expected to send."""

_Watched = Mapping[str, WatchedRecord | None]
_replace = insert_or_update(presence)
_delete = delete(presence).where(presence.c.device == bindparam("of_device"))


def write(connection: Connection, changed: Sequence[_Watched]) -> None:
    """Write the latest state of devices; None deletes one."""
    latest = {device: record for each in changed for device, record in each.items()}
    gone = [{"of_device": device} for device, record in latest.items() if record is None]
    watched = [
        {
            "device": record.device,
            "state": record.state.value,
            "since": record.since,
            "counts_from": record.counts_from[0],
            "counts_from_gaps": record.counts_from[1],
            "asked": record.asked,
            "turn_until": record.turn_until,
            "cut_off_since": record.cut_off_since[0] if record.cut_off_since is not None else None,
            "cut_off_gaps": record.cut_off_since[1] if record.cut_off_since is not None else None,
        }
        for record in latest.values()
        if record is not None
    ]
    if gone:
        connection.execute(_delete, gone)
    if watched:
        connection.execute(_replace, watched)


def load(database: Database) -> list[WatchedRecord]:
    """All devices that were watched."""
    with database.reading() as connection:
        rows = connection.execute(select(presence).order_by(presence.c.device)).mappings()
        return [*understood(database, "presence", "device", rows, _record_of)]


def _record_of(row: RowMapping) -> WatchedRecord:
    fields = {name: row[name] for name in ("device", "state", "since", "asked", "turn_until")}
    fields["counts_from"] = (row["counts_from"], row["counts_from_gaps"])
    if row["cut_off_since"] is not None:
        fields["cut_off_since"] = (row["cut_off_since"], row["cut_off_gaps"])
    return checked(WatchedRecord, fields)


TABLES: Tables[_Watched, list[WatchedRecord]] = Tables(write=write, load=load)
