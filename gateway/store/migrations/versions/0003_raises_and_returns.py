"""The first and latest raise of an alarm and of its ticket, and the reading with which a condition began to clear."""

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from gateway.store.dialect import Number

revision = "0003"
down_revision = "0002"

_alarms = sa.table(
    "alarms",
    *map(sa.column, ("number", "raised_at", "raised_count", "first_raised_at", "first_raise", "latest_raise", "event")),
)
_tickets = sa.table("tickets", *map(sa.column, ("alarm", "raised_at", "raised_count")))
_events = sa.table("events", *map(sa.column, ("number", "time", "kind", "data")))


def upgrade() -> None:
    """So far `raised_at` was the time of the first raise; the audit trail knows the later ones."""
    for name, kind in {"first_raised_at": sa.BigInteger(), "first_raise": Number, "latest_raise": Number}.items():
        op.add_column("alarms", sa.Column(name, kind, nullable=False, server_default="0"))
    op.create_index("alarms_by_raise", "alarms", ["latest_raise"])
    op.add_column("tickets", sa.Column("raised_at", sa.BigInteger()))
    op.add_column("tickets", sa.Column("raised_count", Number, nullable=False, server_default="0"))
    op.add_column("evaluations", sa.Column("clearing", sa.Text()))
    _set_raises()
    of_its_alarm = {
        name: sa.select(_alarms.c[name]).where(_alarms.c.number == _tickets.c.alarm).scalar_subquery()
        for name in ("raised_at", "raised_count")
    }
    op.execute(sa.update(_tickets).where(_tickets.c.alarm.is_not(None)).values(of_its_alarm))


def _set_raises() -> None:
    first: dict[int, int] = {}
    latest: dict[int, tuple[int, int]] = {}
    for alarm, event, time in _raises():
        first.setdefault(alarm, event)
        latest[alarm] = event, time
    # An alarm whose raises the audit trail does not know is listed by its latest step.
    as_before = {
        "first_raised_at": _alarms.c.raised_at,
        "first_raise": _alarms.c.event,
        "latest_raise": _alarms.c.event,
    }
    op.execute(sa.update(_alarms).values(as_before))
    change = sa.update(_alarms).where(_alarms.c.number == sa.bindparam("of_alarm"))
    rows = [
        {"of_alarm": alarm, "raised_at": time, "first_raise": first[alarm], "latest_raise": event}
        for alarm, (event, time) in latest.items()
    ]
    if rows:
        op.get_bind().execute(change, rows)


def _raises() -> Iterator[tuple[int, int, int]]:
    """Alarm, number and time of each raise in the audit trail, the oldest first."""
    query = sa.select(_events.c.number, _events.c.time, _events.c.data).where(_events.c.kind == "alarm")
    for event in op.get_bind().execute(query.order_by(_events.c.number)):
        data = json.loads(event.data)
        if data.get("step") == "raise":
            yield data["alarm"], event.number, event.time
