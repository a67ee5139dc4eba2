"""Readers: they read the messages of one format on one topic, and find whose they are by the addresses in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from gateway.core.telemetry.addresses import address_key
from gateway.core.telemetry.decoding.checks import shown
from gateway.core.telemetry.decoding.compiled import FragmentMapping
from gateway.core.telemetry.decoding.messages import Contents, Decoded
from gateway.core.telemetry.decoding.parsers import Fragment, PayloadParser
from gateway.core.telemetry.quarantine import Reason, Rejected
from gateway.core.telemetry.readout import Readout
from gateway.core.telemetry.senders import Sender

_Senders = dict[str, tuple[Sender, list[FragmentMapping]]]
"""Senders by device id, each with its mappings in the order of the profile."""


class PatternReader:
    """Reads the messages of one format on topics that match one pattern. Addresses in them name their senders."""

    def __init__(self, regex: re.Pattern[str], parser: PayloadParser, listed: set[str]) -> None:
        """`listed` are the addresses of all devices that are named on the topic, by whatever reader."""
        self.regex = regex
        self._parser = parser
        self._listed = listed
        self._by_address: dict[str, _Senders] = {}
        self._all: _Senders = {}
        self._of_unlisted: dict[str, _Senders] = {}
        """Senders by address, with the mappings for channels of theirs that no device of the site has."""

    def add(self, names: Iterable[str], sender: Sender, mapping: FragmentMapping) -> None:
        """Read messages with one of these names by the mapping too, after the sender's earlier ones."""
        for senders in (*(self._by_address.setdefault(name, {}) for name in names), self._all):
            senders.setdefault(sender.id, (sender, []))[1].append(mapping)
        self._listed.update(names)

    def add_for_unlisted(self, names: Iterable[str], sender: Sender, mapping: FragmentMapping) -> None:
        """Read messages for channels that no device has by the mapping, where the sender has one of these names."""
        for name in names:
            self._of_unlisted.setdefault(name, {}).setdefault(sender.id, (sender, []))[1].append(mapping)

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
                if name in self._of_unlisted and address_key(name, channel) not in self._listed:
                    used |= _read_unlisted(fragment, self._of_unlisted[name], readout)
                continue
            for sender, mappings in senders.values():
                used |= _read_fragment(fragment, sender, mappings, readout)
        return used


def _carried(senders: _Senders) -> list[tuple[Sender, frozenset[str]]]:
    return [
        (sender, sender.with_computed(*(mapping.metrics for mapping in mappings)))
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
        if mapping.takes_all or [each for each in decoded if each.values]:
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


def _read_unlisted(fragment: Fragment, senders: _Senders, readout: Readout) -> bool:
    """Read a fragment about a channel that no device has; returns whether a mapping finds a value for its device."""
    found = [
        (sender, reading)
        for sender, mappings in senders.values()
        for mapping in mappings
        if type(decoded := mapping.decode(fragment)) is list
        for reading in decoded
    ]
    readout.readings += found
    return bool(found)


def _add_rejected(rejected: list[Rejected], decoded: list[Decoded], readout: Readout) -> None:
    """Add what earlier mappings have rejected: to the reading, or to the message if the reading has the metric."""
    for each in rejected:
        has_metric = any(each.metric in reading.values for reading in decoded)
        (readout.rejected if has_metric else decoded[0].rejected).append(each)
