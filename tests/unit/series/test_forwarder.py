from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from gateway import parts
from gateway.core.kernel.changes import Changes
from gateway.core.telemetry.batch import Batch
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.readings import Reading
from gateway.errors import SeriesUnavailable, StoreError
from gateway.series.forwarder import READER, Forwarder
from gateway.series.port import SeriesStore
from gateway.series.recent import MOST_READINGS
from gateway.store import schema
from gateway.store.database import Database, connect
from gateway.store.telemetry.journal import DamagedRow, Journal, Stretch
from gateway.store.writer import Writer
from tests.servers import eventually
from tests.unit.series.stores import PickyStore, reading


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = connect(tmp_path)
    with database.writing() as connection:
        schema.metadata.create_all(connection)
    yield database
    database.close()


class Bench:
    """A journal, a store and a forwarder between them, in a time that passes only while the forwarder sleeps."""

    def __init__(self, database: Database) -> None:
        self.journal = Journal(database)
        self.store = PickyStore()
        self.rejected: list[tuple[Reading, str | None, str]] = []
        self.damaged: list[DamagedRow] = []
        self.now = 1000.0
        self.slept: list[float] = []
        self.while_asleep: Callable[[], object] = lambda: None
        self.writer_failures: list[StoreError] = []
        self._writer = Writer(database, parts.tables())
        self._next = 1

    def commit(self, readings: Sequence[Reading], *, messages: int | None = None) -> Batch:
        """One batch, each reading from a message, and a few messages more that were rejected."""
        received = messages or len(readings)
        batch = Batch(self._next, Counts(received=received), readings=list(readings))
        self._writer.commit([Changes(parts={Intake.name: batch})])
        self._next += received
        return batch

    def forwarder(self, store: SeriesStore | None = None) -> Forwarder:
        return Forwarder(
            self.journal,
            store or self.store,
            run_in_writer=self._run_in_writer,
            quarantine=lambda *rejected: self.rejected.append(rejected),
            damaged=self.damaged.append,
            sleep=self._sleep,
            monotonic=lambda: self.now,
        )

    async def _run_in_writer(self, function: Callable[[], None]) -> None:
        if self.writer_failures:
            raise self.writer_failures.pop()
        await asyncio.to_thread(function)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self.while_asleep()
        await asyncio.sleep(0)

    def everything_forwarded(self, forwarder: Forwarder) -> bool:
        return forwarder.position == self.journal.position(READER) == self._next


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database)


@asynccontextmanager
async def running(forwarder: Forwarder) -> AsyncIterator[None]:
    task = asyncio.create_task(forwarder.run())
    yield
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def forward_everything(bench: Bench, forwarder: Forwarder) -> None:
    async with running(forwarder):
        await eventually(lambda: bench.everything_forwarded(forwarder), what="the cursor at the end of the journal")


async def test_readings_reach_the_store_once_and_in_the_order_of_the_journal(bench: Bench) -> None:
    readings = [reading(n, starts=n) for n in range(7000)]
    for start in range(0, 7000, 1000):
        bench.commit(readings[start : start + 1000])
    forwarder = bench.forwarder()
    await forward_everything(bench, forwarder)
    assert [each for write in bench.store.writes for each in write] == readings
    assert [len(write) for write in bench.store.writes] == [2000, 2000, 2000, 1000]
    assert (forwarder.forwarded, forwarder.backlog, forwarder.available) == (7000, 0, True)


async def test_what_is_committed_later_is_carried_when_notified(bench: Bench) -> None:
    forwarder = bench.forwarder()
    async with running(forwarder):
        for n in range(3):
            bench.commit([reading(n, starts=n)])
            forwarder.notify()
            await eventually(lambda: bench.everything_forwarded(forwarder))
    assert len(bench.store.points) == 3


