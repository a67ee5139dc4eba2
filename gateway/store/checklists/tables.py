"""Every checklist in use, and every answer that was given, corrected ones included."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, RowMapping, Table, Text, select

from gateway.core.checklists.items import Item
from gateway.core.checklists.part import ChecklistRows
from gateway.core.checklists.run import Answer, RunRecord
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.values import Value
from gateway.store.database import Database
from gateway.store.dialect import Number, insert_or_update
from gateway.store.rows import checked, understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

runs = Table(
    "checklist_runs",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("about", Text, nullable=False),
    Column("device", Text),
    Column("checklist", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("items", Text, nullable=False),
    Column("attached_at", BigInteger, nullable=False),
    Column("event", Number, nullable=False),
    Column("completed_at", BigInteger),
    Column("completed_by", Text),
    Column("withdrawn_at", BigInteger),
    Index("checklist_runs_by_subject", "about"),
    Index("checklist_runs_by_end", "completed_at", "withdrawn_at"),
)
answers = Table(
    "checklist_answers",
    metadata,
    Column("run", Number, primary_key=True, autoincrement=False),
    Column("item", Text, primary_key=True),
    Column("revision", Number, primary_key=True, autoincrement=False),
    Column("value", Text),
    Column("note", Text),
    Column("photo", Text),
    Column("by", Text, nullable=False),
    Column("answered_at", BigInteger, nullable=False),
    Column("event", Number, nullable=False),
    Column("measured_at", BigInteger),
)

is_open = runs.c.completed_at.is_(None) & runs.c.withdrawn_at.is_(None)
"""Of those that can be answered."""

_replace_run, _replace_answer = insert_or_update(runs), insert_or_update(answers)
_items = msgspec.json.Decoder(tuple[Item, ...]).decode
_value = msgspec.json.Decoder(Value).decode


def write(connection: Connection, changed: Sequence[Sequence[RunRecord | Answer]]) -> None:
    """Write the present state of each checklist, and each answer."""
    each = [record for step in changed for record in step]
    if of_runs := [_row_of_run(record) for record in each if isinstance(record, RunRecord)]:
        connection.execute(_replace_run, of_runs)
    if of_answers := [_row_of_answer(record) for record in each if isinstance(record, Answer)]:
        connection.execute(_replace_answer, of_answers)


def _row_of_run(record: RunRecord) -> dict[str, object]:
    items = msgspec.json.encode(record.items).decode()
    return msgspec.structs.asdict(record) | {"about": str(record.about), "items": items}


def _row_of_answer(answer: Answer) -> dict[str, object]:
    value = None if answer.value is None else msgspec.json.encode(answer.value).decode()
    return msgspec.structs.asdict(answer) | {"value": value}


def run_of(row: RowMapping) -> RunRecord:
    """The checklist in a row.

    Raises:
        ValueError: the row is damaged.
    """
    return checked(RunRecord, {**row, "about": Subject.parse(row["about"]), "items": _items(row["items"])})


def answer_of(row: RowMapping) -> Answer:
    """The answer in a row.

    Raises:
        ValueError: the row is damaged.
    """
    value = None if row["value"] is None else _value(row["value"])
    return checked(Answer, {**row, "value": value})


def load(database: Database) -> ChecklistRows:
    """The checklists that are open, with their answers. Without a damaged one its item is to be answered again."""
    of_runs = select(runs).where(is_open).order_by(runs.c.number)
    of_answers = select(answers).join(runs, answers.c.run == runs.c.number).where(is_open)
    in_order = of_answers.order_by(answers.c.run, answers.c.item, answers.c.revision)
    with database.reading() as connection:
        opened = [*understood(database, "checklist_runs", "number", connection.execute(of_runs).mappings(), run_of)]
        given = understood(database, "checklist_answers", "run", connection.execute(in_order).mappings(), answer_of)
        return ChecklistRows(tuple(opened), tuple(given))


TABLES: Tables[Sequence[RunRecord | Answer], ChecklistRows] = Tables(write=write, load=load)
