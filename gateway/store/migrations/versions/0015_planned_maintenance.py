"""The planned maintenance windows that take place, as far as people were told."""

import sqlalchemy as sa
from alembic import op

from gateway.store.dialect import Number

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """A window that takes place at the upgrade is told of once more."""
    op.create_table(
        "planned_maintenance",
        sa.Column("place", Number, primary_key=True, autoincrement=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("devices", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
    )
