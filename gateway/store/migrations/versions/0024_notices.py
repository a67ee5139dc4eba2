"""Notices: messages to people, and how far people were told of alarms."""

import sqlalchemy as sa
from alembic import op

from gateway.store.dialect import Number

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """So far nobody was told."""
    op.create_table(
        "notices",
        sa.Column("number", Number, primary_key=True, autoincrement=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("alarms", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person", sa.Text()),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("further", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("links", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("earliest", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger()),
        sa.Column("give_up_at", sa.BigInteger()),
        sa.Column("event", Number, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("is_overdue", sa.Boolean(), nullable=False),
        sa.Column("is_staff", sa.Boolean(), nullable=False),
        sa.Column("obsolete", sa.Text(), nullable=False),
        sa.Column("is_stopped", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
    )
    op.create_index("notices_by_state", "notices", ["state"])
    op.create_index("notices_by_about", "notices", ["about"])
    op.create_index("notices_by_person", "notices", ["person"])
    op.create_table(
        "notice_watches",
        sa.Column("alarm", Number, primary_key=True, autoincrement=False),
        sa.Column("raise", Number, nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("escalations", sa.Text(), nullable=False),
    )
    op.create_table(
        "notice_times",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("time", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "notice_troubles",
        sa.Column("rule", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("why", sa.Text(), nullable=False),
    )
