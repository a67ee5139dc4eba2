"""Values in bytes: at fixed offsets, or in channels after tags."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.core.kernel.times import SECOND
from gateway.core.profiles.bindings import Binding, Channel, Endian, Source
from gateway.core.profiles.metric import Metric
from gateway.core.profiles.paths import MISSING, Find, compile_first, compile_path
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.decoding.byte_fields import (
    BYTE_ORDERS,
    ByteReader,
    Fields,
    byte_reader,
    keep,
    number_test,
    read_fields,
)
from gateway.core.telemetry.decoding.checks import shown
from gateway.core.telemetry.decoding.fields import fitting
from gateway.core.telemetry.decoding.locating import factor_of, located
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.decoding.parsers import Fragment
from gateway.core.telemetry.decoding.records import SECONDS, RecordReader
from gateway.core.telemetry.decoding.sources import Factor, Reader
from gateway.core.telemetry.decoding.times import StampReader
from gateway.core.telemetry.quarantine import Reason, Rejected

RADIO_FIELDS = frozenset({"rssi", "snr", "port", "frame_counter", "time"})
"""The fields of the envelope that every uplink has, whatever its bytes."""

_OFFSET_SCORE = 0.25
"""The score of a value at an offset; that of a value after a known tag is 1. Any bytes have a value at an offset."""

_LENGTHS: Mapping[str, int] = {"u8": 1, "u16": 2}


@dataclass(frozen=True, slots=True)
class _Channel:
    width: int
    fields: Fields
    read_time: ByteReader | None


@dataclass(frozen=True, slots=True)
class _PathField:
    """A metric in the JSON around the bytes."""

    name: str
    find: Find
    read: Reader
    factor: Factor | None
    is_device_data: bool
    """Whether the device sends it; else it is of the radio."""


class FrameMapping:
    """Decodes a fragment whose values are in bytes, and in the JSON around them."""

    def __init__(self, profile: Profile, binding: Binding, read_stamp: StampReader) -> None:
        """Raises ValueError when a source cannot give its metric."""
        metrics, values, endian = profile.metrics, binding.values or {}, binding.endian
        self.ignores = binding.ignore
        """Whether fragments that fit are ignored."""
        self.takes_all = binding.ignore or binding.records is not None
        """Whether no later binding gets a fragment that fits: an empty log has nothing to say of now."""
        self._fits = fitting(binding)
        self._ports = binding.port
        self._lengths = binding.length
        self._tests = [number_test(match, endian) for match in binding.matches]
        self._starts = None if binding.starts_with is None else _prefix(binding.starts_with).match
        self._has_conditions = bool(binding.length or binding.starts_with or binding.matches)
        self._read_stamp = read_stamp
        self._by_server = binding.is_stamped_by_server
        self._time: Find | None = None
        if binding.format == "lorawan":
            self._time = compile_path("time")
        elif binding.time is not None:
            self._time = compile_first(binding.time.path)
        in_bytes = {name: source for name, source in values.items() if source.path is None}
        self._fields = _fields(in_bytes, metrics, endian)
        self._paths = [
            _path_field(name, metrics[name], source, binding)
            for name, source in values.items()
            if source.path is not None
        ]
        self._paths.sort(key=lambda field: not field.is_device_data)
        self._channels = {
            bytes.fromhex(tag): _channel(channel, metrics, endian) for tag, channel in binding.channels.items()
        }
        self._tag = len(next(iter(self._channels), b""))
        self._in_channels = frozenset(
            name for channel in binding.channels.values() if channel.time is None for name in channel.values
        )
        self._records = None if binding.records is None else RecordReader(binding.records, metrics, endian)
        self.metrics = self._in_channels.union(values, self._records.metrics if self._records else ())
        """The metrics that such messages carry."""
        self._length_size = _LENGTHS.get(binding.channel_length or "", 0)
        self._order = BYTE_ORDERS[endian]

    def decode(self, fragment: Fragment) -> list[Decoded] | Rejected | None:
        """The readings; an empty list if the fragment fits but has none, None if it does not fit."""
        data, body = fragment.data, fragment.body
        if not self._fits_fragment(fragment):
            return None
        if self.ignores:
            return []
        present = Decoded({}, [])
        if self._time is not None:
            stamp = self._time(body, fragment.root)
            present.time, present.timed = None if stamp is MISSING else self._read_stamp(stamp), True
            present.by_server = self._by_server
        read_fields(self._fields, data, present)
        readings = [*self._read_parts(data, present), present]
        for field in self._paths:
            # The fields of the radio come last. Alone they are not a reading of the device.
            if field.is_device_data or any(_has_content(reading) for reading in readings):
                raw = field.find(body, fragment.root)
                factor = 1.0 if field.factor is None else field.factor(body, fragment.root)
                keep(field.name, field.read(raw, factor), present)
        return [reading for reading in readings if _has_content(reading)]

    def cuts(self, fragment: Fragment) -> bool | None:
        """Whether the bytes are fewer than such a message has; None if they are of another port.

        A binding without a port may be of any; what is too short for it may be of a port that it was not made for.
        """
        if self._ports is None:
            return False
        if fragment.body.get("port") not in self._ports:
            return None
        return not self.ignores and self._lengths is not None and 0 < len(fragment.data) < self._lengths[0]

    def score(self, fragment: Fragment) -> float:
        """How well the bytes fit: a value after a known tag counts more than one at an offset."""
        present = Decoded({}, [])
        if not self._fits_fragment(fragment):
            return 0.0
        past = self._read_parts(fragment.data, present)
        if any(reading.rejected for reading in (*past, present)):
            return 0.0
        at_paths = sum(
            field.find(fragment.body, fragment.root) is not MISSING for field in self._paths if field.is_device_data
        )
        at_offsets = _OFFSET_SCORE * len(self._fields) / (1 if self._has_conditions else 4)
        return len(present.values) + at_paths + at_offsets

    def _fits_fragment(self, fragment: Fragment) -> bool:
        data, lengths = fragment.data, self._lengths
        if self._ports is not None and fragment.body.get("port") not in self._ports:
            return False
        if lengths is not None and not lengths[0] <= len(data) <= lengths[-1]:
            return False
        if self._starts is not None and not self._starts(data):
            return False
        if self._tests and not all(holds(data) for holds in self._tests):
            return False
        return self._fits is None or self._fits(fragment.body, fragment.root)

    def _read_parts(self, data: bytes, present: Decoded) -> list[Decoded]:
        """Fill `present` from the channels or the newest record, and return the readings of the past."""
        if self._tag:
            return self._read_channels(data, present)
        return self._records.read(data, present) if self._records is not None else []

    def _read_channels(self, data: bytes, present: Decoded) -> list[Decoded]:
        """Fill `present`, and return the readings of channels with a time of their own."""
        past: list[Decoded] = []
        present.unread = self._in_channels  # until the end is reached
        position, tag_size, length_size = 0, self._tag, self._length_size
        while position < len(data):
            start = position + tag_size
            channel = self._channels.get(data[position:start])
            if len(data) < start + length_size:
                detail = f"the message ends within the tag at byte {position}: {shown(data[position:].hex())}"
                present.rejected.append(Rejected(Reason.MALFORMED, detail))
                return past
            if length_size:
                width = int.from_bytes(data[start : start + length_size], self._order)
                start += length_size
            elif channel is not None:
                width = channel.width
            else:
                tag = data[position:start].hex()
                detail = f"the channel {tag} at byte {position} is not known; what stands from there on is not read"
                present.rejected.append(Rejected(Reason.UNKNOWN_VALUE, f"{detail}: {shown(data[position:].hex())}"))
                return past
            content = data[start : start + width]
            if len(content) < width:
                tag = data[position : position + tag_size].hex()
                detail = f"the message ends within the channel {tag} at byte {position}"
                present.rejected.append(Rejected(Reason.MALFORMED, detail))
                return past
            position = start + width
            if channel is None:
                continue
            if channel.read_time is None:
                read_fields(channel.fields, content, present)
            else:
                past.append(_read_past(channel.fields, channel.read_time, content))
        present.unread = frozenset()
        return past


def _fields(sources: Mapping[str, Source], metrics: Mapping[str, Metric], endian: Endian) -> Fields:
    return [(name, byte_reader(name, metrics[name], source, endian)) for name, source in sources.items()]


def _channel(channel: Channel, metrics: Mapping[str, Metric], endian: Endian) -> _Channel:
    read_time = None if channel.time is None else byte_reader("time", SECONDS, channel.time, endian)
    return _Channel(channel.width, _fields(channel.values, metrics, endian), read_time)


def _path_field(name: str, metric: Metric, source: Source, binding: Binding) -> _PathField:
    is_device_data = binding.format != "lorawan" or not RADIO_FIELDS.issuperset(source.path or ())
    find, read = located(name, metric, source)
    return _PathField(name, find, read, factor_of(name, source), is_device_data)


def _read_past(fields: Fields, read_time: ByteReader, content: bytes) -> Decoded:
    past = Decoded({}, [], timed=True, historical=True)
    seconds = read_time(content)
    if isinstance(seconds, float) and seconds > 0:
        past.time = round(seconds * SECOND)
    read_fields(fields, content, past)
    return past


def _prefix(text: str) -> re.Pattern[bytes]:
    each = [text[at : at + 2] for at in range(0, len(text), 2)]
    return re.compile(b"".join(b"." if byte == "??" else re.escape(bytes.fromhex(byte)) for byte in each), re.DOTALL)


def _has_content(reading: Decoded) -> bool:
    return bool(reading.values or reading.rejected)
