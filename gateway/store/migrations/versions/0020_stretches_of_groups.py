"""Rules over groups: since when the conditions of members hold, or have held."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Of what holds at the upgrade the beginning is that of the latest values; what has ended held for a moment."""
    op.create_table(
        "group_stretches",
        sa.Column("rule", sa.Text(), primary_key=True),
        sa.Column("function", sa.Text(), primary_key=True),
        sa.Column("device", sa.Text(), primary_key=True),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger()),
        sa.Column("heard", sa.BigInteger(), nullable=False),
        sa.Column("is_stamped", sa.Boolean(), nullable=False),
    )
    op.execute(
        "INSERT INTO group_stretches (rule, function, device, began, ended, heard, is_stamped)"
        " SELECT rule, function, device, time, time, time, is_stamped FROM group_endings"
    )
    op.drop_table("group_endings")
