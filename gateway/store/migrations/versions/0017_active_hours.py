"""Until when the active hours of rules were followed."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Nobody knows of earlier runs: their evaluations are judged by their evidence, as before."""
    op.create_table(
        "activity",
        sa.Column("rule", sa.Text(), primary_key=True),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
    )
