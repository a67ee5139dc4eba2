"""Notices by their alarms, and when people were told of the raise of an alarm."""

import re

import sqlalchemy as sa
from alembic import op

from gateway.store.dialect import Number, insert_or_update

revision = "0026"
down_revision = "0025"

_AT_ONCE = 1_000
_LARGEST = 2**63 - 1
_notices = sa.table("notices", sa.column("number"), sa.column("alarms"))
_watches = sa.table("notice_watches", sa.column("alarm"), sa.column("at"))
_alarms = sa.table("alarms", sa.column("number"), sa.column("raised_at"))


def upgrade() -> None:
    """Every notice is found by the alarms that it names. Of an alarm that stands people were told at its raise."""
    table = op.create_table(
        "notice_alarms",
        sa.Column("alarm", Number, primary_key=True, autoincrement=False),
        sa.Column("notice", Number, primary_key=True, autoincrement=False),
    )
    connection, put = op.get_bind(), insert_or_update(table)
    query = sa.select(_notices.c.number, _notices.c.alarms).execution_options(yield_per=_AT_ONCE)
    for some in connection.execute(query).partitions():
        if rows := [{"alarm": alarm, "notice": number} for number, text in some for alarm in _numbers(text)]:
            connection.execute(put, rows)
    op.create_index("notices_by_person_and_state", "notices", ["person", "state"])
    op.add_column("notice_watches", sa.Column("at", sa.BigInteger()))
    raised_at = sa.select(_alarms.c.raised_at).where(_alarms.c.number == _watches.c.alarm).scalar_subquery()
    op.execute(sa.update(_watches).values(at=raised_at))


def _numbers(text: object) -> set[int]:
    """The numbers between the commas; a damaged row has none, or fewer."""
    return {int(each) for each in re.findall(r"\d{1,19}", str(text)) if int(each) <= _LARGEST}
