"""The identity of the store."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """It is made when the store is opened."""
    op.create_table("store_identity", sa.Column("id", sa.Text(), primary_key=True))
