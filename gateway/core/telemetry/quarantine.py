"""The quarantine: messages and metrics that were rejected, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import final

import msgspec

from gateway.core.kernel.allowance import Allowance
from gateway.core.kernel.times import SECOND, Micros
from gateway.core.telemetry.readings import Message, Reading


class Reason(StrEnum):
    """Why a message, or one metric of it, was rejected."""

    UNKNOWN_TOPIC = "unknown topic"
    UNKNOWN_DEVICE = "unknown device"
    UNKNOWN_MESSAGE = "unknown message"
    OVERSIZED = "oversized"
    MALFORMED = "malformed"
    NO_METRICS = "no metrics"
    WRONG_TYPE = "wrong type"
    OUT_OF_RANGE = "out of range"
    UNKNOWN_VALUE = "unknown value"
    DECODER_FAILED = "decoder failed"
    UNKNOWN_PLACE = "unknown place"
    NOT_BY_A_PERSON = "not by a person"
    TAKEN_BEFORE = "perhaps taken before"
    TOO_MANY_REPORTS = "too many reports"
    REFUSED_BY_SERIES = "refused by the series store"
    REFUSED_BY_STORE = "refused by the store"
    DAMAGED = "damaged in the store"
    REFUSED_BY_BROKER = "refused by the broker"


@final
class Rejected(msgspec.Struct, frozen=True):
    """Why a message (`metric` is empty) or one metric of it is rejected."""

    reason: Reason
    detail: str
    """The sentence for people: what was wrong and what was expected."""
    metric: str = ""
    limit: int | float | None = None
    """The end of the range, where the metric is evaluated at it; None where it has no value."""
    device: str | None = None
    """The address of the device that sent the message, where the message says so itself; for whole messages."""


OVERSIZED_AFTER = 256 * 1024
"""Bytes; the default of the largest payload that is read."""

SAMPLE_BYTES = 4096
"""How much of the latest payload of a kind is kept beside its count."""

KEPT_BYTES = 256 * 1024
"""How much of a payload the quarantine keeps with the message."""

KEPT_OF_KIND = 100
"""Messages of one kind that are kept, the latest."""

_ONE_OF_KIND_EVERY: Micros = 10 * SECOND
"""Beyond the first `KEPT_OF_KIND`, of which each is kept: a device that sends nothing else must not wear the disk."""
_BURST_BYTES = 16 * 2**20
_BYTES_A_SECOND = 32 * 1024
"""Of all kinds together, beyond the burst."""
_ROW_BYTES = 1024
"""What a message costs the disk beside its payload, about."""
_LONGEST_TEXT = 1024
"""Characters of a topic and of a detail that are kept."""
_MOST_KINDS = 10_000
"""Kinds whose allowance is known; beyond, it is forgotten."""


class RejectedKind(msgspec.Struct, frozen=True):
    """The key under which rejections are counted together."""

    topic: str
    reason: Reason
    metric: str


class Kept(msgspec.Struct, frozen=True, gc=False):
    """A message in quarantine."""

    received: Micros
    detail: str
    size: int
    """Bytes of its payload."""
    payload: bytes
    """At most the first `KEPT_BYTES` of it."""


class Rejection(msgspec.Struct):
    """The rejections of one kind: their number, and detail and payload of the latest."""

    count: int
    first: Micros
    last: Micros
    detail: str
    payload: bytes
    kept: list[Kept] = []
    """Those that are kept as messages, the earliest first: all, unless they are too many."""


class Quarantine:
    """The rejections since the last drain, by kind. Each is counted; as messages only so many are kept."""

    def __init__(self) -> None:
        self._rejections: dict[RejectedKind, Rejection] = {}
        self._all = Allowance(_BURST_BYTES, _BYTES_A_SECOND / SECOND)
        self._by_kind: dict[RejectedKind, Allowance] = {}

    def add_part(self, message: Message, rejected: Rejected) -> None:
        """Add a message, or the metric of it that is rejected."""
        kind = RejectedKind(message.topic, rejected.reason, rejected.metric)
        self.add(kind, rejected.detail, message.payload, message.received)

    def add_reading(self, reading: Reading, rejected: Rejected, now: Micros) -> None:
        """Add a reading, or the metric of it that is rejected."""
        kind = RejectedKind(f"{reading.profile}/{reading.device}", rejected.reason, rejected.metric)
        self.add(kind, rejected.detail, msgspec.json.encode(reading.values), now)

    def add(self, kind: RejectedKind, detail: str, payload: bytes, now: Micros) -> None:
        """Add a rejection of this kind. Texts beyond what a person reads are cut off: each kind is kept."""
        if len(kind.topic) > _LONGEST_TEXT:
            kind = msgspec.structs.replace(kind, topic=kind.topic[:_LONGEST_TEXT] + "…")
        detail = detail[:_LONGEST_TEXT]
        known = self._rejections.get(kind)
        if known is None:
            known = self._rejections[kind] = Rejection(1, now, now, detail, payload[:SAMPLE_BYTES])
        else:
            known.count += 1
            known.last, known.detail, known.payload = now, detail, payload[:SAMPLE_BYTES]
        if self._may_keep(kind, payload, now):
            known.kept.append(Kept(now, detail, len(payload), payload[:KEPT_BYTES]))

    def _may_keep(self, kind: RejectedKind, payload: bytes, now: Micros) -> bool:
        of_kind = self._by_kind.get(kind)
        if of_kind is None:
            if len(self._by_kind) >= _MOST_KINDS:
                self._by_kind.clear()
            of_kind = self._by_kind[kind] = Allowance(KEPT_OF_KIND, 1 / _ONE_OF_KIND_EVERY)
        size = min(len(payload), KEPT_BYTES) + _ROW_BYTES
        return of_kind.allows(1, now) and self._all.allows(size, now)

    def drain(self) -> dict[RejectedKind, Rejection]:
        """Return the rejections and empty the quarantine."""
        rejections, self._rejections = self._rejections, {}
        return rejections
