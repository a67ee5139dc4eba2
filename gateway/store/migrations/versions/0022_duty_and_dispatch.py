"""Who is away, who is asked to do which ticket, and how far escalations have gone."""

import sqlalchemy as sa
from alembic import op

from gateway.store.dialect import Number

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Nobody is away and nobody was asked: the tickets that nobody has are given out once the gateway runs."""
    op.create_table(
        "absences",
        sa.Column("person", sa.Text(), primary_key=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("substitute", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("event", Number, nullable=False),
    )
    op.create_table(
        "ticket_asks",
        sa.Column("ticket", Number, primary_key=True, autoincrement=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("person", sa.Text()),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("asked", sa.Text(), nullable=False),
    )
    op.create_table(
        "turns",
        sa.Column("person", sa.Text(), primary_key=True),
        sa.Column("turn", Number, nullable=False),
    )
    op.create_table(
        "ticket_escalations",
        sa.Column("ticket", Number, primary_key=True, autoincrement=False),
        sa.Column("clock", sa.Text(), primary_key=True),
        sa.Column("level", Number, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("repeated", Number, nullable=False),
        sa.Column("hopes", sa.Text(), nullable=False),
        sa.Column("told", Number, nullable=False),
    )
