"""What comes in: messages as the broker hands them over, and readings as profiles understand them."""

from __future__ import annotations

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value


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
