"""Values in bytes: at fixed offsets, or in channels after tags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from gateway.core.kernel.times import SECOND
from gateway.core.kernel.values import Value
from gateway.core.profiles.bindings import Binding, Channel
from gateway.core.profiles.paths import MISSING, Find, compile_first, compile_path
from gateway.core.profiles.profile import Metric, Profile
from gateway.core.telemetry.decoding.byte_fields import BYTE_ORDERS, ByteField, NumberTest
from gateway.core.telemetry.decoding.checks import shown
from gateway.core.telemetry.decoding.fields import factor_of, finder, fitting
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.decoding.parsers import Fragment
from gateway.core.telemetry.decoding.sources import Factor, Reader, reader_of
from gateway.core.telemetry.decoding.times import StampReader
from gateway.core.telemetry.quarantine import Reason, Rejected

RADIO_FIELDS = frozenset({"rssi", "snr", "port", "frame_counter", "time"})
"""The fields of the envelope that every uplink has, whatever its bytes."""

_OFFSET_SCORE = 0.25
"""The score of a value at an offset; that of a value after a known tag is 1. Any bytes have a value at an offset."""

_LENGTHS: Mapping[str, int] = {"u8": 1, "u16": 2}
_SECONDS = Metric(type="float", unit="s")


@dataclass(slots=True)
class _Channel:
    width: int
    fields: list[ByteField]
    time: ByteField | None


class FrameMapping:
    """Decodes a fragment whose values are in bytes, and in the JSON around them."""

    def __init__(self, profile: Profile, binding: Binding, read_stamp: StampReader) -> None:
        """Raises ValueError when a source cannot give its metric."""
        metrics = profile.metrics
        self._binding = binding
        self.ignores = binding.ignore
        """Whether fragments that fit are ignored; no later binding gets them."""
        self._fits = fitting(binding)
        self._lengths = binding.length
        self._tests = [NumberTest(match, binding.endian) for match in binding.matches]
        self._prefix = _prefix(binding.starts_with or "")
        self._read_stamp = read_stamp
        self._by_server = binding.is_stamped_by_server
        self._time: Find | None = None
        if binding.format == "lorawan":
            self._time = compile_path("time")
        elif binding.time is not None:
            self._time = compile_first(binding.time.path)
        self._paths: list[tuple[str, Find, Reader, Factor | None, bool]] = []
        self._fields: list[ByteField] = []
        for name, source in (binding.values or {}).items():
            if source.path is not None:
                is_device_data = binding.format != "lorawan" or not set(source.path) <= RADIO_FIELDS
                reader = reader_of(name, metrics[name], source)
                self._paths.append((name, finder(source), reader, factor_of(name, source), is_device_data))
            else:
                self._fields.append(ByteField(name, metrics[name], source, binding.endian))
        self._channels = {tag: self._channel(channel, metrics) for tag, channel in binding.channels.items()}
        self._paths.sort(key=lambda field: not field[-1])
        self._tag = len(next(iter(self._channels), "")) // 2
        self._in_channels = frozenset(
            name for channel in binding.channels.values() if channel.time is None for name in channel.values
        )
        self.metrics = self._in_channels.union(binding.values or ())
        """The metrics that such messages carry."""
        self._length_size = _LENGTHS.get(binding.channel_length or "", 0)

    def _channel(self, channel: Channel, metrics: Mapping[str, Metric]) -> _Channel:
        endian = self._binding.endian
        fields = [ByteField(name, metrics[name], source, endian) for name, source in channel.values.items()]
        time = None if channel.time is None else ByteField("time", _SECONDS, channel.time, endian)
        return _Channel(channel.width, fields, time)

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
        for field in self._fields:
            _keep(field.name, field.read(data), present)
        readings = [*self._read_channels(data, present), present]
        for name, find, read, factor, is_device_data in self._paths:
            # The fields of the radio come last. Alone they are not a reading of the device.
            if is_device_data or any(_has_content(reading) for reading in readings):
                raw = find(body, fragment.root)
                _keep(name, read(raw) if factor is None else read(raw, factor(body, fragment.root)), present)
        return [reading for reading in readings if _has_content(reading)]

    def cuts(self, fragment: Fragment) -> bool | None:
        """Whether the bytes are fewer than such a message has; None if they are of another port.

        A binding without a port may be of any; what is too short for it may be of a port that it was not made for.
        """
        binding = self._binding
        if binding.port is None:
            return False
        if fragment.body.get("port") not in binding.port:
            return None
        return not self.ignores and self._lengths is not None and 0 < len(fragment.data) < self._lengths[0]

    def score(self, fragment: Fragment) -> float:
        """How well the bytes fit: a value after a known tag counts more than one at an offset."""
        present = Decoded({}, [])
        if not self._fits_fragment(fragment) or any(
            reading.rejected for reading in self._read_channels(fragment.data, present)
        ):
            return 0.0
        if present.rejected:
            return 0.0
        at_paths = sum(
            find(fragment.body, fragment.root) is not MISSING
            for _, find, _, _, is_device_data in self._paths
            if is_device_data
        )
        binding = self._binding
        has_conditions = binding.length or binding.starts_with or binding.matches
        return len(present.values) + at_paths + _OFFSET_SCORE * len(self._fields) / (1 if has_conditions else 4)

    def _fits_fragment(self, fragment: Fragment) -> bool:
        binding, lengths = self._binding, self._lengths
        if binding.port is not None and fragment.body.get("port") not in binding.port:
            return False
        if lengths is not None and not lengths[0] <= len(fragment.data) <= lengths[-1]:
            return False
        if not self._prefix.match(fragment.data) or not all(test.holds(fragment.data) for test in self._tests):
            return False
        return self._fits is None or self._fits(fragment.body, fragment.root)

    def _read_channels(self, data: bytes, present: Decoded) -> Iterator[Decoded]:
        """Fill `present`, and yield the readings of channels with a time of their own."""
        if not self._tag:
            return
        present.unread = self._in_channels  # until the end is reached
        position, tag_size = 0, self._tag
        while position < len(data):
            tag = data[position : position + tag_size].hex()
            start = position + tag_size
            channel = self._channels.get(tag)
            if len(data) < start + self._length_size:
                detail = f"the message ends within the tag at byte {position}: {shown(data[position:].hex())}"
                present.rejected.append(Rejected(Reason.MALFORMED, detail))
                return
            if self._length_size:
                width = int.from_bytes(data[start : start + self._length_size], self._binding_order)
                start += self._length_size
            elif channel is not None:
                width = channel.width
            else:
                detail = f"the channel {tag} at byte {position} is not known; what stands from there on is not read"
                present.rejected.append(Rejected(Reason.UNKNOWN_VALUE, f"{detail}: {shown(data[position:].hex())}"))
                return
            content = data[start : start + width]
            if len(content) < width:
                detail = f"the message ends within the channel {tag} at byte {position}"
                present.rejected.append(Rejected(Reason.MALFORMED, detail))
                return
            position = start + width
            if channel is not None:
                yield from self._read_channel(channel, content, present)
        present.unread = frozenset()

    @property
    def _binding_order(self) -> Literal["little", "big"]:
        return BYTE_ORDERS[self._binding.endian]

    @staticmethod
    def _read_channel(channel: _Channel, content: bytes, present: Decoded) -> Iterator[Decoded]:
        if channel.time is None:
            for field in channel.fields:
                _keep(field.name, field.read(content), present)
            return
        past = Decoded({}, [], timed=True, historical=True)
        seconds: Value | Rejected | None = channel.time.read(content)
        if isinstance(seconds, float) and seconds > 0:
            past.time = round(seconds * SECOND)
        for field in channel.fields:
            _keep(field.name, field.read(content), past)
        yield past


def _prefix(text: str) -> re.Pattern[bytes]:
    each = [text[at : at + 2] for at in range(0, len(text), 2)]
    return re.compile(b"".join(b"." if byte == "??" else re.escape(bytes.fromhex(byte)) for byte in each), re.DOTALL)


def _has_content(reading: Decoded) -> bool:
    return bool(reading.values or reading.rejected)


def _keep(name: str, value: Value | Rejected | None, decoded: Decoded) -> None:
    if isinstance(value, Rejected):
        decoded.rejected.append(value)
        if value.limit is not None:
            decoded.values[name] = value.limit
    elif value is not None:
        decoded.values[name] = value
