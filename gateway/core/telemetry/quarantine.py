"""What is kept aside of messages that cannot be used, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import final

import msgspec


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
