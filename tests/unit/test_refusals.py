"""What the store can never hold is quarantined, and everything else goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, event, insert, select, text
from structlog.testing import capture_logs

from gateway import parts
from gateway.clock import Clock
from gateway.core.alarms.actions import Acknowledge
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.values import Value
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.quarantine import Reason
from gateway.core.telemetry.readings import Message
from gateway.errors import StoreError, StoreRefused
from gateway.pipeline import Pipeline
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database
from gateway.store.schema import metadata
from gateway.store.telemetry.queries import RejectionRecord, find_rejections
from gateway.store.writer import Writer
from tests.servers import eventually
from tests.unit.core.sites import Bench, rule_spec
from tests.unit.store.committing import rows
from tests.unit.wire import Wire

AUDIT = {"time": 0, "kind": "alarm", "subject": "x", "data": "{}"}


class Line:
    """A pipeline from a wire to a real store."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.bench = Bench(rule_spec())
        self.wire = Wire()
        self.committed: list[Changes] = []
        self.pipeline = Pipeline(
            self.bench.engine,
            Writer(database, parts.tables()),
            clock=Clock(),
            committed=self.committed.extend,
        )
        self.pipeline.attach(self.wire)
        self._sent = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.pipeline.commits.run())
        try:
            yield
        except BaseException:
            task.cancel()
            raise
        self.pipeline.commits.stop()
        await asyncio.wait_for(task, 10)

    def receive(self, *messages: Message) -> None:
        """One batch."""
        self._sent += len(messages)
        self.pipeline.receive(list(messages))

    async def all_acknowledged(self) -> None:
        await eventually(lambda: len(self.wire.acknowledged) == self._sent, what="the acknowledgements")

    def take(self, table: str, **columns: object) -> None:
        """Write a row that is in the way of one that will come."""
        with self.database.writing() as connection:
            connection.execute(insert(metadata.tables[table]).values(**columns))

    def refuse_tickets(self) -> None:
        """The store takes no ticket of the first alarm."""
        with self.database.writing() as connection:
            connection.exec_driver_sql(
                "CREATE TRIGGER refused BEFORE INSERT ON tickets WHEN NEW.alarm = 1 "
                "BEGIN SELECT RAISE(ABORT, 'no such ticket'); END"
            )

    def column(self, table: str, name: str) -> list[Any]:
        with self.database.reading() as connection:
            return list(connection.scalars(select(metadata.tables[table].c[name])))

    def quarantined(self) -> list[RejectionRecord]:
        return find_rejections(self.database, limit=100, reason=Reason.REFUSED_BY_STORE).latest

    def altered(self, device: str, **values: Value) -> None:
        """From now on readings of this device have these values, as after a mistake of a decoder."""
        step = self.bench.engine.step

        def altering(batch: Iterable[Message], *, most_events: int | None = None) -> Changes:
            changes = step(batch, most_events=most_events)
            readings = changes.parts[Intake.name].readings
            for index, reading in enumerate(readings):
                if reading.device == device:
                    readings[index] = msgspec.structs.replace(reading, values=values)
            return changes

        self.bench.engine.step = altering  # type: ignore[method-assign]


async def test_a_ticket_that_the_store_refuses_does_not_stop_its_alarm_nor_what_follows(database: Database) -> None:
    line = Line(database)
    line.refuse_tickets()
    dry = line.bench.message("p1", 0, pressure=0.01)
    with capture_logs() as logs:
        async with line.running():
            line.receive(line.bench.message("p2", 0, pressure=0.5))
            line.receive(dry)
            line.receive(line.bench.message("p2", 1, pressure=0.02))
            await line.all_acknowledged()
    assert (rows(database, "journal"), rows(database, "alarms"), rows(database, "outbox")) == (3, 2, 4)
    assert sorted(line.column("tickets", "number")) == [2]
    (kept,) = line.quarantined()
    assert (kept.topic, "no such ticket" in kept.detail) == ("store/work", True)
    (lost,) = msgspec.json.decode(kept.payload)
    assert (lost["alarm"], lost["subject"]["id"], lost["title"]) == (1, "p1", "Low pressure")
    assert [line["part"] for line in logs if line["log_level"] == "error"] == ["work"]
    assert line.pipeline.commits.quarantined_changes == 1
    assert line.pipeline.commits.take_refusal().startswith("the store refuses changes of work: no such ticket")
    assert line.pipeline.commits.take_refusal() == ""


@pytest.mark.parametrize(
    ("table", "columns", "kept_as"),
    [
        ("events", {"number": 2, **AUDIT}, "store/audit"),
        ("outbox", {"number": 1, "topic": "x", "payload": b""}, "gateway/s1/alarms/p1/low-pressure"),
        ("journal", {"first_message": 3, "messages": 1, "reached": 0, "readings": b"\x90", "digests": b""}, "pump/p1"),
    ],
)
async def test_whatever_number_is_taken_alarms_are_stored_and_a_restart_goes_on(
    database: Database, table: str, columns: dict[str, object], kept_as: str
) -> None:
    line = Line(database)
    line.take(table, **columns)
    async with line.running():
        line.receive(line.bench.message("p2", 0, pressure=0.5), line.bench.message("p2", 1, pressure=0.6))
        line.receive(line.bench.message("p1", 0, pressure=0.01))
        await line.all_acknowledged()
        await line.pipeline.act(Acknowledge(alarm=1, by="Li Wei"))
        line.receive(line.bench.message("p1", 2, pressure=0.5))
        await line.all_acknowledged()
    (kept,) = line.quarantined()
    assert (kept.topic, kept.count) == (kept_as, 1)
    assert line.column("alarms", "state") == ["normal"]
    checkpoint = load_checkpoint(database, parts.tables())
    again = Engine(line.bench.site, parts.makers(), checkpoint)
    assert checkpoint.counters["message"] == 5
    assert again.devices["p1"].values["pressure"] == 0.5


