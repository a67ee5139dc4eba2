"""In which stretches the conditions of members of groups have held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import BigInteger, Boolean, Column, Connection, RowMapping, Table, Text, bindparam, delete, select

from gateway.core.rules.groups.stretch import Key, Stretch
from gateway.store.database import Database
from gateway.store.dialect import insert_or_update
from gateway.store.rows import checked, understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

group_stretches = Table(
    "group_stretches",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("function", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("began", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("heard", BigInteger, nullable=False),
    Column("is_stamped", Boolean, nullable=False),
)
"""One row for each function of a rule and each member, at most: the latest stretch."""

_Stretches = Mapping[Key, Stretch | None]
_replace = insert_or_update(group_stretches)
_delete = delete(group_stretches).where(
    group_stretches.c.rule == bindparam("of_rule"),
    group_stretches.c.function == bindparam("of_function"),
    group_stretches.c.device == bindparam("of_device"),
)


def write(connection: Connection, changed: Sequence[_Stretches]) -> None:
    """Write the latest stretches; None deletes one."""
    latest = {key: stretch for each in changed for key, stretch in each.items()}
    if gone := [
        {"of_rule": rule, "of_function": function, "of_device": device}
        for (rule, function, device), stretch in latest.items()
        if stretch is None
    ]:
        connection.execute(_delete, gone)
    if kept := [
        {
            "rule": rule,
            "function": function,
            "device": device,
            **{name: getattr(stretch, name) for name in stretch.__struct_fields__},
        }
        for (rule, function, device), stretch in latest.items()
        if stretch is not None
    ]:
        connection.execute(_replace, kept)


def load(database: Database) -> dict[Key, Stretch]:
    """All stretches."""
    columns = group_stretches.c
    query = select(group_stretches).order_by(columns.rule, columns.function, columns.device)
    with database.reading() as connection:
        rows = connection.execute(query).mappings()
        return dict(understood(database, "group_stretches", "device", rows, _stretch_of))


def _stretch_of(row: RowMapping) -> tuple[Key, Stretch]:
    key = row["rule"], row["function"], row["device"]
    fields = {name: row[name] for name in Stretch.__struct_fields__}
    return key, checked(Stretch, fields | {"is_stamped": bool(row["is_stamped"])})


TABLES: Tables[_Stretches, dict[Key, Stretch]] = Tables(write=write, load=load)
