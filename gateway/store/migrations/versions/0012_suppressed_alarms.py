"""Of alarms: what suppresses them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """So far none was suppressed."""
    op.add_column("alarms", sa.Column("suppressed_by", sa.Text()))
    op.add_column("alarms", sa.Column("acknowledgement_due", sa.Boolean(), nullable=False, server_default=sa.false()))
