"""Opening the operational store, and bringing it up to date."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from gateway.errors import DataDirectoryInUse, StoreError
from gateway.store import database as database_module
from gateway.store.database import Database, locked, open_database
from gateway.store.schema import metadata
from gateway.store.session import session_filters


def test_the_migrations_make_exactly_the_tables_of_the_schema(database: Database) -> None:
    with database.reading() as connection:
        found = inspect(connection)
        assert session_filters.name in metadata.tables
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


def test_a_store_keeps_its_identity_and_one_that_is_made_anew_has_another(tmp_path: Path) -> None:
    found = []
    for name in ("a", "a", "b"):
        (tmp_path / name).mkdir(exist_ok=True)
        store = open_database(tmp_path / name)
        found.append(store.identity())
        store.close()
    first, again, other = found
    assert first == again != other
    assert len(first) == 8


def test_two_gateways_cannot_share_a_data_directory(tmp_path: Path) -> None:
    with (
        locked(tmp_path / "data"),
        pytest.raises(DataDirectoryInUse, match="another gateway"),
        locked(tmp_path / "data"),
    ):
        pass


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "gateway.db").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match=r"cannot open .*gateway\.db: file is not a database; .* restore a backup"):
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
