"""The filters in the gateway's session at the broker. Those of earlier runs are not known."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Begin with none."""
    op.create_table(
        "session_filters",
        sa.Column("client", sa.Text(), primary_key=True),
        sa.Column("filter", sa.Text(), primary_key=True),
    )
