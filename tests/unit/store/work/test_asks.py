"""Who is asked for which ticket, in the store."""

from __future__ import annotations

from sqlalchemy import text

from gateway import parts
from gateway.core.kernel.changes import Changes
from gateway.core.work.asks import Ask, DispatchChanges, DispatchRows, Phase
from gateway.core.work.dispatch import Dispatch
from gateway.store.database import Database
from gateway.store.work.asks import load, pieces
from gateway.store.writer import Writer

ASKED = Ask(3, Phase.ASKED, "ann", 1_000, 2_000, ("bob", "ann"))
NOBODY = Ask(4, Phase.NOBODY, asked=("李伟",))


def commit(database: Database, *changes: DispatchChanges) -> None:
    Writer(database, parts.tables()).commit([Changes({Dispatch.name: each}) for each in changes])


def test_asks_and_turns_are_read_again_and_tickets_without_work_are_forgotten(database: Database) -> None:
    commit(database, DispatchChanges({3: ASKED, 4: NOBODY, 5: ASKED}, {"ann": 1, "bob": 2}))
    commit(database, DispatchChanges({5: None}, {"ann": 3}))
    assert load(database) == DispatchRows([ASKED, NOBODY], {"ann": 3, "bob": 2})


def test_a_damaged_row_costs_only_itself(database: Database) -> None:
    commit(database, DispatchChanges({3: ASKED, 4: NOBODY}, {"ann": 1, "bob": 2}))
    with database.writing() as connection:
        connection.execute(text("UPDATE ticket_asks SET phase = 'lost' WHERE ticket = 3"))
        connection.execute(text("UPDATE turns SET turn = 'x' WHERE person = 'ann'"))
    assert load(database) == DispatchRows([NOBODY], {"bob": 2})
    assert database.damaged_rows == 2


def test_each_ticket_and_each_person_can_be_written_apart(database: Database) -> None:
    commit(database, *pieces(DispatchChanges({3: ASKED, 4: NOBODY}, {"ann": 1})))
    assert load(database) == DispatchRows([ASKED, NOBODY], {"ann": 1})
