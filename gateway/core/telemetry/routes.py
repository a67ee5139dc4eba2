"""Routes: what reads the messages of a topic, and gives the readings of the devices that sent them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.telemetry.addresses import address_key
from gateway.core.telemetry.decoding.checks import shown
from gateway.core.telemetry.decoding.compiled import FragmentMapping
from gateway.core.telemetry.decoding.flat import FlatDecoder
from gateway.core.telemetry.decoding.messages import Contents, Decoded
from gateway.core.telemetry.decoding.parsers import Fragment, PayloadParser
from gateway.core.telemetry.quarantine import Reason, Rejected
from gateway.core.telemetry.readings import Message
from gateway.core.telemetry.senders import Sender


class Readout(msgspec.Struct, gc=False):
    """The result of reading a message."""

    readings: list[tuple[Sender, Decoded]]
    rejected: list[Rejected] = []
    """The rejections, besides those of single metrics, which are with their readings."""
    replies: list[tuple[str, bytes]] = []
    """Topic and payload of messages to publish in answer."""
    unread: list[tuple[Sender, frozenset[str]]] = []
    """The devices of which something cannot be read, each with the metrics that are lost: see `rejected`."""

    @property
    def only(self) -> tuple[Sender, Decoded] | None:
        """The one reading of the present, if there is nothing else."""
        if len(self.readings) == 1 and not (self.rejected or self.replies or self.readings[0][1].historical):
            return self.readings[0]
        return None


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


_Senders = dict[str, tuple[Sender, list[FragmentMapping]]]
"""Senders by device id, each with its mappings in the order of the profile."""

_NOT_APPLICABLE = (Reason.NO_METRICS, Reason.UNKNOWN_MESSAGE)
"""Rejections of a fragment that do not count if another fragment, or another reader, used the message."""

_UNREADABLE = (Reason.MALFORMED, Reason.OVERSIZED)
"""Rejections of a message that may carry anything; others say that it carries nothing of the site's devices."""


class PatternReader:
    """Reads the messages of one format on topics that match one pattern. Addresses in them name their senders."""

    def __init__(self, regex: re.Pattern[str], parser: PayloadParser) -> None:
        self.regex = regex
        self._parser = parser
        self._by_address: dict[str, _Senders] = {}
        self._all: _Senders = {}

    def add(self, names: Iterable[str], sender: Sender, mapping: FragmentMapping) -> None:
        """Read messages with one of these names by the mapping too, after the sender's earlier ones."""
        for senders in (*(self._by_address.setdefault(name, {}) for name in names), self._all):
            senders.setdefault(sender.id, (sender, []))[1].append(mapping)

    def carried(self, captured: Mapping[str, str]) -> list[tuple[Sender, frozenset[str]]]:
        """The devices that a topic names by what it captures, each with the metrics of their messages.

        Where only the message tells its device, or the channel of it, there must be one address that it can be.
        """
        return _carried(self._named(captured))

    def _named(self, captured: Mapping[str, str]) -> _Senders:
        name = captured.get("device") or captured.get("device_eui")
        if name is None:
            return self._all if len(self._all) == 1 else {}
        named = self._by_address.get(address_key(name, captured.get("channel", "")))
        if named is not None:
            return named
        below = [senders for address, senders in self._by_address.items() if address.startswith(f"{name}/")]
        return below[0] if len(below) == 1 else {}

    def read(self, contents: Contents, captured: Mapping[str, str], readout: Readout) -> bool:
        """Add the message's readings and rejections to `readout`; returns whether a mapping used the message."""
        fragments = self._parser.parse(contents)
        if type(fragments) is Rejected:
            readout.rejected.append(fragments)
            if fragments.device is not None:
                readout.unread += _carried(self._by_address.get(fragments.device, {}))
            return False
        used = False
        for fragment in fragments:
            name = fragment.device if fragment.device is not None else captured.get("device", "")
            channel = fragment.channel if fragment.channel is not None else captured.get("channel", "")
            senders = self._all if fragment.for_all else self._by_address.get(address_key(name, channel))
            if senders is None:
                readout.rejected.append(unknown_device(name, channel))
                continue
            for sender, mappings in senders.values():
                used |= _read_fragment(fragment, sender, mappings, readout)
        return used


