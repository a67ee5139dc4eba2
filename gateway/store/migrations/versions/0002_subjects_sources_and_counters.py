"""Subjects of alarms and tickets, sources of tickets, evaluations apart from alarms, and counters."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

from gateway.store.dialect import Number, last_given

revision = "0002"
down_revision = "0001"

_ACTIVE = ("unacknowledged", "acknowledged")

_old_alarms = sa.table(
    "alarms",
    *map(sa.column, ("number", "rule", "device", "state", "severity", "title", "raised_at", "raised_count")),
    *map(sa.column, ("returned_at", "acknowledged_at", "acknowledged_by", "closed_at", "turning_since", "ticket")),
    *map(sa.column, ("evidence", "event")),
)
_old_pending = sa.table("pending", *map(sa.column, ("rule", "device", "since", "evidence")))
_old_tickets = sa.table(
    "tickets",
    *map(sa.column, ("number", "alarm", "device", "state", "category", "priority", "team", "title", "guidance")),
    *map(sa.column, ("opened_at", "respond_by", "on_site_by", "resolve_by")),
)
_old_outbox = sa.table("outbox", *map(sa.column, ("number", "topic", "payload")))


def upgrade() -> None:
    """Keep everything that is there, under its new keys."""
    _make_counters()
    _take_evaluations_from_alarms()
    subject = {"subject": sa.literal("device:", sa.Text) + _old_alarms.c.device}
    _rebuild(_old_alarms, _alarm_columns(), subject)
    op.create_index("alarms_by_state", "alarms", ["state"])
    op.create_index("alarms_by_subject", "alarms", ["subject", "rule"])
    subject = {"subject": sa.literal("device:", sa.Text) + _old_tickets.c.device}
    _rebuild(_old_tickets, _ticket_columns(), subject | {"source": sa.literal("alarm", sa.Text)})
    _rebuild(_old_outbox, _outbox_columns(), {})
    op.drop_table("pending")


def _make_counters() -> None:
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("following", Number, nullable=False),
    )
    connection = op.get_bind()
    journal = sa.table("journal", sa.column("first_message"), sa.column("messages"))
    after_last = sa.func.max(journal.c.first_message + journal.c.messages)
    following = {"message": connection.scalar(sa.select(after_last)) or 1}
    for name, table in {"alarm": "alarms", "ticket": "tickets", "event": "events", "scan": "scans"}.items():
        numbered = sa.table(table, sa.column("number"))
        following[name] = (connection.scalar(sa.select(sa.func.max(numbered.c.number))) or 0) + 1
    waiting = connection.scalar(sa.select(sa.func.max(_old_outbox.c.number))) or 0
    following["publication"] = max(waiting, last_given(connection, "outbox")) + 1
    op.bulk_insert(counters, [{"name": name, "following": number} for name, number in following.items()])


def _take_evaluations_from_alarms() -> None:
    """An alarm that stood said whether its condition held and since when its delay ran; pending ones had their own."""
    evaluations = op.create_table(
        "evaluations",
        sa.Column("rule", sa.Text(), primary_key=True),
        sa.Column("subject", sa.Text(), primary_key=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("delay_since", sa.BigInteger()),
        sa.Column("evidence", sa.Text(), nullable=False),
    )
    connection = op.get_bind()
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for pending in connection.execute(sa.select(_old_pending)).mappings():
        rows[pending["rule"], pending["device"]] = _evaluation(pending, active=False, delay_since=pending["since"])
    alarms = _old_alarms.c
    active = alarms.state.in_(_ACTIVE)
    standing = sa.select(_old_alarms).where(sa.or_(active, alarms.turning_since.is_not(None))).order_by(alarms.number)
    for alarm in connection.execute(standing).mappings():
        if alarm["state"] != "normal":
            rows[alarm["rule"], alarm["device"]] = _evaluation(
                alarm, active=alarm["state"] in _ACTIVE, delay_since=alarm["turning_since"]
            )
    op.bulk_insert(evaluations, list(rows.values()))


def _evaluation(row: sa.RowMapping, *, active: bool, delay_since: object) -> dict[str, object]:
    return {
        "rule": row["rule"],
        "subject": f"device:{row['device']}",
        "active": active,
        "delay_since": delay_since,
        "evidence": row["evidence"],
    }


def _rebuild(
    old: sa.TableClause, columns: Sequence[sa.Column[object]], added: Mapping[str, sa.ColumnElement[str]]
) -> None:
    """Make the table anew with these columns, filled from the old one: by name, or as `added` says."""
    new = op.create_table(f"new_{old.name}", *columns)
    source = sa.select(*(added[column.name] if column.name in added else old.c[column.name] for column in columns))
    op.execute(sa.insert(new).from_select([column.name for column in columns], source))
    op.drop_table(old.name)
    op.rename_table(f"new_{old.name}", old.name)


def _alarm_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("number", Number, primary_key=True, autoincrement=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("raised_count", Number, nullable=False),
        sa.Column("returned_at", sa.BigInteger()),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.Column("acknowledged_by", sa.Text()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("ticket", Number),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("event", Number, nullable=False),
    ]


def _ticket_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("number", Number, primary_key=True, autoincrement=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("alarm", Number, unique=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("guidance", sa.Text()),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("respond_by", sa.BigInteger(), nullable=False),
        sa.Column("on_site_by", sa.BigInteger(), nullable=False),
        sa.Column("resolve_by", sa.BigInteger(), nullable=False),
    ]


def _outbox_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("number", Number, primary_key=True, autoincrement=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
    ]
