"""Maintenance that people have begun."""

import sqlalchemy as sa
from alembic import op

from gateway.store.dialect import Number

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """So far there was none."""
    op.create_table(
        "maintenance",
        sa.Column("number", Number, primary_key=True, autoincrement=False),
        sa.Column("devices", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("event", Number, nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("ended_by", sa.Text()),
    )
