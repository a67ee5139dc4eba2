"""Messages as the broker delivers them, and the readings decoded from them."""

from __future__ import annotations

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value


class Message(msgspec.Struct, frozen=True, gc=False):
    """One MQTT message as received."""

    topic: str
    payload: bytes
    received: Micros
    packet_id: int = 0
    """The MQTT packet identifier, 0 at QoS 0."""
    connection: int = 0
    """The connection on which it was received. It can be acknowledged only there."""
    redelivered: bool = False
    """The DUP flag: the broker has sent it before and received no acknowledgement."""
    retained: bool = False
    """The RETAIN flag: an old state, not a fresh reading."""
    steady: Micros = 0
    """The steady instant at which it was read: `received` by the clock that cannot be set."""


STAMPED, RECEIVED, PAST, STALE = 1, 2, 3, 4
"""The origin of a reading's time: the device's stamp; the time received; the stamp of a record of the past; the stamp
of a server that says again what it heard earlier."""

OF_EARLIER = (PAST, STALE)
"""The origins of readings that set values but are not evaluated."""


class Reading(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The values of one device at one time. Encoded as an array, which is also the format of the journal."""

    device: str
    profile: str
    time: Micros
    """Event time: the device's stamp if it is believed, else the time received."""
    received: Micros
    values: dict[str, Value]
    origin: int = 0
    """`STAMPED`, `RECEIVED`, `PAST` or `STALE`; 0 in a journal written before the origin was recorded."""
