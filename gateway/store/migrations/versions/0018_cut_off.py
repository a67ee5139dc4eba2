"""Since when a device cannot be heard, as what it depends on is down."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """What is down at the upgrade is so from the next start on, as before."""
    op.add_column("presence", sa.Column("cut_off_since", sa.BigInteger()))
    op.add_column("presence", sa.Column("cut_off_gaps", sa.BigInteger()))
