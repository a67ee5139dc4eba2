"""Repairs at the start what nothing works without: the counters, the cursors, and the order of the journal.

Only a file that was damaged, or changed by hand, needs it. Of any other row the damage costs that row alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, Connection, cast, delete, func, select

from gateway.core.kernel.times import LATEST
from gateway.store import counters
from gateway.store.alarms.shelves import shelves
from gateway.store.alarms.tables import alarms
from gateway.store.audit.tables import events
from gateway.store.database import Database
from gateway.store.outbox import outbox
from gateway.store.rounds.tables import scans
from gateway.store.telemetry.quarantine import messages
from gateway.store.telemetry.tables import MOST_IN_ROW, TIMES, cursors, journal
from gateway.store.work.asks import turns
from gateway.store.work.tables import tickets

_MESSAGES = "message"
_NUMBERS: dict[str, ColumnElement[int]] = {
    "alarm": alarms.c.number,
    "shelf": shelves.c.number,
    "ticket": tickets.c.number,
    "turn": turns.c.turn,
    "event": events.c.number,
    "scan": scans.c.number,
    "publication": outbox.c.number,
    "quarantined": messages.c.number,
}
"""The numbers that each counter has given, where its table has them."""

_MOST = 2**53
"""No counter comes so far. SQLite sorts texts and bytes behind all numbers, so behind this one."""


@dataclass(frozen=True, slots=True)
class _Repairs:
    counters: dict[str, int]
    cursors: list[str]
    """Those that begin anew."""
    journal: list[object]
    """The first messages of rows whose number cannot be."""

    def __bool__(self) -> bool:
        return bool(self.counters or self.cursors or self.journal)


def repair(database: Database) -> None:
    """Set damaged counters behind the numbers that were given, begin with damaged cursors anew, and drop rows of the
    journal whose number cannot be. All of it is told as damaged rows.

    Raises:
        StoreError: the store cannot be read, or cannot be written though it needs repair.
    """
    with database.reading() as connection:
        repairs = _find(connection)
    if not repairs:
        return
    with database.writing() as connection:
        if repairs.counters:
            counters.write(connection, repairs.counters)
        for name in repairs.cursors:
            connection.execute(delete(cursors).where(cursors.c.name == name))
        if repairs.journal:
            connection.execute(delete(journal).where(journal.c.first_message >= _MOST))
    for name, following in repairs.counters.items():
        database.skip_damaged("counters", name, f"it goes on at {following}")
    for name in repairs.cursors:
        database.skip_damaged("cursors", name, "it begins anew")
    for first in repairs.journal:
        database.skip_damaged("journal", first, "no message has this number; its readings are lost")


def _find(connection: Connection) -> _Repairs:
    given = {row.name: row.following for row in connection.execute(select(counters.counters))}
    known = {name: number for name, number in given.items() if _is_number(number, _MOST) and number > 0}
    first = journal.c.first_message
    lost = [*connection.scalars(select(first).where(first >= _MOST))]
    newest = select(first, cast(journal.c.messages, BigInteger).label("messages"))
    newest = newest.where(first < _MOST).order_by(first.desc()).limit(1)
    row = connection.execute(newest).first()
    least = {_MESSAGES: row.first_message + (row.messages if 0 < row.messages <= MOST_IN_ROW else 1) if row else 1}
    for name, column in _NUMBERS.items():
        least[name] = (connection.scalar(select(func.max(column)).where(column < _MOST)) or 0) + 1
    repaired = {name: number for name, number in least.items() if known.get(name, 0 if name in given else 1) < number}
    repaired |= {name: least.get(name, 1) for name in given.keys() - known.keys()}
    following = repaired.get(_MESSAGES, known.get(_MESSAGES, 1))
    anew = [
        row.name
        for row in connection.execute(select(cursors))
        if not _is_number(row.position, LATEST if row.name in TIMES else following)
    ]
    return _Repairs(repaired, anew, lost)


def _is_number(value: object, most: int) -> bool:
    return isinstance(value, int) and 0 <= value <= most
