"""the tally"""

import sqlalchemy as sa
from alembic import op

from gateway.store.dialect import Number

revision = "NEXT"
down_revision = "LAST"


def upgrade() -> None:
    """One table."""
    op.create_table(
        "tally",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("alarms", Number, nullable=False),
        sa.Column("seconds", Number, nullable=False),
    )
