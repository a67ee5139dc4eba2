"""The operational store: what one run writes, the next one knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import event, func, inspect, select, text

from gateway import parts
from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.lifecycle import State
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.subjects import Subject
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.intake import RECENT_MESSAGES, Batch, Intake
from gateway.core.telemetry.quarantine import Quarantine, Reason, RejectedKind
from gateway.core.telemetry.readings import Reading
from gateway.errors import DataDirectoryInUse, StoreError
from gateway.store import database as database_module
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database, locked, open_database
from gateway.store.outbox import Outbox
from gateway.store.schema import metadata
from gateway.store.telemetry.journal import Journal
from gateway.store.telemetry.tables import MOST_REJECTIONS, rejections
from gateway.store.writer import Writer
from tests.unit.core.sites import Bench, Seen, at, rule_spec


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database(tmp_path)) as database:
        yield database


def commit(database: Database, *steps: Seen) -> None:
    Writer(database, parts.tables()).commit([seen.changes for seen in steps])


def rows(database: Database, table: str) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(metadata.tables[table])) or 0


def test_the_migrations_make_exactly_the_tables_of_the_schema(database: Database) -> None:
    with database.reading() as connection:
        found = inspect(connection)
        assert set(found.get_table_names()) == set(metadata.tables) | {"alembic_version"}
        for name, table in metadata.tables.items():
            columns = {column["name"]: column for column in found.get_columns(name)}
            assert set(columns) == set(table.columns.keys())
            for column in table.columns:
                assert str(columns[column.name]["type"]) == column.type.compile(connection.dialect), (name, column.name)
                assert columns[column.name]["nullable"] is column.nullable, (name, column.name)
            assert set(found.get_pk_constraint(name)["constrained_columns"]) == set(table.primary_key.columns.keys())
            assert {index["name"] for index in found.get_indexes(name)} >= {index.name for index in table.indexes}


def test_the_newest_migration_is_what_alembic_calls_the_head() -> None:
    scripts = ScriptDirectory(str(Path(database_module.__file__).parent / "migrations"))
    assert scripts.get_current_head() == database_module.current_revision()


def test_opening_it_again_changes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        open_database(tmp_path).close()


def test_a_commit_survives_a_power_cut_and_does_not_block_readers(database: Database) -> None:
    with database.reading() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2


def test_a_new_store_remembers_nothing(database: Database) -> None:
    checkpoint = load_checkpoint(database, parts.tables())
    assert set(checkpoint.counters.values()) == {1}
    assert (checkpoint.rows["alarms"], checkpoint.rows["rules"]) == ([], [])
    assert (checkpoint.rows["telemetry"].reached, checkpoint.rows["devices"].snapshots) == (0, [])


def test_the_next_run_goes_on_where_the_last_one_ended(database: Database) -> None:
    bench = Bench(rule_spec(**{"for": "5s"}))
    commit(database, bench.pump(0, pressure=0.01), bench.pump(1, "p2", pressure=0.5), bench.tick(5))
    commit(database, bench.act(Acknowledge(alarm=1, by="Li Wei"), 6), bench.pump(7, "p2", pressure=0.01))
    checkpoint = load_checkpoint(database, parts.tables())
    counters = checkpoint.counters
    assert (counters["message"], counters["alarm"], counters["ticket"], counters["publication"]) == (4, 2, 2, 3)
    assert checkpoint.rows["telemetry"].reached == at(7)
    (alarm,) = checkpoint.rows["alarms"]
    assert (alarm.subject, alarm.state) == (Subject.of_device("p1"), State.ACKNOWLEDGED)
    assert (alarm.acknowledged_by, alarm.ticket, alarm.evidence.values) == ("Li Wei", 1, {"pressure": 0.01})
    active, waiting = checkpoint.rows["rules"]
    assert (active.subject, active.active, active.delay_since) == (Subject.of_device("p1"), True, None)
    assert (waiting.subject, waiting.active, waiting.delay_since) == (Subject.of_device("p2"), False, at(7))
    restarted = Bench(rule_spec(**{"for": "5s"}), checkpoint=checkpoint, start_s=8)
    assert restarted.pump(7, "p2", pressure=0.01).counts.duplicate == 1
    assert restarted.devices["p2"].values == {"pressure": 0.01}


def test_a_snapshot_spares_the_next_run_the_journal_before_it(database: Database) -> None:
    bench = Bench()
    commit(database, bench.pump(0, pressure=0.4, running=True))
    commit(database, bench.snapshot())
    commit(database, bench.pump(1, pressure=0.5))
    assert len(list(load_checkpoint(database, parts.tables()).rows["devices"].readings)) == 1
    engine = Engine(bench.site, parts.makers(), load_checkpoint(database, parts.tables()))
    assert engine.devices["p1"].values == {"pressure": 0.5, "running": True}


def test_a_group_that_cannot_be_written_leaves_nothing_behind(database: Database) -> None:
    bench = Bench(rule_spec())
    first = bench.pump(0, pressure=0.5)
    commit(database, first)
    with pytest.raises(StoreError, match="cannot write"):
        commit(database, bench.pump(1, pressure=0.01), first)
    assert (rows(database, "journal"), rows(database, "alarms"), rows(database, "outbox")) == (1, 0, 0)


def test_rejections_of_a_kind_add_up_and_the_oldest_kinds_make_room(database: Database) -> None:
    writer, quarantine = Writer(database, parts.tables()), Quarantine()
    for second in range(3):
        quarantine.add(RejectedKind("t", Reason.MALFORMED, ""), f"at {second}", b"\xff", at(second))
        writer.commit([Changes({Intake.name: Batch(0, Counts(), rejections=quarantine.drain())})])
    with database.reading() as connection:
        (row,) = connection.execute(select(rejections)).all()
    assert tuple(row)[3:7] == (3, at(0), at(2), "at 2")
    for index in range(MOST_REJECTIONS + 50):
        quarantine.add(RejectedKind(f"topic/{index}", Reason.UNKNOWN_TOPIC, ""), "?", b"", at(10 + index))
    writer.commit([Changes({Intake.name: Batch(0, Counts(), rejections=quarantine.drain())})])
    assert rows(database, "rejections") == MOST_REJECTIONS


def test_the_journal_is_read_in_order_in_stretches(database: Database) -> None:
    bench, journal = Bench(), Journal(database)
    commit(database, *(bench.pump(second, pressure=0.5) for second in range(10)))
    position, read = 0, list[Reading]()
    while (stretch := journal.read(position, most=3)) is not None:
        assert len(stretch.readings) == 3 or stretch.end == 11
        read.extend(stretch.readings)
        position = stretch.end
    assert [reading.time for reading in read] == [at(second) for second in range(10)]
    assert journal.backlog("series") == 10
    journal.move("series", position)
    assert (journal.position("series"), journal.backlog("series")) == (11, 0)


def test_pruning_keeps_what_somebody_needs_and_what_recognises_repetitions(database: Database) -> None:
    writer, journal = Writer(database, parts.tables()), Journal(database)
    batches = [Batch(1 + index * 1000, Counts(received=1000)) for index in range(100)]
    writer.commit([Changes({Intake.name: batch}, counters={"message": 100_001}) for batch in batches])
    assert journal.prune(("snapshot", "series")) == 0
    for reader in ("snapshot", "series"):
        journal.move(reader, 100_001)
    assert journal.prune(("snapshot", "series")) == (99_001 - RECENT_MESSAGES) // 1000
    assert load_checkpoint(database, parts.tables()).counters["message"] == 100_001


def test_the_outbox_gives_the_oldest_first_and_never_reuses_a_number(database: Database) -> None:
    bench, outbox = Bench(rule_spec()), Outbox(database)
    commit(database, bench.pump(0, pressure=0.01), bench.pump(1, pressure=0.5))
    first, second = outbox.read(after=0, most=10)
    assert first.topic == "gateway/s1/alarms/p1/low-pressure"
    outbox.delete([first.number, second.number])
    commit(database, bench.pump(2, pressure=0.01))
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
    with closing(open_database(tmp_path)) as database, database.reading() as connection:
        assert set(inspect(connection).get_table_names()) > set(made)


def test_a_store_of_a_newer_release_is_left_alone_with_a_clear_error(tmp_path: Path) -> None:
    with closing(open_database(tmp_path)) as database, database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="written by a newer release"):
        open_database(tmp_path)


def test_a_full_disk_is_a_store_error_without_the_words_of_the_library(database: Database) -> None:
    bench = Bench()

    @event.listens_for(database._engine, "checkout")
    def fill(connection: Any, *_: object) -> None:  # noqa: ANN401 — as sqlite3 hands it over
        connection.execute("PRAGMA max_page_count=1")

    steps = [bench.pump(second, pressure=0.5) for second in range(3_000)]
    with pytest.raises(StoreError) as caught:
        commit(database, *steps)
    assert str(caught.value) == "cannot write to the store: database or disk is full"
    assert rows(database, "journal") == 0
