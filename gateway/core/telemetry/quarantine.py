"""The quarantine: messages and metrics that were rejected, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import final

import msgspec

from gateway.core.kernel.times import Micros


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
    REFUSED_BY_SERIES = "refused by the series store"
    REFUSED_BY_STORE = "refused by the store"


@final
class Rejected(msgspec.Struct, frozen=True):
    """Why a message (`metric` is empty) or one metric of it is rejected."""

    reason: Reason
    detail: str
    """The sentence for people: what was wrong and what was expected."""
    metric: str = ""


SAMPLE_BYTES = 4096
"""How much of a payload the quarantine keeps."""


class RejectedKind(msgspec.Struct, frozen=True):
    """The key under which rejections are counted together."""

    topic: str
    reason: Reason
    metric: str


class Rejection(msgspec.Struct):
    """The rejections of one kind: their number, and detail and payload of the latest."""

    count: int
    first: Micros
    last: Micros
    detail: str
    payload: bytes


class Quarantine:
    """The rejections since the last drain, by kind."""

    def __init__(self) -> None:
        self._rejections: dict[RejectedKind, Rejection] = {}

    def add(self, kind: RejectedKind, detail: str, payload: bytes, now: Micros) -> None:
        """Add a rejection of this kind."""
        known = self._rejections.get(kind)
        if known is None:
            self._rejections[kind] = Rejection(1, now, now, detail, payload[:SAMPLE_BYTES])
        else:
            known.count += 1
            known.last, known.detail, known.payload = now, detail, payload[:SAMPLE_BYTES]

    def drain(self) -> dict[RejectedKind, Rejection]:
        """Return the rejections and empty the quarantine."""
        rejections, self._rejections = self._rejections, {}
        return rejections
