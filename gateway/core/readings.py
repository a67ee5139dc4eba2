"""What comes in: messages as the broker hands them over, and readings as profiles understand them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, final

import msgspec

from gateway.core.times import Micros

Json = Any
"""Anything that a JSON document can hold, as it stands in one: nothing is known of it before it is looked at."""

Value = bool | int | float | str
"""What a metric can hold. Enumerations are stored by name."""


class Message(msgspec.Struct, frozen=True, gc=False):
    """One MQTT message as received, before anybody has looked into it."""

    topic: str
    payload: bytes
    received: Micros
    packet_id: int = 0
    """The MQTT packet identifier, 0 at QoS 0."""
    connection: int = 0
    """Which connection it came in on: an acknowledgement is valid only there."""
    redelivered: bool = False
    """The DUP flag: the broker has sent it before and saw no acknowledgement."""
    retained: bool = False
    """The broker kept it from earlier: an old state, not a fresh reading."""


STAMPED, RECEIVED, PAST = 1, 2, 3
"""The time of a reading is the device's own; the time received; the device's own, of a record of the past."""


class Reading(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one message said about one device. Encoded as an array: this is also the journal's format."""

    device: str
    profile: str
    time: Micros
    """Event time: the device's own where it can be trusted, else the time received."""
    received: Micros
    values: dict[str, Value]
    origin: int = 0
    """Whose its time is: `STAMPED`, `RECEIVED` or `PAST`; 0 where nobody wrote it down."""


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


def normalise_tag_uid(text: str) -> str:
    """A tag's UID as upper-case hex without separators: `04:a2:b3:c4` → `04A2B3C4`.

    Raises:
        ValueError: when it is not 4 to 10 bytes of hex, the sizes ISO/IEC 14443-3 allows.
    """
    uid = text.translate({ord(mark): None for mark in ":- "}).upper()
    if not 8 <= len(uid) <= 20 or len(uid) % 2 or not set(uid) <= set("0123456789ABCDEF"):
        raise ValueError(f"{text[:40]!r} is not a tag UID: 4 to 10 bytes in hex are expected")
    return uid
