"""What happened: everything that one step of the monitor wants written, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from gateway.core.alarms.lifecycle import AlarmRecord, Pending
from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.telemetry.quarantine import Reason
from gateway.core.telemetry.readings import Reading
from gateway.core.work.tickets import Ticket

SAMPLE_BYTES = 4096
"""How much of a rejected payload is kept to look at."""


class Scan(msgspec.Struct, frozen=True):
    """A tag was held to a reader."""

    device: str
    uid: str
    time: Micros
    received: Micros


class AuditEvent(msgspec.Struct, frozen=True):
    """One link of the causal chain; `cause` is the number of the event before it."""

    number: int
    time: Micros
    kind: str
    """`message`, `reading`, `alarm` or `ticket`."""
    subject: str
    cause: int | None
    by: str | None
    data: dict[str, object]


class Notice(msgspec.Struct, frozen=True):
    """An MQTT event to publish, at least once, for other systems to react to."""

    topic: str
    payload: bytes


class RejectedKind(msgspec.Struct, frozen=True):
    """Rejections that are alike are counted together."""

    topic: str
    reason: Reason
    metric: str


class Rejection(msgspec.Struct):
    """How many of a kind there were, and the latest of them to look at."""

    count: int
    first: Micros
    last: Micros
    detail: str
    payload: bytes


class DeviceSnapshot(msgspec.Struct, frozen=True):
    """The latest values of one device, so that a restart needs only the journal's tail."""

    device: str
    newest: Micros
    values: dict[str, Value]
    times: dict[str, Micros]
    unstamped: list[str] = []
    """Metrics whose latest value came without a believable stamp."""


@dataclass(slots=True)
class Counts:
    """How many messages came, and what became of them."""

    received: int = 0
    stored: int = 0
    duplicate: int = 0
    retained: int = 0
    late: int = 0
    """Older than what was already known: stored, but no alarm looks at it."""
    delayed: int = 0
    """Kept by the broker while the gateway was away, or by the device; its own time was believed."""
    clock_replaced: int = 0
    """The device's time stamp was unreadable or beyond its bounds; the time received stands in its place. Of several
    readings in one message it stands for the newest, and the others keep their distances to it."""
    rejected: int = 0
    """Messages of which nothing could be used."""
    rejected_metrics: int = 0

    def add(self, other: Counts) -> None:
        """Add another's numbers to these."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class Outcome:
    """Filled by the monitor, written by the store, and never changed in between."""

    first_message: int
    """The number of the first message; the others follow. Numbers never repeat in the life of a store."""
    reached: Micros = 0
    """The event time of the last reading so far: where in the stream the gateway is, also while it catches up."""
    counts: Counts = field(default_factory=Counts)
    readings: list[Reading] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    alarms: list[AlarmRecord] = field(default_factory=list)
    pending: dict[tuple[str, str], Pending | None] = field(default_factory=dict)
    """By rule and device; None where a delay ended."""
    tickets: list[Ticket] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)
    rejections: dict[RejectedKind, Rejection] = field(default_factory=dict)
    events: list[AuditEvent] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    snapshots: list[DeviceSnapshot] | None = None
    """The devices that have changed since the last snapshot; None unless this is one."""

    def reject(self, kind: RejectedKind, detail: str, payload: bytes, now: Micros) -> None:
        """Count one more rejection of this kind."""
        known = self.rejections.get(kind)
        if known is None:
            self.rejections[kind] = Rejection(1, now, now, detail, payload[:SAMPLE_BYTES])
        else:
            known.count += 1
            known.last, known.detail, known.payload = now, detail, payload[:SAMPLE_BYTES]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (
            self.counts.received
            or self.alarms
            or self.pending
            or self.rejections
            or self.tickets
            or self.events
            or self.notices
            or self.snapshots is not None
        )
