"""Which reports have tickets, in the store."""

from __future__ import annotations

from sqlalchemy import text

from gateway import parts
from gateway.core.kernel.changes import Changes
from gateway.core.work.reporting import KnownReport, Reports
from gateway.store.database import Database
from gateway.store.work.reports import load
from gateway.store.writer import Writer

FIRST, SECOND = KnownReport("desk-1", 3), KnownReport("page/x", 4)


def commit(database: Database, *changes: list[KnownReport]) -> None:
    Writer(database, parts.tables()).commit([Changes({Reports.name: each}) for each in changes])


def test_reports_are_read_again_in_the_order_of_their_tickets_and_those_forgotten_are_not(database: Database) -> None:
    commit(database, [SECOND], [FIRST])
    assert load(database) == [FIRST, SECOND]
    commit(database, [KnownReport("desk-1", 3, is_forgotten=True)])
    assert load(database) == [SECOND]


def test_a_report_that_is_forgotten_in_the_same_commit_is_not_written(database: Database) -> None:
    commit(database, [FIRST], [KnownReport("desk-1", 3, is_forgotten=True)])
    assert load(database) == []


def test_a_damaged_row_costs_only_itself(database: Database) -> None:
    commit(database, [FIRST, SECOND])
    with database.writing() as connection:
        connection.execute(text("UPDATE reports SET ticket = 'x' WHERE key = 'desk-1'"))
    assert load(database) == [SECOND]
    assert database.damaged_rows == 1
