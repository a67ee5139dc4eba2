"""The messages in quarantine, beside the counts of their kinds."""

import sqlalchemy as sa
from alembic import op

from gateway.store.dialect import Number

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Begin with none: so far only the latest payload of a kind was kept, and it stays there."""
    op.create_table(
        "quarantine",
        sa.Column("number", Number, primary_key=True, autoincrement=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("size", Number, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("stored", Number, nullable=False),
    )
    op.create_index("quarantine_by_kind", "quarantine", ["topic", "reason", "metric", "number"])
    op.create_index("quarantine_by_received", "quarantine", ["received", "stored"])