def _carried(senders: _Senders) -> list[tuple[Sender, frozenset[str]]]:
    return [
        (sender, frozenset[str]().union(*(mapping.metrics for mapping in mappings)))
        for sender, mappings in senders.values()
    ]


def unknown_device(name: str, channel: str) -> Rejected:
    """The rejection of a reading whose device the site does not have."""
    if not name:
        return Rejected(Reason.UNKNOWN_DEVICE, "the message does not name its device where its binding says")
    address = address_key(name, channel)
    return Rejected(Reason.UNKNOWN_DEVICE, f"the site's files have no device with the address {shown(address)} for it")


def _read_fragment(fragment: Fragment, sender: Sender, mappings: list[FragmentMapping], readout: Readout) -> bool:
    """Read a fragment by the first mapping that finds a value; returns whether a mapping used it."""
    rejected: Rejected | None = None
    without_values: list[Decoded] | None = None
    rejected_metrics: list[Rejected] = []
    for mapping in mappings:
        decoded = mapping.decode(fragment)
        if decoded is None:
            continue
        if type(decoded) is Rejected:
            rejected = rejected or decoded
            continue
        if mapping.ignores and rejected_metrics:
            break  # an earlier mapping recognised it, so it is not ignored
        if mapping.ignores or [each for each in decoded if each.values]:
            if rejected_metrics:
                _add_rejected(rejected_metrics, decoded, readout)
            readout.readings.extend([(sender, each) for each in decoded])
            return True
        # A later mapping may find a value.
        without_values = decoded if without_values is None else without_values
        rejected_metrics += [rejected for each in decoded for rejected in each.rejected]
    if without_values is not None:
        readout.readings.extend([(sender, each) for each in without_values if each.rejected])
        return True
    if rejected is None and {mapping.cuts(fragment) for mapping in mappings} - {None} == {True}:
        rejected = Rejected(Reason.MALFORMED, f"it ends early, as it seems: {fragment.describe()}")
        readout.unread += _carried({sender.id: (sender, mappings)})
    if rejected is None:
        detail = f"no message binding of {sender.profile_name} is for it: {fragment.describe()}"
        rejected = Rejected(Reason.UNKNOWN_MESSAGE, detail)
    readout.rejected.append(rejected)
    return False


def _add_rejected(rejected: list[Rejected], decoded: list[Decoded], readout: Readout) -> None:
    """Add what earlier mappings have rejected: to the reading, or to the message if the reading has the metric."""
    for each in rejected:
        has_metric = any(each.metric in reading.values for reading in decoded)
        (readout.rejected if has_metric else decoded[0].rejected).append(each)


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
        return readout

    def carried(self, topic: str) -> list[tuple[Sender, frozenset[str]]]:
        """The devices that any of the patterns names."""
        return [each for reader, captured in self._matched for each in reader.carried(captured)]


def _counts(rejected: Rejected, *, used: bool) -> bool:
    """Whether a rejection of a message that was used counts: that by a reader that used it, or for its size."""
    return rejected.reason not in _NOT_APPLICABLE if used else rejected.reason is Reason.OVERSIZED


def _merge(readings: list[tuple[Sender, Decoded]]) -> list[tuple[Sender, Decoded]]:
    """Merge readings of one device at one time that have no metric in common."""
    by_key: dict[tuple[str, Micros | None, bool, bool], tuple[Sender, Decoded]] = {}
    merged: list[tuple[Sender, Decoded]] = []
    for sender, decoded in readings:
        key = (sender.id, decoded.time, decoded.historical, decoded.by_server)
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
