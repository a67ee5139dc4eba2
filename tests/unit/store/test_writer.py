"""A commit writes all of a group or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, text

from gateway.errors import StoreError
from gateway.store.database import Database
from tests.unit.core.sites import Bench, rule_spec
from tests.unit.store.committing import commit, rows


def test_a_commit_survives_a_power_cut_and_does_not_block_readers(database: Database) -> None:
    with database.reading() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2


def test_a_group_that_cannot_be_written_leaves_nothing_behind(database: Database) -> None:
    bench = Bench(rule_spec())
    first = bench.pump(0, pressure=0.5)
    commit(database, first)
    with pytest.raises(StoreError, match="cannot write"):
        commit(database, bench.pump(1, pressure=0.01), first)
    assert (rows(database, "journal"), rows(database, "alarms"), rows(database, "outbox")) == (1, 0, 0)


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