@pytest.mark.parametrize(
    ("value", "shown"), [(2**70, f'"values":{{"mode":{2**70}}}'), ("\ud800", r"{'mode': '\ud800'}")]
)
async def test_a_value_that_cannot_be_encoded_costs_only_its_own_reading(
    database: Database, value: Value, shown: str
) -> None:
    line = Line(database)
    line.altered("p1", mode=value)
    messages = [line.bench.message(f"p{1 + index % 2}", index, pressure=0.5) for index in range(6)]
    async with line.running():
        line.receive(*messages)
        await line.all_acknowledged()
    (kept,) = line.quarantined()
    assert (kept.topic, kept.count) == ("pump/p1", 3)
    assert shown.encode() in kept.payload
    assert str(messages[4].received).encode() in kept.payload
    stored = load_checkpoint(database, parts.tables()).rows["devices"].readings
    assert [reading.received for reading in stored] == [messages[index].received for index in (1, 3, 5)]


async def test_a_statement_that_the_schema_does_not_allow_costs_only_its_own_part(database: Database) -> None:
    line = Line(database)
    with database.writing() as connection:
        connection.execute(text("DROP TABLE evaluations"))
    async with line.running():
        line.receive(line.bench.message("p1", 0, pressure=0.01))
        await line.all_acknowledged()
    assert (rows(database, "alarms"), rows(database, "tickets"), len(line.quarantined())) == (1, 1, 1)


async def test_an_action_that_the_store_cannot_hold_is_no_success(database: Database) -> None:
    line = Line(database)
    line.take("events", number=5, **AUDIT)
    async with line.running():
        line.receive(line.bench.message("p1", 0, pressure=0.01))
        await line.all_acknowledged()
        with pytest.raises(StoreRefused, match="UNIQUE constraint failed"):
            await line.pipeline.act(Acknowledge(alarm=1, by="Li Wei"))


async def test_a_full_disk_amid_the_isolation_loses_and_doubles_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.commits.FIRST_RETRY_S", 0.0)
    line = Line(database)
    line.refuse_tickets()
    writes = iter(range(100))

    @event.listens_for(database._engine, "before_cursor_execute")
    def fill(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        # The first two writes of alarms are the group's and the lone step's; the next two are those of the salvage.
        if statement.startswith("INSERT INTO alarms") and next(writes) in (2, 3):
            cursor = connection.connection.cursor()
            cursor.execute("PRAGMA max_page_count=1")
            try:
                cursor.execute("INSERT INTO cursors VALUES (zeroblob(100000000), 1)")
            finally:
                cursor.execute("PRAGMA max_page_count=1000000")

    async with line.running():
        line.receive(line.bench.message("p1", 0, pressure=0.01))
        line.receive(line.bench.message("p2", 0, pressure=0.01))
        await line.all_acknowledged()
    assert (rows(database, "journal"), rows(database, "alarms"), rows(database, "outbox")) == (2, 2, 4)
    assert [kept.count for kept in line.quarantined()] == [1]


async def test_what_refuses_even_the_quarantine_is_the_stores_state_and_is_waited_for(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.commits.FIRST_RETRY_S", 0.01)
    line = Line(database)
    with database.writing() as connection:
        connection.execute(text("ALTER TABLE journal RENAME TO journal_"))
        connection.execute(text("ALTER TABLE rejections RENAME TO rejections_"))
    async with line.running():
        line.receive(line.bench.message("p1", 0, pressure=0.01))
        await eventually(lambda: "no such table: rejections" in line.pipeline.commits.problem)
        assert line.wire.acknowledged == []
        with database.writing() as connection:
            connection.execute(text("ALTER TABLE journal_ RENAME TO journal"))
            connection.execute(text("ALTER TABLE rejections_ RENAME TO rejections"))
        await line.all_acknowledged()
    assert (rows(database, "journal"), line.quarantined(), line.pipeline.commits.problem) == (1, [], "")


def test_what_may_pass_is_told_from_what_never_will(database: Database) -> None:
    writer, bench = Writer(database, parts.tables()), Bench()
    first = bench.pump(0, pressure=0.5).changes
    writer.commit([first])
    with pytest.raises(StoreRefused, match="UNIQUE"):
        writer.commit([first])
    with database.writing() as connection:
        connection.execute(text("PRAGMA query_only=1"))
    with pytest.raises(StoreError, match="readonly") as caught:
        writer.commit([bench.pump(1, pressure=0.5).changes])
    assert type(caught.value) is StoreError
