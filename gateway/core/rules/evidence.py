"""The evidence that a condition was breached or cleared: the message and the reading."""

from __future__ import annotations

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.telemetry.readings import Message, Reading

_CHARACTERS = 4096


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """The message and reading with which a condition began to hold or to clear: the first links of the causal chain."""

    message: int
    """The message's number in the journal; 0 where it is not known."""
    topic: str
    payload: str
    """As text, cut off after 4,096 characters."""
    received: Micros
    time: Micros
    """The event time of the reading."""
    values: dict[str, Value]
    """Of the reading; of a rule that derives values also what its condition has read, these included."""

    @classmethod
    def lost(cls, now: Micros) -> Evidence:
        """In place of evidence that the store has lost."""
        return cls(message=0, topic="", payload="", received=now, time=now, values={})

    @classmethod
    def latest(cls, values: dict[str, Value], time: Micros, now: Micros) -> Evidence:
        """Of a condition that holds by latest values, the newest of this event time, and not by a new message."""
        return cls(message=0, topic="", payload="", received=now, time=time, values=values)

    @classmethod
    def of(cls, message: Message, reading: Reading, number: int) -> Evidence:
        """The evidence of a reading; `number` is the message's in the journal."""
        return cls(
            message=number,
            topic=message.topic,
            payload=message.payload[:_CHARACTERS].decode("utf-8", "replace"),
            received=reading.received,
            time=reading.time,
            values=reading.values,
        )
