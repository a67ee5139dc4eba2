"""How far the chains of breached targets have gone, in the store."""

from __future__ import annotations

from sqlalchemy import text

from gateway import parts
from gateway.core.kernel.changes import Changes
from gateway.core.work.climbing import Climb, Key
from gateway.core.work.clocks import ClockKind
from gateway.core.work.escalating import TicketEscalation
from gateway.store.database import Database
from gateway.store.work.escalations import load
from gateway.store.writer import Writer

RESPOND = Climb(3, ClockKind.RESPOND, -1, 1_000)
RESOLVE = Climb(3, ClockKind.RESOLVE, 2, 2_000, 4, ("ann", "李伟"), 17)


def commit(database: Database, *changes: dict[Key, Climb | None]) -> None:
    Writer(database, parts.tables()).commit([Changes({TicketEscalation.name: each}) for each in changes])


def test_chains_are_read_again_and_those_that_go_on_no_more_are_not(database: Database) -> None:
    commit(database, {RESPOND.key: RESPOND, RESOLVE.key: RESOLVE})
    assert load(database) == [RESOLVE, RESPOND]
    commit(database, {RESPOND.key: None})
    assert load(database) == [RESOLVE]


def test_a_damaged_row_costs_only_itself(database: Database) -> None:
    commit(database, {RESPOND.key: RESPOND, RESOLVE.key: RESOLVE})
    with database.writing() as connection:
        connection.execute(text("UPDATE ticket_escalations SET hopes = '[1' WHERE clock = 'resolve'"))
    assert load(database) == [RESPOND]
    assert database.damaged_rows == 1
