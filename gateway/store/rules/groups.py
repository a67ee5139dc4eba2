"""Until when the conditions of members of groups have held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import BigInteger, Boolean, Column, Connection, RowMapping, Table, Text, bindparam, delete, select

from gateway.core.rules.groups.ended import Ended
from gateway.store.database import Database
from gateway.store.dialect import insert_or_update
from gateway.store.rows import checked, understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

group_endings = Table(
    "group_endings",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("function", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("is_stamped", Boolean, nullable=False),
)
"""One row for each function of a rule and each member, at most: the latest ending."""

_Endings = Mapping[tuple[str, str, str], Ended | None]
_replace = insert_or_update(group_endings)
_delete = delete(group_endings).where(
    group_endings.c.rule == bindparam("of_rule"),
    group_endings.c.function == bindparam("of_function"),
    group_endings.c.device == bindparam("of_device"),
)


def write(connection: Connection, changed: Sequence[_Endings]) -> None:
    """Write the latest endings; None deletes one."""
    latest = {key: ended for each in changed for key, ended in each.items()}
    if gone := [
        {"of_rule": rule, "of_function": function, "of_device": device}
        for (rule, function, device), ended in latest.items()
        if ended is None
    ]:
        connection.execute(_delete, gone)
    if kept := [
        {name: getattr(ended, name) for name in ended.__struct_fields__}
        for ended in latest.values()
        if ended is not None
    ]:
        connection.execute(_replace, kept)


def load(database: Database) -> list[Ended]:
    """All endings."""
    query = select(group_endings).order_by(group_endings.c.rule, group_endings.c.function, group_endings.c.device)
    with database.reading() as connection:
        rows = connection.execute(query).mappings()
        return [*understood(database, "group_endings", "device", rows, _ended_of)]


def _ended_of(row: RowMapping) -> Ended:
    return checked(Ended, {**row, "is_stamped": bool(row["is_stamped"])})


TABLES: Tables[_Endings, list[Ended]] = Tables(write=write, load=load)
