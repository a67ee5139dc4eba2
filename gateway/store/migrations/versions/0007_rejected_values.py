"""Of evaluations of the rule `trouble`: the metrics whose values are rejected."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """No evaluation so far has any."""
    op.add_column("evaluations", sa.Column("rejected", sa.Text()))
