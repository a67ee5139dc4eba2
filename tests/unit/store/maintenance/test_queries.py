"""Maintenance that people have begun, and planned windows, in the store."""

from __future__ import annotations

from sqlalchemy import text

from gateway import parts
from gateway.core.alarms.maintenance import Maintenance
from gateway.core.alarms.maintenance_actions import EndMaintenance, StartMaintenance
from gateway.core.alarms.planned_maintenance import PlannedMaintenance, PlannedRecord
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.times import HOUR
from gateway.store.database import Database
from gateway.store.maintenance.planned import load as load_planned
from gateway.store.maintenance.queries import find_maintenance, find_one
from gateway.store.maintenance.tables import load
from gateway.store.paging import Page
from gateway.store.writer import Writer
from tests.unit.core.sites import Bench, Seen


def commit(database: Database, *steps: Seen) -> None:
    changes = [Changes({Maintenance.name: seen.maintenance}) for seen in steps]
    Writer(database, parts.tables()).commit(changes)


def test_what_lasts_is_read_again_after_a_restart_and_what_is_over_stays_listed(database: Database) -> None:
    bench = Bench()
    start = StartMaintenance(devices=("p1", "p2"), duration=HOUR, reason="轴承", by="Li Wei")
    first, second = bench.act(start, 0), bench.act(start, 1)
    ended = bench.act(EndMaintenance(maintenance=1, by="Wang Fang"), 2)
    commit(database, first, second, ended)
    assert load(database) == second.maintenance
    assert find_maintenance(database, Page(10), ended=False) == second.maintenance
    assert find_maintenance(database, Page(10), ended=True) == [*second.maintenance, *ended.maintenance]
    assert [find_one(database, number) for number in (1, 2, 3)] == [*ended.maintenance, *second.maintenance, None]


def test_a_damaged_row_is_skipped_and_hides_no_alarm(database: Database) -> None:
    bench = Bench()
    start = StartMaintenance(devices=("p1",), duration=HOUR, reason="x", by="Li Wei")
    commit(database, bench.act(start, 0), bench.act(start, 1))
    with database.writing() as connection:
        connection.execute(text("UPDATE maintenance SET devices = '[1' WHERE number = 1"))
    assert [record.number for record in load(database)] == [2]


FIRST, SECOND = PlannedRecord(0, "年检", ("p1", "p2"), 1, 5), PlannedRecord(3, "Test run", ("p2",), 2, 2**50)


def commit_planned(database: Database, *changed: dict[int, PlannedRecord | None]) -> None:
    Writer(database, parts.tables()).commit([Changes({PlannedMaintenance.name: each}) for each in changed])


def test_planned_windows_that_take_place_are_read_again_and_those_that_have_ended_are_not(database: Database) -> None:
    commit_planned(database, {0: FIRST}, {3: SECOND})
    assert load_planned(database) == [FIRST, SECOND]
    commit_planned(database, {0: None}, {3: None}, {3: SECOND})
    assert load_planned(database) == [SECOND]


def test_a_damaged_row_of_a_planned_window_is_skipped(database: Database) -> None:
    commit_planned(database, {0: FIRST, 3: SECOND})
    with database.writing() as connection:
        connection.execute(text("UPDATE planned_maintenance SET devices = '[1' WHERE place = 0"))
    assert load_planned(database) == [SECOND]
