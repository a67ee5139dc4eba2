"""Routes: what reads the messages of a topic, and gives the readings of the devices that sent them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from gateway.core.kernel.times import Micros
from gateway.core.telemetry.decoding.flat import FlatDecoder
from gateway.core.telemetry.decoding.messages import Contents, Decoded
from gateway.core.telemetry.quarantine import Reason, Rejected
from gateway.core.telemetry.readers import PatternReader
from gateway.core.telemetry.readings import Message
from gateway.core.telemetry.readout import Readout
from gateway.core.telemetry.senders import Sender


class Route(Protocol):
    """Reads the messages of a topic."""

    def read(self, message: Message) -> Readout:
        """The readings of the message. A message without readings and rejections is known and ignored."""

    def carried(self, topic: str) -> list[tuple[Sender, frozenset[str]]]:
        """The devices whose messages have this topic, as far as it tells, each with the metrics that they carry."""


class FlatRoute:
    """The topic of one device that sends native telemetry: the hot path."""

    __slots__ = ("decoder", "sender")

    def __init__(self, sender: Sender, decoder: FlatDecoder) -> None:
        self.sender = sender
        self.decoder = decoder

    def read(self, message: Message) -> Readout:
        """The one reading of the message."""
        decoded = self.decoder.decode(message.payload)
        return Readout([], [decoded]) if type(decoded) is Rejected else Readout([(self.sender, decoded)])

    def carried(self, topic: str) -> list[tuple[Sender, frozenset[str]]]:
        """Its one device, with all metrics of the profile."""
        return [(self.sender, frozenset(self.sender.profile.metrics))]


_NOT_APPLICABLE = (Reason.NO_METRICS, Reason.UNKNOWN_MESSAGE)
"""Rejections of a fragment that do not count if another fragment, or another reader, used the message."""

_UNREADABLE = (Reason.MALFORMED, Reason.OVERSIZED)
"""Rejections of a message that may carry anything; others say that it carries nothing of the site's devices."""


class PatternRoute:
    """A topic that matches one or more patterns."""

    def __init__(self, matched: list[tuple[PatternReader, dict[str, str]]]) -> None:
        self._matched = matched

    def read(self, message: Message) -> Readout:
        """The readings by all matching readers. If one used the message, the rejections by the others are dropped."""
        readout, contents = Readout([]), Contents(message.payload)
        parts, is_used = list[tuple[bool, list[Rejected]]](), False
        for reader, captured in self._matched:
            readout.rejected = []
            used = reader.read(contents, captured, readout)
            parts.append((used, readout.rejected))
            is_used |= used
        if is_used:
            readout.rejected = [each for used, rejected in parts for each in rejected if _counts(each, used=used)]
            readout.unread = []
        else:
            # The most helpful reason: a missing device rather than a missing binding.
            rejected = [each for _, rejected in parts for each in rejected]
            readout.rejected = sorted(rejected, key=lambda each: each.reason in _NOT_APPLICABLE)[:1]
            is_unread = bool(readout.rejected) and readout.rejected[0].reason in _UNREADABLE
            readout.unread = (readout.unread or self.carried(message.topic)) if is_unread else []
        if len(readout.readings) > 1:
            readout.readings = _merge(readout.readings)
        readout.add_computed()
        return readout

    def carried(self, topic: str) -> list[tuple[Sender, frozenset[str]]]:
        """The devices that any of the patterns names."""
        return [each for reader, captured in self._matched for each in reader.carried(captured)]


def _counts(rejected: Rejected, *, used: bool) -> bool:
    """Whether a rejection of a message that was used counts: that by a reader that used it, or for its size."""
    return rejected.reason not in _NOT_APPLICABLE if used else rejected.reason is Reason.OVERSIZED


def _merge(readings: list[tuple[Sender, Decoded]]) -> list[tuple[Sender, Decoded]]:
    """Merge readings of one device at one time that have no metric in common."""
    by_key: dict[tuple[str, Micros | None, Micros, bool, bool], tuple[Sender, Decoded]] = {}
    merged: list[tuple[Sender, Decoded]] = []
    for sender, decoded in readings:
        key = (sender.id, decoded.time, decoded.age, decoded.historical, decoded.by_server)
        known = by_key.get(key)
        if known is None or not known[1].values.keys().isdisjoint(_said_of(decoded)):
            by_key[key] = (sender, decoded)
            merged.append((sender, decoded))
        else:
            known[1].values.update(decoded.values)
            known[1].rejected.extend(decoded.rejected)
            known[1].timed |= decoded.timed
            known[1].unread |= decoded.unread
    return merged


def _said_of(decoded: Decoded) -> Iterable[str]:
    """The metrics of which a reading says something, be it a value or what was rejected."""
    if not decoded.rejected:
        return decoded.values
    return {*decoded.values, *decoded.unread, *(each.metric for each in decoded.rejected)}
