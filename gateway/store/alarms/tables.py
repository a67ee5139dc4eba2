"""All alarms, standing and closed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    RowMapping,
    Table,
    Text,
    case,
    false,
    literal,
    select,
)

from gateway.core.alarms.alarm import LIFE_SAFETY, RAISES, SEVERITIES, TOLD, AlarmRecord
from gateway.core.alarms.lifecycle import State
from gateway.core.alarms.occurred import Occurred
from gateway.core.alarms.suppression import SuppressedBy
from gateway.core.alarms.told import Told
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.urgency import Severity
from gateway.core.rules.evidence import Evidence
from gateway.store.database import Database
from gateway.store.dialect import Number, insert_or_update
from gateway.store.rows import checked, understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

alarms = Table(
    "alarms",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("raised_at", BigInteger, nullable=False),
    Column("first_raised_at", BigInteger, nullable=False),
    Column("raised_count", Number, nullable=False),
    Column("returned_at", BigInteger),
    Column("acknowledged_at", BigInteger),
    Column("acknowledged_by", Text),
    Column("closed_at", BigInteger),
    Column("ticket", Number),
    Column("evidence", Text),
    Column("detail", Text),
    Column("first_raise", Number, nullable=False),
    Column("latest_raise", Number, nullable=False),
    Column("event", Number, nullable=False),
    Column("suppressed_by", Text),
    Column("acknowledgement_due", Boolean, nullable=False, server_default=false()),
    Column("occurred", Text),
    Column("life_safety", Boolean, nullable=False, server_default=false()),
    Column("told", Text),
    Column("members", Text),
    Index("alarms_by_state", "state"),
    Index("alarms_by_subject", "subject", "rule"),
    Index("alarms_by_raise", "latest_raise"),
    Index("alarms_by_ticket", "ticket"),
)

urgency = (
    (
        case((alarms.c.state != State.SUPPRESSED.value, TOLD), else_=0)
        + case((alarms.c.life_safety, LIFE_SAFETY), else_=0)
        + case(SEVERITIES, value=alarms.c.severity, else_=0)
    )
    * literal(RAISES, BigInteger)
    + alarms.c.latest_raise
).label("urgency")
"""As of the record."""

_encode = msgspec.json.Encoder().encode
_encode_told = msgspec.json.Encoder(order="deterministic").encode
_evidence = msgspec.json.Decoder(Evidence).decode
_occurred = msgspec.json.Decoder(Occurred).decode
_reasons = msgspec.json.Decoder(tuple[SuppressedBy, ...]).decode
_told = msgspec.json.Decoder(Told).decode
_members = msgspec.json.Decoder(tuple[str, ...]).decode
_replace = insert_or_update(alarms)


def write(connection: Connection, changed: Sequence[Sequence[AlarmRecord]]) -> None:
    """Write the present state of alarms."""
    connection.execute(
        _replace,
        [
            msgspec.structs.asdict(record)
            | {
                "subject": str(record.subject),
                "evidence": _encode(record.evidence).decode() if record.evidence is not None else None,
                "occurred": _encode(record.occurred).decode() if record.occurred is not None else None,
                "suppressed_by": _encode(record.suppressed_by).decode() if record.suppressed_by else None,
                "told": _encode_told(record.told).decode() if record.told is not None else None,
                "members": _encode(record.members).decode() if record.members else None,
            }
            for records in changed
            for record in records
        ],
    )


def alarm_of(row: RowMapping) -> AlarmRecord:
    """The alarm in a row.

    Raises:
        ValueError, TypeError: the row is damaged. Damaged evidence costs only itself, as the alarm is worth more; so do
            damaged reasons, as parts give them anew, and what people were told, as they are told again.
    """
    fields = {
        **row,
        "subject": Subject.parse(row["subject"]),
        "severity": Severity(row["severity"]).value,
        "evidence": _evidence_of(row["evidence"]) if row["evidence"] is not None else None,
        "suppressed_by": _reasons_of(row["suppressed_by"]) if row["suppressed_by"] is not None else (),
        "occurred": _occurred_of(row["occurred"]) if row["occurred"] is not None else None,
        "acknowledgement_due": bool(row["acknowledgement_due"]),
        "life_safety": bool(row["life_safety"]),
        "told": _told_of(row["told"]) if row["told"] is not None else None,
        "members": _members_of(row["members"]) if row["members"] is not None else (),
    }
    return checked(AlarmRecord, fields)


def _evidence_of(content: str) -> Evidence | None:
    try:
        return _evidence(content)
    except (ValueError, TypeError):
        return None


def _reasons_of(content: str) -> tuple[SuppressedBy, ...]:
    try:
        return _reasons(content)
    except (ValueError, TypeError):
        return ()


def _occurred_of(content: str) -> Occurred | None:
    try:
        return _occurred(content)
    except (ValueError, TypeError):
        return None


def _told_of(content: str) -> Told | None:
    try:
        return _told(content)
    except (ValueError, TypeError):
        return None


def _members_of(content: str) -> tuple[str, ...]:
    try:
        return _members(content)
    except (ValueError, TypeError):
        return ()


STANDING = [state.value for state in State if state is not State.NORMAL]
"""Named one by one, so that the index on `state` is used: nearly all alarms of a store are over."""


MOST_CLOSED = 100
"""Alarms that are over and were raised last: what matters of them is a raise of the last minute or so."""


def load(database: Database) -> list[AlarmRecord]:
    """The alarms that are not normal, in the order of their numbers, and then the latest of those that are."""
    standing = select(alarms).where(alarms.c.state.in_(STANDING)).order_by(alarms.c.number)
    latest = select(alarms).order_by(alarms.c.latest_raise.desc()).limit(MOST_CLOSED)
    with database.reading() as connection:
        found = [*understood(database, "alarms", "number", connection.execute(standing).mappings(), alarm_of)]
        rows = connection.execute(latest).mappings().all()
        closed = [row for row in rows if row["state"] == State.NORMAL.value and row["occurred"] is not None]
        return [*found, *understood(database, "alarms", "number", closed, alarm_of)]


TABLES: Tables[Sequence[AlarmRecord], list[AlarmRecord]] = Tables(write=write, load=load)
