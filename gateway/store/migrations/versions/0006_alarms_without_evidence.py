"""Alarms to which no message led, such as those about the gateway itself, and the detail that they have instead."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """So far every alarm has its evidence, and none a detail."""
    with op.batch_alter_table("alarms") as alarms:
        alarms.alter_column("evidence", existing_type=sa.Text(), nullable=True)
        alarms.add_column(sa.Column("detail", sa.Text()))
