"""Tickets that are worked on: their states, clocks, people and outcome."""

import json

import sqlalchemy as sa
from alembic import op

from gateway.store.dialect import Number

revision = "0021"
down_revision = "0020"

_CLOCKS = (("respond", "respond_by"), ("on_site", "on_site_by"), ("resolve", "resolve_by"))

_old = sa.table(
    "tickets",
    *map(sa.column, ("number", "source", "alarm", "subject", "category", "priority", "team", "title", "guidance")),
    *map(sa.column, ("opened_at", "raised_at", "raised_count", "respond_by", "on_site_by", "resolve_by", "location")),
)
_alarms = sa.table("alarms", *map(sa.column, ("number", "rule", "ticket")))
_events = sa.table("events", *map(sa.column, ("number", "kind", "subject")))


def upgrade() -> None:
    """Nobody has worked on the tickets of an earlier version: they are new, and their clocks run.

    An alarm may have more than one ticket in its life, so its number is not unique any more.
    """
    new = op.create_table("new_tickets", *_columns())
    connection = op.get_bind()
    rules = {row.number: row.rule for row in connection.execute(sa.select(_alarms.c.number, _alarms.c.rule))}
    latest = sa.select(_events.c.subject, sa.func.max(_events.c.number).label("latest"))
    steps = connection.execute(latest.where(_events.c.kind == "ticket").group_by(_events.c.subject))
    events = {row.subject: row.latest for row in steps}
    rows = [_row(ticket, rules, events) for ticket in connection.execute(sa.select(_old)).mappings()]
    op.bulk_insert(new, rows)
    op.drop_table("tickets")
    op.rename_table("new_tickets", "tickets")
    op.create_index("tickets_by_state", "tickets", ["state", "number"])
    op.create_index("tickets_by_subject", "tickets", ["subject"])
    op.create_index("tickets_by_assignee", "tickets", ["assignee", "state"])
    op.create_index("tickets_by_end", "tickets", ["ended_at"])
    op.create_index("tickets_by_alarm", "tickets", ["alarm"])
    op.create_index("alarms_by_ticket", "alarms", ["ticket"])


def _row(ticket: sa.RowMapping, rules: dict[int, str], events: dict[str, int]) -> dict[str, object]:
    began = ticket["raised_at"] or ticket["opened_at"]
    clocks = [
        {"kind": kind, "target": ticket[by] - began, "calendar": None, "began_at": began, "counted": 0, "since": began}
        for kind, by in _CLOCKS
    ]
    rule = rules.get(ticket["alarm"])
    kept = {column.name: ticket[column.name] for column in _old.c if not column.name.endswith("_by")}
    return kept | {
        "state": "new",
        "faults": json.dumps([] if rule is None else [f"{rule}/{ticket['subject']}"]),
        "kind": "fault",
        "clocks": json.dumps(clocks),
        "warn_share": 0.8,
        "next_clock": "respond",
        "next_due": ticket["respond_by"],
        "event": events.get(str(ticket["number"]), 0),
        "reopened_count": 0,
        "minutes": 0,
    }


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("number", Number, primary_key=True, autoincrement=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("alarm", Number),
        sa.Column("faults", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("guidance", sa.Text()),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("raised_at", sa.BigInteger()),
        sa.Column("raised_count", Number, nullable=False),
        sa.Column("event", Number, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("clocks", sa.Text(), nullable=False),
        sa.Column("warn_share", sa.Float(), nullable=False),
        sa.Column("next_clock", sa.Text()),
        sa.Column("next_due", sa.BigInteger()),
        sa.Column("location", sa.Text()),
        sa.Column("description", sa.Text()),
        sa.Column("reporter", sa.Text()),
        sa.Column("parent", Number),
        sa.Column("assignee", sa.Text()),
        sa.Column("why_assigned", sa.Text()),
        sa.Column("held_from", sa.Text()),
        sa.Column("hold_reason", sa.Text()),
        sa.Column("maintenance", Number),
        sa.Column("reopened_count", Number, nullable=False),
        sa.Column("on_site_at", sa.BigInteger()),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("cause_code", sa.Text()),
        sa.Column("outcome", sa.Text()),
        sa.Column("minutes", Number, nullable=False),
        sa.Column("rating", Number),
        sa.Column("merged_into", Number),
    ]
