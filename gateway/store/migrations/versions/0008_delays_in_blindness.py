"""Of delays that run in blindness: the latest stamp heard in it, and whether a reading was evaluated in it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """So far a restart forgot both."""
    op.add_column("evaluations", sa.Column("stamped_at", sa.BigInteger()))
    op.add_column("evaluations", sa.Column("confirmed", sa.Boolean(), nullable=False, server_default=sa.false()))
