"""Rows that were damaged in the files of the store: each costs only itself, and no alarm."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from gateway import parts
from gateway.core.telemetry.readings import Message
from gateway.errors import StoreRefused
from gateway.refusals import quarantined
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database, open_database
from gateway.store.outbox import Outbox
from gateway.store.session import SessionFilters
from gateway.store.telemetry import quarantine
from gateway.store.telemetry.journal import Journal
from gateway.store.writer import Writer
from tests.unit.api.house import House
from tests.unit.core.sites import Bench, Seen, at, rule_spec
from tests.unit.store.committing import commit

RULES = (
    rule_spec(clear_for="5s"),
    rule_spec(id="often", when="starts > 10", **{"for": "10m"}),
    rule_spec(id="restless", let={"on": {"rising": "running", "over": "1h"}}, when="on > 10"),
)
DAMAGES = ("CAST(x'fffe80' AS TEXT)", "x'c1ff00'", "9223372036854775807")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an earlier run has left: a row in each table, of p1 an alarm that stands and of p2 a delay that runs."""
    directory = tmp_path_factory.mktemp("written")
    with closing(open_database(directory)) as database:
        bench = Bench(*RULES)
        commit(database, bench.beginning, bench.pump(0, pressure=0.01), bench.pump(1, "p2", starts=20))
        commit(database, bench.pump(2, pressure="x"), bench.send(3, "site/s1/nothing", b"{}"))
        commit(database, bench.send(4, "site/s1/reader/r1", b'{"uid":"04A2B3C4"}'), bench.snapshot())
        commit(database, bench.pump(5, "p2", pressure=0.01))
        SessionFilters(database, "client").write(["a", "b"])
        Journal(database).move("series", 2)
    return directory


def damaged(written: Path, directory: Path, table: str, column: str, damage: str) -> bool:
    """Copy the store and damage a column of the first row; False where the schema does not let that happen."""
    shutil.copytree(written, directory)
    first = f"rowid = (SELECT min(rowid) FROM {table})"
    with closing(sqlite3.connect(directory / "gateway.db")) as connection, connection:
        try:
            return connection.execute(f'UPDATE {table} SET "{column}" = {damage} WHERE {first}').rowcount == 1
        except sqlite3.IntegrityError:
            return False


def columns(written: Path, table: str) -> Iterator[str]:
    with closing(sqlite3.connect(written / "gateway.db")) as connection:
        yield from (row[1] for row in connection.execute(f"PRAGMA table_info({table})").fetchall())


@pytest.mark.parametrize(
    "table",
    [
        *("journal", "cursors", "counters", "latest", "windows", "evaluations", "alarms", "tickets", "scans", "events"),
        *("outbox", "rejections", "quarantine", "session_filters"),
    ],
)
def test_whatever_row_is_damaged_the_next_run_tells_of_the_next_breach(
    written: Path, tmp_path: Path, table: str
) -> None:
    cases = [(column, damage) for column in columns(written, table) for damage in DAMAGES]
    done = 0
    for number, (column, damage) in enumerate(cases):
        directory = tmp_path / str(number)
        if damaged(written, directory, table, column, damage):
            with closing(open_database(directory)) as database, capture_logs():
                told, forwarded = run_on(database)
            assert "low-pressure p1" in told, (column, damage)
            assert forwarded >= 3, (column, damage)
            done += 1
        shutil.rmtree(directory)
    assert done >= len(cases) // 2


def run_on(database: Database) -> tuple[list[str], int]:
    """A run on this store: p1 recovers and is in want again. Returns what people are told, and readings forwarded."""
    checkpoint = load_checkpoint(database, parts.tables())
    SessionFilters(database, "client").read()
    bench = Bench(*RULES, checkpoint=checkpoint, start_s=20, hears=False)
    seen = [bench.beginning, Seen(bench.engine.set_hearing(at(21))), bench.pump(30, pressure=0.5), bench.tick(40)]
    again = bench.pump(41, pressure=0.01)
    rest = [again, bench.pump(42, "p2", pressure=0.5), bench.tick(1_000), bench.snapshot()]
    for each in (*seen, *rest):
        commit_what_can_be(database, each)
    raised = [f"{alarm.rule} {alarm.subject.id}" for alarm in again.alarms if alarm.state == "unacknowledged"]
    journal, forwarded = Journal(database), 0
    position = journal.position("series")
    while (stretch := journal.read(position, most=2_000)) is not None:
        assert position < stretch.end < 100
        forwarded, position = forwarded + len(stretch.readings), stretch.end
    journal.backlog("series")
    journal.measure()
    journal.prune(("series", "snapshot"))
    journal.drop("series", ("snapshot",), at(50))
    assert all(isinstance(event.topic, str) for event in Outbox(database).read(after=-9, most=50))
    quarantine.trim(database, most_bytes=100, before=at(3))
    return raised, forwarded


