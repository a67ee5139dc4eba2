"""Every notice, the alarms of which people were told, and what keeps people from being told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, RowMapping, Table, Text, delete, select

from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.kernel.subjects import Subject
from gateway.core.notices.notice import Notice, NoticeState
from gateway.core.notices.rows import NoticeChanges, NoticeRows
from gateway.core.notices.told_keys import MOST
from gateway.core.notices.troubles import Trouble
from gateway.core.notices.watch import WatchRecord
from gateway.store.database import Database
from gateway.store.dialect import Number, insert_or_update
from gateway.store.rows import checked, understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

notices = Table(
    "notices",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("alarms", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("person", Text),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("further", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("items", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("links", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("earliest", BigInteger, nullable=False),
    Column("due", BigInteger),
    Column("give_up_at", BigInteger),
    Column("event", Number, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("error", Text, nullable=False),
    Column("is_overdue", Boolean, nullable=False),
    Column("is_staff", Boolean, nullable=False),
    Column("obsolete", Text, nullable=False),
    Column("is_stopped", Boolean, nullable=False),
    Column("ended_at", BigInteger),
    Index("notices_by_state", "state"),
    Index("notices_by_about", "about"),
    Index("notices_by_person", "person"),
    Index("notices_by_person_and_state", "person", "state"),
)
"""`alarms` holds the numbers between commas, with one before and behind."""
notice_alarms = Table(
    "notice_alarms",
    metadata,
    Column("alarm", Number, primary_key=True, autoincrement=False),
    Column("notice", Number, primary_key=True, autoincrement=False),
)
"""The alarms that each notice told of, or was to tell of: also of those that were taken out before it was sent."""
watches = Table(
    "notice_watches",
    metadata,
    Column("alarm", Number, primary_key=True, autoincrement=False),
    Column("raise", Number, nullable=False),
    Column("at", BigInteger),
    Column("told", Text, nullable=False),
    Column("escalations", Text, nullable=False),
)
times = Table(
    "notice_times",
    metadata,
    Column("name", Text, primary_key=True),
    Column("time", BigInteger, nullable=False),
)
"""Until when routes collect alarms, by their keys, and when the last proof was."""
troubles = Table(
    "notice_troubles",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("why", Text, nullable=False),
)

_put_notice, _put_watch, _put_time = insert_or_update(notices), insert_or_update(watches), insert_or_update(times)
_put_trouble, _put_alarm = insert_or_update(troubles), insert_or_update(notice_alarms)
_OPEN = (NoticeState.WAITING.value, NoticeState.SENDING.value)


def write(connection: Connection, changed: Sequence[NoticeChanges]) -> None:
    """Write the present state of all that has changed."""
    latest = {notice.number: notice for each in changed for notice in each.notices}
    if latest:
        connection.execute(_put_notice, [_row(notice) for notice in latest.values()])
    if about := [{"alarm": alarm, "notice": notice} for each in changed for alarm, notice in each.alarms]:
        connection.execute(_put_alarm, about)
    standing = {number: watch for each in changed for number, watch in each.watches.items()}
    if over := [number for number, watch in standing.items() if watch is None]:
        connection.execute(delete(watches).where(watches.c.alarm.in_(over)))
    if rows := [_watch_row(watch) for watch in standing.values() if watch is not None]:
        connection.execute(_put_watch, rows)
    if found := {name: time for each in changed for name, time in each.times.items()}:
        connection.execute(_put_time, [{"name": name, "time": time} for name, time in found.items()])
    for (rule, name), why in {key: why for each in changed for key, why in each.troubles.items()}.items():
        if why is None:
            connection.execute(delete(troubles).where(troubles.c.rule == rule, troubles.c.name == name))
        else:
            connection.execute(_put_trouble, {"rule": rule, "name": name, "why": why})


def pieces(changed: NoticeChanges) -> Iterator[NoticeChanges]:
    """Each record by itself."""
    for notice in changed.notices:
        yield NoticeChanges(notices=(notice,))
    for number, watch in changed.watches.items():
        yield NoticeChanges(watches={number: watch})
    for name, time in changed.times.items():
        yield NoticeChanges(times={name: time})
    for key, why in changed.troubles.items():
        yield NoticeChanges(troubles={key: why})
    for pair in changed.alarms:
        yield NoticeChanges(alarms=(pair,))


def record_of(row: RowMapping) -> Notice:
    """The notice in a row.

    Raises:
        ValueError: the row is damaged.
    """
    fields = {name: row[name] for name in Notice.__struct_fields__ if name in row}
    fields |= {name: msgspec.json.decode(row[name] or "") for name in ("further", "items", "links", "obsolete")}
    fields |= {name: bool(row[name]) for name in ("is_overdue", "is_staff", "is_stopped")}
    about = Subject.parse(row["about"])
    return checked(
        Notice,
        fields
        | {
            "about": {"kind": about.kind.value, "id": about.id},
            "way": {"channel": row["channel"], "address": row["address"]},
        },
    )


def load(database: Database) -> NoticeRows:
    """What is open, and what was told of late. Without a damaged row its notice is not sent, or told once more."""
    with database.reading() as connection:
        found = connection.execute(select(notices).where(notices.c.state.in_(_OPEN)).order_by(notices.c.number))
        open_ = [*understood(database, "notices", "number", found.mappings(), record_of)]
        standing = connection.execute(select(watches).order_by(watches.c.alarm)).mappings()
        watching = [*understood(database, "notice_watches", "alarm", standing, _watch_of)]
        named = connection.execute(select(times)).mappings()
        moments = dict(understood(database, "notice_times", "name", named, lambda row: (str(row["name"]), _int(row))))
        lasting = connection.execute(select(troubles)).mappings()
        wrong = dict(understood(database, "notice_troubles", "name", lasting, _trouble_of))
        columns = notices.c.key, notices.c.person, notices.c.channel, notices.c.address, notices.c.state
        latest = connection.execute(select(*columns).order_by(notices.c.number.desc()).limit(MOST)).all()
    keys = tuple(_key_of(*row) for row in reversed(latest))
    return NoticeRows(tuple(open_), tuple(watching), moments, wrong, keys)


def _row(notice: Notice) -> dict[str, object]:
    row = {name: getattr(notice, name) for name in Notice.__struct_fields__}
    del row["way"]
    return (
        row
        | {
            "about": str(notice.about),
            "alarms": "".join(f",{number}" for number in notice.alarms) + "," * bool(notice.alarms),
            "channel": notice.way.channel.value,
            "address": notice.way.address,
            "urgency": notice.urgency.value,
            "state": notice.state.value,
            "kind": str(notice.kind),
        }
        | {name: msgspec.json.encode(row[name]).decode() for name in ("further", "items", "links", "obsolete")}
    )


def _watch_row(watch: WatchRecord) -> dict[str, object]:
    return {
        "alarm": watch.alarm,
        "raise": watch.raise_,
        "at": watch.at,
        "told": msgspec.json.encode(watch.told).decode(),
        "escalations": msgspec.json.encode(watch.escalations).decode(),
    }


def _watch_of(row: RowMapping) -> WatchRecord:
    lists = {name: msgspec.json.decode(row[name] or "") for name in ("told", "escalations")}
    return checked(WatchRecord, {"alarm": row["alarm"], "raise_": row["raise"], "at": row["at"], **lists})


def _int(row: RowMapping) -> int:
    if not isinstance(row["time"], int):
        raise TypeError(f"time is {row['time']!r}")
    return row["time"]


def _trouble_of(row: RowMapping) -> tuple[Trouble, str]:
    return (BuiltinRule(row["rule"]).value, str(row["name"])), str(row["why"])


def _key_of(key: str, person: str | None, channel: str, address: str, state: str) -> tuple[str, str, bool]:
    told = f"{key}/{person}" if person is not None else key
    return told, f"{told}/{channel}:{address}", state == NoticeState.DELIVERED


TABLES: Tables[NoticeChanges, NoticeRows] = Tables(write=write, load=load, pieces=pieces)
