"""Maintenance that people have begun, in the store."""

from __future__ import annotations

from sqlalchemy import text

from gateway import parts
from gateway.core.alarms.maintenance import Maintenance
from gateway.core.alarms.maintenance_actions import EndMaintenance, StartMaintenance
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.times import HOUR
from gateway.store.database import Database
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
