"""The tables of the operational store. Times are microseconds since the epoch, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()

journal = Table(
    "journal",
    metadata,
    Column("first_message", BigInteger, primary_key=True, autoincrement=False),
    Column("messages", Integer, nullable=False),
    Column("reached", BigInteger, nullable=False),
    Column("readings", LargeBinary, nullable=False),
    Column("digests", LargeBinary, nullable=False),
)
"""One row per batch of messages: its readings (msgpack), the digests that recognise a repeated message, and the event
time that it `reached`."""

latest = Table(
    "latest",
    metadata,
    Column("device", Text, primary_key=True),
    Column("snapshot", LargeBinary, nullable=False),
)
"""The latest values of each device (msgpack) as of the cursor `snapshot`."""

cursors = Table(
    "cursors",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
"""How far each reader of the journal has come: the number of the first message that it has not done."""

alarms = Table(
    "alarms",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("raised_at", BigInteger, nullable=False),
    Column("raised_count", Integer, nullable=False),
    Column("returned_at", BigInteger),
    Column("acknowledged_at", BigInteger),
    Column("acknowledged_by", Text),
    Column("closed_at", BigInteger),
    Column("turning_since", BigInteger),
    Column("ticket", Integer),
    Column("evidence", Text, nullable=False),
    Column("event", Integer, nullable=False),
    Index("alarms_by_state", "state"),
    Index("alarms_by_device", "device", "rule"),
)

pending = Table(
    "pending",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("evidence", Text, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("alarm", Integer, nullable=False, unique=True),
    Column("device", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("guidance", Text),
    Column("opened_at", BigInteger, nullable=False),
    Column("respond_by", BigInteger, nullable=False),
    Column("on_site_by", BigInteger, nullable=False),
    Column("resolve_by", BigInteger, nullable=False),
)

scans = Table(
    "scans",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("device", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Index("scans_by_time", "time"),
)

rejections = Table(
    "rejections",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("detail", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Index("rejections_by_last", "last"),
)

events = Table(
    "events",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("cause", Integer),
    Column("by", Text),
    Column("data", Text, nullable=False),
    Index("events_by_subject", "subject"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
"""MQTT events still to be published; a row goes when the broker has acknowledged it."""
