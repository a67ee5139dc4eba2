"""Rules over groups: until when members have counted, the members of their alarms, and where tickets are."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """No alarm of an earlier version is about a group."""
    op.create_table(
        "group_endings",
        sa.Column("rule", sa.Text(), primary_key=True),
        sa.Column("function", sa.Text(), primary_key=True),
        sa.Column("device", sa.Text(), primary_key=True),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("is_stamped", sa.Boolean(), nullable=False),
    )
    op.add_column("alarms", sa.Column("members", sa.Text()))
    op.add_column("tickets", sa.Column("location", sa.Text()))