def commit_what_can_be(database: Database, seen: Seen) -> None:
    """As the gateway does: a damaged ticket may still be in the way of a new one of its alarm."""
    try:
        commit(database, seen)
    except StoreRefused:
        writer = Writer(database, parts.tables())
        writer.salvage(seen.changes, lambda refusals: quarantined(refusals, at(50)))


def started_on_damage(written: Path, directory: Path, table: str, column: str) -> tuple[Bench, str]:
    """A run on a store whose first row has a text in this column, and what the store says of it, once."""
    assert damaged(written, directory, table, column, "'text'")
    with closing(open_database(directory)) as database:
        bench = Bench(*RULES, checkpoint=load_checkpoint(database, parts.tables()), start_s=20)
        damage = database.take_damage()
        assert database.take_damage() == ""
    return bench, damage


def test_an_alarm_that_the_store_has_lost_is_raised_again_as_its_condition_still_holds(
    written: Path, tmp_path: Path
) -> None:
    bench, damage = started_on_damage(written, tmp_path / "x", "alarms", "raised_at")
    (alarm,) = (each for each in bench.beginning.alarms if each.subject.id == "p1")
    assert (alarm.state, alarm.number) == ("unacknowledged", 3)
    assert "row 1 of alarms is damaged" in damage
    assert bench.pump(30, pressure=0.01).alarms == []


def test_an_alarm_whose_evaluation_the_store_has_lost_is_not_raised_twice_and_returns(
    written: Path, tmp_path: Path
) -> None:
    bench, _ = started_on_damage(written, tmp_path / "x", "evaluations", "evidence")
    assert not bench.beginning.alarms
    assert bench.pump(30, pressure=0.01).alarms == []
    bench.pump(31, pressure=0.5)
    assert [alarm.state for alarm in bench.tick(40).alarms] == ["returned"]


def test_a_counter_of_messages_that_is_too_small_costs_no_row_of_the_journal(written: Path, tmp_path: Path) -> None:
    shutil.copytree(written, tmp_path / "x")
    with closing(sqlite3.connect(tmp_path / "x" / "gateway.db")) as connection, connection:
        rows = connection.execute("SELECT count(*), max(first_message + messages) FROM journal").fetchone()
        connection.execute("UPDATE counters SET following = 2 WHERE name = 'message'")
    with closing(open_database(tmp_path / "x")) as database:
        following = load_checkpoint(database, parts.tables()).counters["message"]
    with closing(sqlite3.connect(tmp_path / "x" / "gateway.db")) as connection:
        assert (connection.execute("SELECT count(*) FROM journal").fetchone()[0], following) == rows


@asynccontextmanager
async def browser_of(house: House) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(house.api)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080/api/v1") as browser:
        yield browser


@pytest.mark.parametrize(
    ("table", "path", "key", "left"),
    [
        ("alarms", "/alarms?state=all&limit=1", "alarms", 1),
        ("tickets", "/tickets?limit=1", "tickets", 1),
        ("scans", "/scans?limit=1", "scans", 1),
        ("quarantine", "/rejects/messages?limit=1", "messages", 1),
        ("rejections", "/rejects", "rejects", 1),
        ("events", "/alarms/1", "chain", 2),
    ],
)
async def test_a_list_shows_all_but_the_damaged_row(tmp_path: Path, table: str, path: str, key: str, left: int) -> None:
    with closing(House(tmp_path)) as house:
        house.run_dry("pump-1")
        house.run_dry("pump-2")
        for uid in ("04A2B3C4", "04A2B3C5"):
            house.send("site/house/reader/gate", b'{"tag": "%s"}' % uid.encode())
            house.send(f"site/house/nothing/{uid}", b"{}")
        house.database.close()
        for column in columns(tmp_path, table):
            shutil.copy(tmp_path / "gateway.db", tmp_path / "sound.db")
            for damage in DAMAGES:
                with closing(sqlite3.connect(tmp_path / "gateway.db")) as connection, connection:
                    last = f"rowid = (SELECT max(rowid) FROM {table})" if table != "events" else "number = 2"
                    try:
                        connection.execute(f'UPDATE {table} SET "{column}" = {damage} WHERE {last}')
                    except sqlite3.IntegrityError:
                        continue
                async with browser_of(house) as browser:
                    answer = await browser.get(path)
                assert answer.status_code == 200, (column, damage, answer.text)
                assert len(answer.json()[key]) >= left, (column, damage)
                house.database.close()
                shutil.copy(tmp_path / "sound.db", tmp_path / "gateway.db")


def test_a_batch_on_a_store_without_its_evaluations_ends_no_run(tmp_path: Path) -> None:
    message = Message("site/s1/pump/p1/telemetry", b'{"pressure":0.01}', at(0), 1)
    with closing(open_database(tmp_path)) as database:
        bench = Bench(*RULES)
        commit(database, bench.step([message]))
        with database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM evaluations")
        again = Bench(*RULES, checkpoint=load_checkpoint(database, parts.tables()), start_s=20)
    assert again.pump(30, pressure=0.01).alarms == []