async def test_what_is_still_in_memory_is_not_read_back_from_the_journal(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    forwarder = bench.forwarder()
    async with running(forwarder):
        forwarder.notify(bench.commit([reading(n, starts=n) for n in range(600)]))
        await eventually(lambda: bench.everything_forwarded(forwarder))
        read: list[int] = []
        at_the_end = bench.journal.read

        def read_back(start: int, *, most: int) -> Stretch | None:
            stretch = at_the_end(start, most=most)
            read.extend([start] * (stretch is not None))
            return stretch

        monkeypatch.setattr(bench.journal, "read", read_back)
        for first in (600, 1200):
            forwarder.notify(bench.commit([reading(n, starts=n) for n in range(first, first + 600)]))
            await eventually(lambda: bench.everything_forwarded(forwarder))
    assert len(bench.store.points) == 1800
    assert read == []


async def test_while_more_waits_the_cursor_moves_once_a_second_and_then_to_the_end(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves: list[int] = []
    move = bench.journal.move

    def noted(reader: str, position: int) -> None:
        moves.append(position)
        move(reader, position)

    monkeypatch.setattr(bench.journal, "move", noted)
    forwarder = bench.forwarder()
    bench.commit([], messages=1)
    await forward_everything(bench, forwarder)
    moves.clear()
    bench.store.writes.clear()
    bench.now += 1.0
    batches = [bench.commit([reading(n, starts=n) for n in range(first, first + 900)]) for first in (0, 900, 1800)]
    monkeypatch.setattr("gateway.series.forwarder.STRETCH", 900)
    forwarder.notify(*batches)
    await forward_everything(bench, forwarder)
    assert [len(write) for write in bench.store.writes] == [900, 900, 900]
    assert moves == [902, 2702]


async def test_a_forwarder_that_lags_behind_its_memory_reads_the_journal(bench: Bench) -> None:
    forwarder = bench.forwarder()
    for first in range(0, 3 * MOST_READINGS, 1000):
        forwarder.notify(bench.commit([reading(n, starts=n) for n in range(first, first + 1000)]))
    await forward_everything(bench, forwarder)
    written = [each for write in bench.store.writes for each in write]
    assert written == [reading(n, starts=n) for n in range(3 * MOST_READINGS)]


async def test_lone_messages_are_given_a_second_to_become_a_group(bench: Bench) -> None:
    bench.commit([reading(0, starts=0)])
    bench.while_asleep = lambda: bench.commit([reading(1, starts=1)])
    await forward_everything(bench, bench.forwarder())
    assert [len(write) for write in bench.store.writes] == [2]
    assert bench.slept == [1.0]


async def test_a_backlog_is_written_without_waiting_for_more(bench: Bench) -> None:
    for n in range(1000):
        bench.commit([reading(n, starts=n)])
    await forward_everything(bench, bench.forwarder())
    assert len(bench.store.points) == 1000
    assert bench.slept == []


async def test_messages_without_readings_only_move_the_cursor(bench: Bench) -> None:
    bench.commit([], messages=600)
    await forward_everything(bench, bench.forwarder())
    assert bench.store.points == {}


async def test_another_forwarder_goes_on_where_the_last_one_stopped(bench: Bench) -> None:
    bench.commit([reading(0, starts=0)])
    await forward_everything(bench, bench.forwarder())
    bench.commit([reading(1, starts=1)])
    await forward_everything(bench, bench.forwarder())
    assert [len(write) for write in bench.store.writes] == [1, 1]


async def test_an_outage_of_hours_loses_nothing_and_is_said_once_at_its_begin_and_once_at_its_end(
    bench: Bench,
) -> None:
    bench.commit([reading(n, starts=n) for n in range(600)])
    bench.store.unavailable = [SeriesUnavailable("connection refused")] * 400
    with capture_logs() as logs:
        await forward_everything(bench, bench.forwarder())
    assert bench.slept[:9] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert set(bench.slept[9:]) == {30}
    assert len(bench.store.points) == 600
    assert [(line["log_level"], line["event"]) for line in logs] == [
        ("warning", "the series store is out of reach, its points wait"),
        ("info", "the series store is back"),
    ]
    assert logs[0]["error"] == "connection refused"
    assert logs[1]["outage_s"] == sum(bench.slept) == pytest.approx(3.3 * 3600, rel=0.01)
    assert logs[1]["messages_waiting"] == 600


async def test_during_an_outage_the_cursor_stays_and_the_state_says_why(bench: Bench) -> None:
    bench.commit([reading(n, starts=n) for n in range(600)])
    bench.store.unavailable = [SeriesUnavailable("connection refused"), SeriesUnavailable("check influx_token")]
    forwarder = bench.forwarder()
    seen: list[tuple[bool, str, int, int]] = []

    def look() -> None:
        position = bench.journal.position(READER)
        seen.append((forwarder.available, forwarder.last_error, forwarder.backlog, position))
        bench.commit([reading(600, starts=600)])

    bench.while_asleep = look
    await forward_everything(bench, forwarder)
    assert seen[:2] == [(False, "connection refused", 600, 0), (False, "check influx_token", 601, 0)]
    assert (forwarder.available, forwarder.last_error) == (True, "")


async def test_what_was_written_before_an_outage_does_not_wait_in_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cursor moves once a second: what lies before it may be dropped without a loss."""
    monkeypatch.setattr("gateway.series.forwarder.STRETCH", 600)
    forwarder = bench.forwarder()
    bench.commit([], messages=1)
    await forward_everything(bench, forwarder)
    batches = [bench.commit([reading(n, starts=n) for n in range(first, first + 600)]) for first in (0, 600)]
    write, seen = bench.store.write, list[tuple[int, int]]()

    def once(readings: Sequence[Reading]) -> None:
        write(readings)
        bench.store.unavailable = [SeriesUnavailable("refused"), SeriesUnavailable("refused")]
        monkeypatch.setattr(bench.store, "write", write)

    monkeypatch.setattr(bench.store, "write", once)
    bench.while_asleep = lambda: seen.append((bench.journal.position(READER), forwarder.backlog))
    forwarder.notify(*batches)
    await forward_everything(bench, forwarder)
    assert seen == [(2, 600), (602, 600)]


async def test_a_second_outage_begins_with_the_short_delay_again(bench: Bench) -> None:
    forwarder = bench.forwarder()
    for _ in range(2):
        bench.commit([reading(n, starts=n) for n in range(600)])
        bench.store.unavailable = [SeriesUnavailable("busy")] * 2
        await forward_everything(bench, forwarder)
    assert bench.slept == [0.5, 1, 0.5, 1]


async def test_one_rejected_metric_is_quarantined_and_everything_else_arrives(bench: Bench) -> None:
    bench.store.refuses = lambda each, metric: isinstance(each.values[metric], str)
    readings = [reading(n, pressure=0.1, starts=n) for n in range(600)]
    readings[300] = reading(300, pressure="high", starts=300)
    bench.commit(readings)
    forwarder = bench.forwarder()
    await forward_everything(bench, forwarder)
    assert bench.rejected == [(readings[300], "pressure", "partial write: dropped=1")]
    assert len(bench.store.points) == 1199
    assert (forwarder.forwarded, forwarder.available) == (600, True)


async def test_other_tasks_have_their_turn_while_many_points_are_rejected(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.series.forwarder._QUARANTINED_AT_ONCE", 10)
    bench.store.refuses = lambda _each, _metric: True
    bench.commit([reading(n, pressure=0.1) for n in range(100)])
    turn, turns = 0, []

    class Rejected(list[tuple[Reading, str | None, str]]):
        def append(self, rejected: tuple[Reading, str | None, str]) -> None:
            turns.append(turn)
            super().append(rejected)

    async def others() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    bench.rejected = Rejected()
    task = asyncio.create_task(others())
    await forward_everything(bench, bench.forwarder())
    task.cancel()
    assert max(turns.count(each) for each in set(turns)) == 10
    assert len(turns) == 100


async def test_an_outage_amid_rejections_quarantines_nothing_twice(bench: Bench) -> None:
    bench.store.refuses = lambda each, _metric: each.values.get("starts") == 7
    bench.commit([reading(n, starts=n) for n in range(600)])
    take = bench.store.write
    calls = iter(range(100))

    def write(readings: Sequence[Reading]) -> None:
        if next(calls) in (3, 9):
            raise SeriesUnavailable("gone for a moment")
        take(readings)

    bench.store.write = write  # type: ignore[method-assign]
    forwarder = bench.forwarder()
    await forward_everything(bench, forwarder)
    assert [rejected.values for rejected, _metric, _detail in bench.rejected] == [{"starts": 7}]
    assert (len(bench.store.points), forwarder.forwarded) == (599, 599)


async def test_a_cursor_that_cannot_be_moved_is_tried_again_without_writing_or_setting_aside_again(
    bench: Bench,
) -> None:
    bench.writer_failures = [StoreError("disk full"), StoreError("disk full")]
    bench.store.refuses = lambda each, _metric: each.values.get("starts") == 7
    bench.commit([reading(n, starts=n) for n in range(600)])
    await forward_everything(bench, bench.forwarder())
    assert len(bench.rejected) == 1
    assert sum(len(write) == 600 for write in bench.store.writes[1:]) == 1
    assert bench.slept == [0.5, 1]


async def test_a_mistake_in_the_store_ends_the_forwarder_loudly(bench: Bench) -> None:
    class Broken(PickyStore):
        def write(self, readings: Sequence[Reading]) -> None:
            raise ZeroDivisionError

    bench.commit([reading(0, starts=0)])
    with pytest.raises(ZeroDivisionError):
        await bench.forwarder(Broken()).run()
    assert bench.journal.position(READER) == 0


@pytest.mark.parametrize("damage", ["x'92'", "x'c1'", "'text'", "zeroblob(40)", "x'ddffffffff'", "x'91a178'", "12.5"])
async def test_a_damaged_row_of_the_journal_is_skipped_and_told_and_everything_else_arrives(
    bench: Bench, database: Database, damage: str
) -> None:
    for n in range(5):
        bench.commit([reading(n, starts=n)])
    with database.writing() as connection:
        connection.execute(text(f"UPDATE journal SET readings = {damage} WHERE first_message IN (1, 3)"))
    await forward_everything(bench, bench.forwarder())
    assert sorted(bench.store.points.values()) == [1, 3, 4]
    assert [row.first_message for row in bench.damaged] == [1, 3]
    assert all(row.content and row.reason for row in bench.damaged)


async def test_a_damaged_last_row_does_not_keep_the_forwarder_busy(bench: Bench, database: Database) -> None:
    bench.commit([reading(0, starts=0)])
    bench.commit([reading(1, starts=1)], messages=7)
    with database.writing() as connection:
        connection.execute(text("UPDATE journal SET readings = 'x', messages = 'y' WHERE first_message = 2"))
    forwarder = bench.forwarder()
    async with running(forwarder):
        await eventually(lambda: len(bench.damaged) == 1)
        bench.commit([reading(2, starts=2)])
        forwarder.notify()
        await eventually(lambda: bench.everything_forwarded(forwarder))
    assert [row.first_message for row in bench.damaged] == [2]
    assert sorted(bench.store.points.values()) == [0, 2]


async def test_what_is_dropped_during_an_outage_is_not_forwarded_and_the_rest_is(bench: Bench) -> None:
    for start in range(0, 25_000, 1000):
        bench.commit([reading(n, starts=n) for n in range(start, start + 1000)])
    bench.store.unavailable = [SeriesUnavailable("connection refused")] * 3
    dropped = 0

    def drop() -> None:
        nonlocal dropped
        assert not bench.journal.measure()
        bench.journal.drop(READER, (), 7)
        dropped, _ = bench.journal.dropped()

    bench.while_asleep = drop
    forwarder = bench.forwarder()
    backlogs: list[int] = []
    write = bench.store.write

    def noting(readings: Sequence[Reading]) -> None:
        backlogs.append(forwarder.backlog)
        write(readings)

    bench.store.write = noting  # type: ignore[method-assign]
    await forward_everything(bench, forwarder)
    assert dropped == 4000
    assert backlogs[-2:] == [3000, 1000]
    assert sorted(bench.store.points.values()) == list(range(dropped, 25_000))
    assert (bench.journal.dropped(), forwarder.backlog) == ((4000, 7), 0)
