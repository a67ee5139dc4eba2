"""The windows of devices on which rules derive values."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """No rule has derived any so far."""
    op.create_table(
        "windows",
        sa.Column("device", sa.Text(), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
