"""How many statements a commit takes: after each, its thread waits for the interpreter."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import event

from gateway import parts
from gateway.core.kernel.changes import Changes
from gateway.core.telemetry.batch import Batch
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.intake import Intake
from gateway.store.database import Database, open_database
from gateway.store.dialect import open_engine
from gateway.store.writer import Writer


def test_the_batches_of_a_group_are_one_statement(tmp_path: Path) -> None:
    open_database(tmp_path, parts.migrations()).close()
    engine = open_engine(tmp_path / "gateway.db")
    rows: list[int] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO journal"):
            rows.append(statement.count("(?"))

    group = [Changes({Intake.name: Batch(number, Counts(received=1))}) for number in range(1, 51)]
    Writer(Database(engine), parts.tables()).commit(group)

    assert rows == [50]
    engine.dispose()
