"""Reports of people: which have tickets."""

import sqlalchemy as sa
from alembic import op

from gateway.store.dialect import Number

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """So far none was taken."""
    op.create_table(
        "reports",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("ticket", Number, nullable=False),
    )
