"""The operational store: what one run writes, the next one knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event, func, inspect, select, text

from gateway.core.alarms.lifecycle import State
from gateway.core.engine import Acknowledge, Monitor
from gateway.core.outcomes import Outcome, RejectedKind
from gateway.core.telemetry.intake import RECENT_MESSAGES
from gateway.core.telemetry.quarantine import Reason
from gateway.core.telemetry.readings import Reading
from gateway.errors import DataDirectoryInUse, StoreError
from gateway.store import database, schema
from gateway.store.database import locked, open_database
from gateway.store.journal import Journal
from gateway.store.memory import load_memory
from gateway.store.outbox import Outbox
from gateway.store.writer import MOST_REJECTIONS, Writer
from tests.unit.core.sites import Bench, at, rule_spec


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path)
    yield engine
    engine.dispose()


def rows(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(schema.metadata.tables[table])) or 0


def test_the_migrations_make_exactly_the_tables_of_the_schema(engine: Engine) -> None:
    found = inspect(engine)
    assert set(found.get_table_names()) == set(schema.metadata.tables) | {"alembic_version"}
    for name, table in schema.metadata.tables.items():
        assert {column["name"] for column in found.get_columns(name)} == set(table.columns.keys())
        assert {index["name"] for index in found.get_indexes(name)} >= {index.name for index in table.indexes}


def test_the_newest_migration_is_what_alembic_calls_the_head() -> None:
    scripts = ScriptDirectory(str(Path(database.__file__).parent / "migrations"))
    assert scripts.get_current_head() == database.current_revision()


def test_opening_it_again_changes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        engine = open_database(tmp_path)
        engine.dispose()


def test_a_commit_survives_a_power_cut_and_does_not_block_readers(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2


def test_a_new_store_remembers_nothing(engine: Engine) -> None:
    memory = load_memory(engine)
    assert (memory.next_message, memory.next_alarm, memory.next_ticket, memory.next_event) == (1, 1, 1, 1)
    assert (memory.reached, memory.alarms, memory.pending, memory.snapshots) == (0, [], [], [])


def test_the_next_run_goes_on_where_the_last_one_ended(engine: Engine) -> None:
    bench, writer = Bench(rule_spec(**{"for": "5s"})), Writer(engine)
    writer.commit([bench.pump(0, pressure=0.01), bench.pump(1, "p2", pressure=0.5), bench.tick(5)])
    writer.commit([bench.monitor.command(Acknowledge(1, "Li Wei"), at(6)), bench.pump(7, "p2", pressure=0.01)])
    memory = load_memory(engine)
    assert (memory.next_message, memory.next_alarm, memory.next_ticket) == (4, 2, 2)
    assert memory.reached == at(7)
    (alarm,) = memory.alarms
    assert (alarm.device, alarm.state, alarm.acknowledged_by, alarm.ticket) == ("p1", State.ACKNOWLEDGED, "Li Wei", 1)
    assert alarm.evidence.values == {"pressure": 0.01}
    (pending,) = memory.pending
    assert (pending.device, pending.since) == ("p2", at(7))
    restarted = Bench(rule_spec(**{"for": "5s"}), memory=memory, start_s=8)
    assert restarted.pump(7, "p2", pressure=0.01).counts.duplicate == 1
    assert restarted.monitor.devices["p2"].values == {"pressure": 0.01}


def test_a_snapshot_spares_the_next_run_the_journal_before_it(engine: Engine) -> None:
    bench, writer = Bench(), Writer(engine)
    writer.commit([bench.pump(0, pressure=0.4, running=True)])
    writer.commit([bench.monitor.snapshot()])
    writer.commit([bench.pump(1, pressure=0.5)])
    assert len(list(load_memory(engine).readings)) == 1
    assert Monitor(bench.site, load_memory(engine)).devices["p1"].values == {"pressure": 0.5, "running": True}


def test_a_group_that_cannot_be_written_leaves_nothing_behind(engine: Engine) -> None:
    bench, writer = Bench(rule_spec()), Writer(engine)
    first = bench.pump(0, pressure=0.5)
    writer.commit([first])
    with pytest.raises(StoreError, match="cannot write"):
        writer.commit([bench.pump(1, pressure=0.01), first])
    assert (rows(engine, "journal"), rows(engine, "alarms"), rows(engine, "outbox")) == (1, 0, 0)


def test_rejections_of_a_kind_add_up_and_the_oldest_kinds_make_room(engine: Engine) -> None:
    writer = Writer(engine)
    for second in range(3):
        outcome = Outcome(first_message=1)
        outcome.reject(RejectedKind("t", Reason.MALFORMED, ""), f"at {second}", b"\xff", at(second))
        writer.commit([outcome])
    with engine.connect() as connection:
        (row,) = connection.execute(select(schema.rejections)).all()
    assert tuple(row)[3:7] == (3, at(0), at(2), "at 2")
    flood = Outcome(first_message=1)
    for index in range(MOST_REJECTIONS + 50):
        flood.reject(RejectedKind(f"topic/{index}", Reason.UNKNOWN_TOPIC, ""), "?", b"", at(10 + index))
    writer.commit([flood])
    assert rows(engine, "rejections") == MOST_REJECTIONS


def test_the_journal_is_read_in_order_in_stretches(engine: Engine) -> None:
    bench, writer, journal = Bench(), Writer(engine), Journal(engine)
    writer.commit([bench.pump(second, pressure=0.5) for second in range(10)])
    position, read = 0, list[Reading]()
    while (stretch := journal.read(position, most=3)) is not None:
        assert len(stretch.readings) == 3 or stretch.end == 11
        read.extend(stretch.readings)
        position = stretch.end
    assert [reading.time for reading in read] == [at(second) for second in range(10)]
    assert journal.backlog("series") == 10
    journal.move("series", position)
    assert (journal.position("series"), journal.backlog("series")) == (11, 0)


def test_pruning_keeps_what_somebody_needs_and_what_recognises_repetitions(engine: Engine) -> None:
    writer, journal = Writer(engine), Journal(engine)
    batches = [Outcome(first_message=1 + index * 1000) for index in range(100)]
    for batch in batches:
        batch.counts.received = 1000
    writer.commit(batches)
    assert journal.prune(("snapshot", "series")) == 0
    for reader in ("snapshot", "series"):
        journal.move(reader, 100_001)
    assert journal.prune(("snapshot", "series")) == (99_001 - RECENT_MESSAGES) // 1000
    assert load_memory(engine).next_message == 100_001


def test_the_outbox_gives_the_oldest_first_and_never_reuses_a_number(engine: Engine) -> None:
    bench, writer, outbox = Bench(rule_spec()), Writer(engine), Outbox(engine)
    writer.commit([bench.pump(0, pressure=0.01), bench.pump(1, pressure=0.5)])
    first, second = outbox.read(after=0, most=10)
    assert first.topic == "gateway/s1/alarms/p1/low-pressure"
    outbox.delete([first.number, second.number])
    writer.commit([bench.pump(2, pressure=0.01)])
    (third,) = outbox.read(after=second.number, most=10)
    assert third.number > second.number


def test_two_gateways_cannot_share_a_data_directory(tmp_path: Path) -> None:
    with (
        locked(tmp_path / "data"),
        pytest.raises(DataDirectoryInUse, match="another gateway"),
        locked(tmp_path / "data"),
    ):
        pass


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "gateway.db").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match=r"cannot open .*gateway\.db"):
        open_database(tmp_path)


def test_a_migration_that_is_cut_short_leaves_nothing_and_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, made = Operations.create_table, list[str]()

    def create_three(operations: Operations, name: str, *columns: Any, **options: Any) -> Any:  # noqa: ANN401
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append(name)
        return create(operations, name, *columns, **options)

    monkeypatch.setattr(Operations, "create_table", create_three)
    with pytest.raises(KeyboardInterrupt):
        open_database(tmp_path)
    monkeypatch.undo()
    engine = open_database(tmp_path)
    assert set(inspect(engine).get_table_names()) > set(made)
    engine.dispose()


def test_a_store_of_a_newer_release_is_left_alone_with_a_clear_error(tmp_path: Path) -> None:
    engine = open_database(tmp_path)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match="written by a newer release"):
        open_database(tmp_path)


def test_a_full_disk_is_a_store_error_without_the_words_of_the_library(engine: Engine) -> None:
    bench, writer = Bench(), Writer(engine)

    @event.listens_for(engine, "checkout")
    def fill(connection: Any, *_: object) -> None:  # noqa: ANN401 — as sqlite3 hands it over
        connection.execute("PRAGMA max_page_count=1")

    outcomes = [bench.pump(second, pressure=0.5) for second in range(3_000)]
    with pytest.raises(StoreError) as caught:
        writer.commit(outcomes)
    assert str(caught.value) == "cannot write to the store: database or disk is full"
    assert rows(engine, "journal") == 0
