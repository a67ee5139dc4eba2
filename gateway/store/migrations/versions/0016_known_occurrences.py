"""What people were told of the occurrence of an alarm that stands."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Of an alarm that is suppressed at the upgrade nobody knows whether it was told: it counts as not told."""
    op.add_column("alarms", sa.Column("told", sa.Text()))
