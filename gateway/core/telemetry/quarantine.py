"""What is kept aside of messages that cannot be used, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import final

import msgspec

from gateway.core.kernel.times import Micros


class Reason(StrEnum):
    """Why a message, or one metric of it, was kept aside."""

    UNKNOWN_TOPIC = "unknown topic"
    UNKNOWN_DEVICE = "unknown device"
    UNKNOWN_MESSAGE = "unknown message"
    OVERSIZED = "oversized"
    MALFORMED = "malformed"
    NO_METRICS = "no metrics"
    WRONG_TYPE = "wrong type"
    OUT_OF_RANGE = "out of range"
    UNKNOWN_VALUE = "unknown value"
    REFUSED_BY_SERIES = "refused by the series store"


@final
class Rejected(msgspec.Struct, frozen=True):
    """A message (`metric` is empty) or one metric of a message that was kept aside, and why."""

    reason: Reason
    detail: str
    """The sentence for people: what was wrong and what was expected."""
    metric: str = ""


SAMPLE_BYTES = 4096
"""How much of a payload is kept to look at."""


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


class Quarantine:
    """What was kept aside since it was last emptied, by kind."""

    def __init__(self) -> None:
        self._rejections: dict[RejectedKind, Rejection] = {}

    def add(self, kind: RejectedKind, detail: str, payload: bytes, now: Micros) -> None:
        """Count one more of this kind."""
        known = self._rejections.get(kind)
        if known is None:
            self._rejections[kind] = Rejection(1, now, now, detail, payload[:SAMPLE_BYTES])
        else:
            known.count += 1
            known.last, known.detail, known.payload = now, detail, payload[:SAMPLE_BYTES]

    def empty(self) -> dict[RejectedKind, Rejection]:
        """Give out what is in it."""
        rejections = self._rejections
        if rejections:
            self._rejections = {}
        return rejections
