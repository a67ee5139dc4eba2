"""What people have put aside: shelves, and devices out of service. How often alarms have occurred of late."""

import sqlalchemy as sa
from alembic import op

from gateway.store.dialect import Number

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """So far nobody could put anything aside, and no alarm chattered."""
    op.add_column("alarms", sa.Column("occurred", sa.Text()))
    op.add_column("alarms", sa.Column("life_safety", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "shelves",
        sa.Column("number", Number, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text()),
        sa.Column("subject", sa.Text()),
        sa.Column("alarm", Number),
        sa.Column("severity", sa.Text()),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("one_shot", sa.Boolean(), nullable=False),
        sa.Column("life_safety", sa.Boolean(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text()),
        sa.Column("event", Number, nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("ended_by", sa.Text()),
        sa.Column("ended_because", sa.Text()),
    )
    op.create_index("shelves_by_end", "shelves", ["ended_at"])
    op.create_table(
        "reminders",
        sa.Column("alarm", Number, primary_key=True, autoincrement=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "inhibitions",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("devices", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "flood",
        sa.Column("number", Number, primary_key=True, autoincrement=False),
        sa.Column("raises", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger()),
    )
