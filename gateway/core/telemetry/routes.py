"""What a message tells, of which devices: routes from a topic to readings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.telemetry.addresses import address_key
from gateway.core.telemetry.decoding.checks import shown
from gateway.core.telemetry.decoding.compiled import FragmentMapping
from gateway.core.telemetry.decoding.flat import FlatDecoder
from gateway.core.telemetry.decoding.forms import Form, Fragment
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.quarantine import Reason, Rejected
from gateway.core.telemetry.readings import Message
from gateway.core.telemetry.senders import Sender


class Readout(msgspec.Struct, gc=False):
    """What a message tells, of which devices."""

    readings: list[tuple[Sender, Decoded]]
    rejected: list[Rejected] = []
    """What of it could not be used, beside the metrics that its readings kept aside."""
    replies: list[tuple[str, bytes]] = []
    """Topic and payload of what is to be published in answer."""


class Route(Protocol):
    """Where a topic leads."""

    def read(self, message: Message) -> Readout:
        """What the message tells. Where it tells nothing and nothing is rejected, it is known to be of no use."""


class FlatRoute:
    """The topic of one device that sends native telemetry: the hot path."""

    __slots__ = ("decoder", "sender")

    def __init__(self, sender: Sender, decoder: FlatDecoder) -> None:
        self.sender = sender
        self.decoder = decoder

    def read(self, message: Message) -> Readout:
        """The one reading in it."""
        decoded = self.decoder.decode(message.payload)
        if type(decoded) is Rejected:
            return Readout([], [decoded])
        return Readout([(self.sender, decoded)])


_Addressees = dict[str, tuple[Sender, list[FragmentMapping]]]
"""By id, the devices that a fragment of a message may be for, each with its mappings in order."""

_OF_NO_USE = (Reason.NO_METRICS, Reason.UNKNOWN_MESSAGE)
"""Why a fragment of a message is passed over where others of it were of use."""


class Listener:
    """Messages of one form on topics of one pattern, and the devices that they may tell of, by address."""

    def __init__(self, regex: re.Pattern[str], form: Form) -> None:
        self.regex = regex
        self._form = form
        self._directory: dict[str, _Addressees] = {}
        self._all: _Addressees = {}

    def add(self, address: str, sender: Sender, mapping: FragmentMapping) -> None:
        """Hear messages that name this address for the device too, after the mappings it has."""
        for addressees in (self._directory.setdefault(address, {}), self._all):
            addressees.setdefault(sender.id, (sender, []))[1].append(mapping)

    def read(self, payload: bytes, captured: Mapping[str, str], readout: Readout) -> bool:
        """Add what the message tells; whether this was for anybody here."""
        fragments = self._form.open(payload)
        if isinstance(fragments, Rejected):
            readout.rejected.append(fragments)
            return False
        heard = False
        for fragment in fragments:
            name = fragment.device if fragment.device is not None else captured.get("device", "")
            channel = fragment.channel if fragment.channel is not None else captured.get("channel", "")
            addressees = self._all if fragment.for_all else self._directory.get(address_key(name, channel))
            if addressees is None:
                readout.rejected.append(unknown_device(name, channel))
                continue
            for sender, mappings in addressees.values():
                heard |= _read_fragment(fragment, sender, mappings, readout)
        return heard


def unknown_device(name: str, channel: str) -> Rejected:
    """The rejection of what a message says of a device that the site does not have."""
    if not name:
        return Rejected(Reason.UNKNOWN_DEVICE, "the message does not name its device where its binding says")
    address = address_key(name, channel)
    return Rejected(Reason.UNKNOWN_DEVICE, f"the site's files have no device with the address {shown(address)} for it")


def _read_fragment(fragment: Fragment, sender: Sender, mappings: list[FragmentMapping], readout: Readout) -> bool:
    rejected: Rejected | None = None
    poor: list[Decoded] | None = None
    kept_aside: list[Rejected] = []
    for mapping in mappings:
        decoded = mapping.decode(fragment)
        if isinstance(decoded, Rejected):
            rejected = rejected or decoded
        elif decoded is not None:
            if mapping.ignores and kept_aside:
                break  # it was for a binding before, which could use nothing of it
            if mapping.ignores or any(each.values for each in decoded):
                readout.rejected.extend(kept_aside)
                readout.readings.extend([(sender, each) for each in decoded])
                return True
            # Perhaps the next finds a value in it.
            poor = decoded if poor is None else poor
            kept_aside += [rejected for each in decoded for rejected in each.rejected]
    if poor is not None:
        readout.readings.extend([(sender, each) for each in poor if each.rejected])
        return True
    if rejected is None:
        detail = f"no message binding of {sender.profile_name} is for it: {fragment.describe()}"
        rejected = Rejected(Reason.UNKNOWN_MESSAGE, detail)
    readout.rejected.append(rejected)
    return False


class PatternRoute:
    """A topic that patterns lead to."""

    def __init__(self, listeners: list[tuple[Listener, dict[str, str]]]) -> None:
        self._listeners = listeners

    def read(self, message: Message) -> Readout:
        """What all who listen hear in it; refusals of those for whom it was not are dropped where others heard."""
        readout = Readout([])
        heard = False
        for listener, captured in self._listeners:
            before = len(readout.rejected)
            if listener.read(message.payload, captured, readout):
                if not heard:
                    readout.rejected[:before] = _of_all(readout.rejected[:before])
                heard = True
            elif heard:
                readout.rejected[before:] = _of_all(readout.rejected[before:])
        if heard:
            readout.rejected = [each for each in readout.rejected if each.reason not in _OF_NO_USE]
        else:
            # The reason that helps most: a device that is missing rather than a binding.
            readout.rejected = sorted(readout.rejected, key=lambda each: each.reason in _OF_NO_USE)[:1]
        if len(readout.readings) > 1:
            readout.readings = _merged(readout.readings)
        return readout


def _of_all(rejected: list[Rejected]) -> list[Rejected]:
    """What concerns the message for whoever heard it."""
    return [each for each in rejected if each.reason is Reason.OVERSIZED]


def _merged(readings: list[tuple[Sender, Decoded]]) -> list[tuple[Sender, Decoded]]:
    """Readings of one device at one time, each of other metrics, as one."""
    merged: dict[tuple[str, Micros | None, bool], tuple[Sender, Decoded]] = {}
    kept: list[tuple[Sender, Decoded]] = []
    for sender, decoded in readings:
        key = (sender.id, decoded.time, decoded.historical)
        known = merged.get(key)
        if known is None or not known[1].values.keys().isdisjoint(decoded.values):
            merged[key] = (sender, decoded)
            kept.append((sender, decoded))
        else:
            known[1].values.update(decoded.values)
            known[1].rejected.extend(decoded.rejected)
            known[1].timed |= decoded.timed
    return kept
