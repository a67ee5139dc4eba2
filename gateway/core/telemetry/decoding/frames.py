"""Values in bytes: at fixed offsets, or behind the tags of channels."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from gateway.core.kernel.times import SECOND
from gateway.core.kernel.values import Value
from gateway.core.profiles.bindings import FLOAT_SIZES, NUMBER_SIZES, Binding, Channel, Endian, Match, Source
from gateway.core.profiles.paths import MISSING, Find, compile_first, compile_path
from gateway.core.profiles.profile import Metric, Profile
from gateway.core.telemetry.decoding.checks import shown
from gateway.core.telemetry.decoding.fields import factor_of, finder, fitting
from gateway.core.telemetry.decoding.forms import Fragment
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.decoding.sources import Factor, Reader, reader_of
from gateway.core.telemetry.decoding.times import StampReader
from gateway.core.telemetry.quarantine import Reason, Rejected

OF_THE_RADIO = frozenset({"rssi", "snr", "port", "frame_counter", "time"})
"""What an envelope says of every uplink, whatever is in it."""

_OF_AN_OFFSET = 0.25
"""What a value at an offset tells of whose the bytes are, when one behind a tag tells 1: any bytes have offsets."""

_LENGTHS: Mapping[str, int] = {"u8": 1, "u16": 2}
_ORDERS: Mapping[str, Literal["little", "big"]] = {"little": "little", "big": "big"}
_PACKED = {("f32", "little"): "<f", ("f32", "big"): ">f", ("f64", "little"): "<d", ("f64", "big"): ">d"}
_WHOLE = Metric(type="int")
_FACTOR = Metric(type="float")
_SECONDS = Metric(type="float", unit="s")


class _Field:
    """One value at an offset of some bytes."""

    def __init__(self, name: str, metric: Metric, source: Source, endian: Endian) -> None:
        self.name = name
        self._source = source
        self._endian = _ORDERS[source.endian or endian]
        self._read = reader_of(name, metric, source)
        factor = source.scale_by
        self._factor = None if factor is None else _Field(name, _FACTOR, factor, endian)

    def read(self, data: bytes) -> Value | Rejected | None:
        """The value, why it is none, or None where nothing is said."""
        source = self._source
        if source.type is None:  # a constant
            return self._read(MISSING)
        at = source.at or 0
        start = at if at >= 0 else len(data) + at
        raw = data[start : start + source.width] if start >= 0 else b""
        if len(raw) < source.width:
            if source.optional:
                return self._read(MISSING)
            detail = f"the {len(data)} bytes end before {self.name}, at {at} and {source.width} long"
            return Rejected(Reason.MALFORMED, detail, self.name)
        if self._factor is None:
            return self._read(self._raw(raw))
        factor = self._factor.read(data)
        return self._read(self._raw(raw), factor if isinstance(factor, float | Rejected) else None)

    def _raw(self, raw: bytes) -> object:
        kind = self._source.type or ""
        if kind in NUMBER_SIZES:
            return int.from_bytes(raw, self._endian, signed=kind[0] == "i")
        if kind in FLOAT_SIZES:
            return struct.unpack(_PACKED[kind, self._endian], raw)[0]
        if self._endian == "little" and kind != "text":
            raw = raw[::-1]
        if kind == "bcd":
            digits = raw.hex()
            return int(digits) if digits.isdecimal() else [digits]  # a list is nothing that a number could be read from
        if kind == "hex":
            return raw.hex().upper()
        return raw.rstrip(b"\0").decode("latin-1")


class _Match:
    """Whether a number in the bytes is one of some."""

    def __init__(self, match: Match, endian: Endian) -> None:
        self._field = _Field("match", _WHOLE, match.source(), endian)
        self._wanted = match.equals

    def holds(self, data: bytes) -> bool:
        """Whether it is."""
        return self._field.read(data) in self._wanted


@dataclass(slots=True)
class _Channel:
    width: int
    fields: list[_Field]
    time: _Field | None


class FrameMapping:
    """Gives the values in the bytes of one message."""

    def __init__(self, profile: Profile, binding: Binding, read_stamp: StampReader) -> None:
        """Raises ValueError when a source cannot give its metric."""
        metrics = profile.metrics
        self._binding = binding
        self.ignores = binding.ignore
        """Whether what fits is known to be of no use, and for no other binding."""
        self._fits = fitting(binding)
        self._lengths = binding.length
        self._matches = [_Match(match, binding.endian) for match in binding.matches]
        self._prefix = _prefix(binding.starts_with or "")
        self._read_stamp = read_stamp
        self._time: Find | None = None
        if binding.format == "lorawan":
            self._time = compile_path("time")
        elif binding.time is not None:
            self._time = compile_first(binding.time.path)
        self._around: list[tuple[str, Find, Reader, Factor | None, bool]] = []
        self._fields: list[_Field] = []
        for name, source in (binding.values or {}).items():
            if source.path is not None:
                tells = binding.format != "lorawan" or not set(source.path) <= OF_THE_RADIO
                reader = reader_of(name, metrics[name], source)
                self._around.append((name, finder(source), reader, factor_of(name, source), tells))
            else:
                self._fields.append(_Field(name, metrics[name], source, binding.endian))
        self._channels = {tag: self._channel(channel, metrics) for tag, channel in binding.channels.items()}
        self._around.sort(key=lambda field: not field[-1])
        self._tag = len(next(iter(self._channels), "")) // 2
        self._length_size = _LENGTHS.get(binding.channel_length or "", 0)

    def _channel(self, channel: Channel, metrics: Mapping[str, Metric]) -> _Channel:
        endian = self._binding.endian
        fields = [_Field(name, metrics[name], source, endian) for name, source in channel.values.items()]
        time = None if channel.time is None else _Field("time", _SECONDS, channel.time, endian)
        return _Channel(channel.width, fields, time)

    def decode(self, fragment: Fragment) -> list[Decoded] | Rejected | None:
        """Its readings; None when it is not for this binding, an empty list when there is nothing of use in it."""
        data, body = fragment.data, fragment.body
        if not self._is_for_this(fragment):
            return None
        if self.ignores:
            return []
        now = Decoded({}, [])
        if self._time is not None:
            stamp = self._time(body, fragment.root)
            now.time, now.timed = None if stamp is MISSING else self._read_stamp(stamp), True
        for field in self._fields:
            _keep(field.name, field.read(data), now)
        readings = [*self._read_channels(data, now), now]
        for name, find, read, factor, tells in self._around:
            if tells or any(_tells(reading) for reading in readings):
                # What is known of the radio alone, which comes last, is no reading of the device.
                raw = find(body, fragment.root)
                _keep(name, read(raw) if factor is None else read(raw, factor(body, fragment.root)), now)
        return [reading for reading in readings if _tells(reading)]

    def evidence(self, fragment: Fragment) -> float:
        """How likely it is that the bytes are meant for it: a known tag tells more than a byte at some offset."""
        now = Decoded({}, [])
        if not self._is_for_this(fragment) or any(
            reading.rejected for reading in self._read_channels(fragment.data, now)
        ):
            return 0.0
        if now.rejected:
            return 0.0
        around = sum(
            find(fragment.body, fragment.root) is not MISSING for _, find, _, _, tells in self._around if tells
        )
        binding = self._binding
        told_apart = binding.length or binding.starts_with or binding.matches
        return len(now.values) + around + _OF_AN_OFFSET * len(self._fields) / (1 if told_apart else 4)

    def _is_for_this(self, fragment: Fragment) -> bool:
        binding, lengths = self._binding, self._lengths
        if binding.port is not None and fragment.body.get("port") not in binding.port:
            return False
        if lengths is not None and not lengths[0] <= len(fragment.data) <= lengths[-1]:
            return False
        if not self._prefix.match(fragment.data) or not all(match.holds(fragment.data) for match in self._matches):
            return False
        return self._fits is None or self._fits(fragment.body, fragment.root)

    def _read_channels(self, data: bytes, now: Decoded) -> Iterator[Decoded]:
        """Fill the reading of the present, and give those with a time of their own."""
        if not self._tag:
            return
        position, tag_size = 0, self._tag
        while position < len(data):
            tag = data[position : position + tag_size].hex()
            start = position + tag_size
            channel = self._channels.get(tag)
            if len(data) < start + self._length_size:
                detail = f"the message ends within the tag at byte {position}: {shown(data[position:].hex())}"
                now.rejected.append(Rejected(Reason.MALFORMED, detail))
                return
            if self._length_size:
                width = int.from_bytes(data[start : start + self._length_size], self._binding_order)
                start += self._length_size
            elif channel is not None:
                width = channel.width
            else:
                detail = f"the channel {tag} at byte {position} is not known; what stands from there on is not read"
                now.rejected.append(Rejected(Reason.UNKNOWN_VALUE, f"{detail}: {shown(data[position:].hex())}"))
                return
            content = data[start : start + width]
            if len(content) < width:
                detail = f"the message ends within the channel {tag} at byte {position}"
                now.rejected.append(Rejected(Reason.MALFORMED, detail))
                return
            position = start + width
            if channel is not None:
                yield from self._read_channel(channel, content, now)

    @property
    def _binding_order(self) -> Literal["little", "big"]:
        return _ORDERS[self._binding.endian]

    @staticmethod
    def _read_channel(channel: _Channel, content: bytes, now: Decoded) -> Iterator[Decoded]:
        if channel.time is None:
            for field in channel.fields:
                _keep(field.name, field.read(content), now)
            return
        earlier = Decoded({}, [], timed=True, historical=True)
        seconds: Value | Rejected | None = channel.time.read(content)
        if isinstance(seconds, float) and seconds > 0:
            earlier.time = round(seconds * SECOND)
        for field in channel.fields:
            _keep(field.name, field.read(content), earlier)
        yield earlier


def _prefix(text: str) -> re.Pattern[bytes]:
    each = [text[at : at + 2] for at in range(0, len(text), 2)]
    return re.compile(b"".join(b"." if byte == "??" else re.escape(bytes.fromhex(byte)) for byte in each), re.DOTALL)


def _tells(reading: Decoded) -> bool:
    return bool(reading.values or reading.rejected)


def _keep(name: str, value: Value | Rejected | None, decoded: Decoded) -> None:
    if isinstance(value, Rejected):
        decoded.rejected.append(value)
    elif value is not None:
        decoded.values[name] = value
