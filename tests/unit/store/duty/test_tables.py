"""Absences in the store."""

from __future__ import annotations

from sqlalchemy import text

from gateway import parts
from gateway.core.duty.absences import Absence
from gateway.core.duty.part import PeopleOnDuty
from gateway.core.kernel.changes import Changes
from gateway.store.database import Database
from gateway.store.duty.tables import load
from gateway.store.writer import Writer

ANN = Absence("ann", 1_000, None, "bob", "流感", "Li Wei", 7)
BOB = Absence("bob", 2_000, 9_000, None, None, "Li Wei", 8)


def commit(database: Database, *changes: dict[str, Absence | None]) -> None:
    Writer(database, parts.tables()).commit([Changes({PeopleOnDuty.name: each}) for each in changes])


def test_who_is_away_is_read_again_and_who_is_back_is_not(database: Database) -> None:
    commit(database, {"ann": ANN, "bob": BOB}, {"bob": None})
    assert load(database) == [ANN]
    commit(database, {"ann": BOB}, {"ann": None, "bob": BOB})
    assert load(database) == [BOB]


def test_a_damaged_row_costs_only_itself(database: Database) -> None:
    commit(database, {"ann": ANN, "bob": BOB})
    with database.writing() as connection:
        connection.execute(text("UPDATE absences SET since = 'x' WHERE person = 'ann'"))
    assert load(database) == [BOB]
    assert database.damaged_rows == 1
