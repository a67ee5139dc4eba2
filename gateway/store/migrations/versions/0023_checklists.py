"""Checklists in use, and the answers to their items."""

import sqlalchemy as sa
from alembic import op

from gateway.store.dialect import Number

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """An earlier version has none."""
    op.create_table(
        "checklist_runs",
        sa.Column("number", Number, primary_key=True, autoincrement=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("device", sa.Text()),
        sa.Column("checklist", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("attached_at", sa.BigInteger(), nullable=False),
        sa.Column("event", Number, nullable=False),
        sa.Column("completed_at", sa.BigInteger()),
        sa.Column("completed_by", sa.Text()),
        sa.Column("withdrawn_at", sa.BigInteger()),
    )
    op.create_index("checklist_runs_by_subject", "checklist_runs", ["about"])
    op.create_index("checklist_runs_by_end", "checklist_runs", ["completed_at", "withdrawn_at"])
    op.create_table(
        "checklist_answers",
        sa.Column("run", Number, primary_key=True, autoincrement=False),
        sa.Column("item", sa.Text(), primary_key=True),
        sa.Column("revision", Number, primary_key=True, autoincrement=False),
        sa.Column("value", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("photo", sa.Text()),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.Column("event", Number, nullable=False),
        sa.Column("measured_at", sa.BigInteger()),
    )
