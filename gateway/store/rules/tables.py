"""The evaluations that continue after a restart: conditions that hold, and delays that run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, Connection, RowMapping, Table, Text, bindparam, delete, select

from gateway.core.kernel.subjects import Subject
from gateway.core.rules.evaluation import EvaluationRecord
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.trouble import RejectedValue
from gateway.store.database import Database
from gateway.store.dialect import insert_or_update
from gateway.store.rows import checked, understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

evaluations = Table(
    "evaluations",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("active", Boolean, nullable=False),
    Column("delay_since", BigInteger),
    Column("evidence", Text, nullable=False),
    Column("clearing", Text),
    Column("rejected", Text),
    Column("stamped_at", BigInteger),
    Column("confirmed", Boolean, nullable=False),
    Column("unconfirmed_until", BigInteger),
)
"""One row for each rule and subject whose condition holds or whose delay runs."""

_Evaluations = Mapping[tuple[str, Subject], EvaluationRecord | None]
_encode = msgspec.json.Encoder().encode
_evidence = msgspec.json.Decoder(Evidence).decode
_rejected = msgspec.json.Decoder(dict[str, RejectedValue]).decode
_replace = insert_or_update(evaluations)
_delete = delete(evaluations).where(
    evaluations.c.rule == bindparam("of_rule"), evaluations.c.subject == bindparam("of_subject")
)


def write(connection: Connection, changed: Sequence[_Evaluations]) -> None:
    """Write the latest state of evaluations; None deletes one."""
    latest = {key: record for each in changed for key, record in each.items()}
    ended = [
        {"of_rule": rule, "of_subject": str(subject)} for (rule, subject), record in latest.items() if record is None
    ]
    standing = [
        {
            "rule": record.rule,
            "subject": str(record.subject),
            "active": record.active,
            "delay_since": record.delay_since,
            "evidence": _encode(record.evidence).decode(),
            "clearing": _encode(record.clearing).decode() if record.clearing else None,
            "rejected": _encode(record.rejected).decode() if record.rejected else None,
            "stamped_at": record.stamped_at,
            "confirmed": record.is_confirmed,
            "unconfirmed_until": record.unconfirmed_until,
        }
        for record in latest.values()
        if record is not None
    ]
    if ended:
        connection.execute(_delete, ended)
    if standing:
        connection.execute(_replace, standing)


def load(database: Database) -> list[EvaluationRecord]:
    """All evaluations."""
    query = select(evaluations).order_by(evaluations.c.rule, evaluations.c.subject)
    with database.reading() as connection:
        rows = connection.execute(query).mappings()
        return [*understood(database, "evaluations", "subject", rows, _evaluation_of)]


def _evaluation_of(row: RowMapping) -> EvaluationRecord:
    fields = {
        "rule": row["rule"],
        "subject": Subject.parse(row["subject"]),
        "active": row["active"],
        "delay_since": row["delay_since"],
        "evidence": _evidence(row["evidence"]),
        "clearing": _evidence(row["clearing"]) if row["clearing"] else None,
        "rejected": _rejected(row["rejected"]) if row["rejected"] else {},
        "stamped_at": row["stamped_at"],
        "is_confirmed": row["confirmed"],
        "unconfirmed_until": row["unconfirmed_until"],
    }
    return checked(EvaluationRecord, fields)


TABLES: Tables[_Evaluations, list[EvaluationRecord]] = Tables(write=write, load=load)
