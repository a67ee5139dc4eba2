"""Who is told, beside its reporter, when a ticket is done: those whose own were merged into it."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Of tickets that were merged so far, nobody is told."""
    op.add_column("tickets", sa.Column("followers", sa.Text()))
