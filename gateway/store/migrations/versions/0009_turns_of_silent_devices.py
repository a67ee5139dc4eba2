"""Of delays that run: until when a device that is silent since blindness has its turn."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """So far a restart gave it a whole one again."""
    op.add_column("evaluations", sa.Column("unconfirmed_until", sa.BigInteger()))
