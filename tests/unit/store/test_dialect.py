"""What SQLite alone understands stands in one module, so that another database can follow."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Boolean
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from gateway import parts, store
from gateway.store.dialect import Number
from gateway.store.schema import metadata

SQLITE_ONLY = re.compile(
    r"PRAGMA|WITHOUT ROWID|json_(extract|patch|each)|dialects\.sqlite|sqlite3|INSERT OR|exec_driver_sql"
)


def test_no_other_module_of_the_store_speaks_to_sqlite_alone() -> None:
    home = Path(store.__file__).parent
    found = {
        str(file.relative_to(home))
        for file in home.rglob("*.py")
        if SQLITE_ONLY.search(file.read_text(encoding="utf-8"))
    }
    assert found == {"dialect.py"}


def test_every_table_can_be_made_on_postgresql_with_integers_of_64_bits_and_true_booleans() -> None:
    assert parts.tables()
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    numbers, booleans = 0, 0
    for table in metadata.sorted_tables:
        statement = str(CreateTable(table).compile(dialect=dialect))
        assert not re.search(r"\b(INTEGER|SERIAL|BIGSERIAL)\b", statement), statement
        numbers += sum(column.type is Number for column in table.columns)
        booleans += sum(isinstance(column.type, Boolean) for column in table.columns)
        assert statement.count(" BOOLEAN") == sum(isinstance(column.type, Boolean) for column in table.columns)
        for index in table.indexes:
            CreateIndex(index).compile(dialect=dialect)
    assert numbers > 10
    assert booleans > 2
