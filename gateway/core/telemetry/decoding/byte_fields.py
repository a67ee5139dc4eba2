"""Fields of bytes: a value at an offset, and tests of numbers in a message."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Literal

from gateway.core.kernel.numbers import shortest_single
from gateway.core.kernel.values import Value
from gateway.core.profiles.bindings import FLOAT_SIZES, NUMBER_SIZES, Endian, Match, Source
from gateway.core.profiles.paths import MISSING
from gateway.core.profiles.profile import Metric
from gateway.core.telemetry.decoding.sources import reader_of
from gateway.core.telemetry.quarantine import Reason, Rejected

BYTE_ORDERS: Mapping[str, Literal["little", "big"]] = {"little": "little", "big": "big"}
_PACKED = {("f32", "little"): "<f", ("f32", "big"): ">f", ("f64", "little"): "<d", ("f64", "big"): ">d"}
_WHOLE = Metric(type="int")
_FACTOR = Metric(type="float")


class ByteField:
    """One value at an offset."""

    def __init__(self, name: str, metric: Metric, source: Source, endian: Endian) -> None:
        self.name = name
        self._source = source
        self._endian = BYTE_ORDERS[source.endian or endian]
        self._read = reader_of(name, metric, source)
        factor = source.scale_by
        self._factor = None if factor is None else ByteField(name, _FACTOR, factor, endian)

    def read(self, data: bytes) -> Value | Rejected | None:
        """The value; Rejected if it is invalid, None if there is none."""
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
            number: float = struct.unpack(_PACKED[kind, self._endian], raw)[0]
            return shortest_single(number) if kind == "f32" else number
        if self._endian == "little" and kind != "text":
            raw = raw[::-1]
        if kind == "bcd":
            digits = raw.hex()
            return int(digits) if digits.isdecimal() else [digits]  # a list is rejected as a number
        if kind == "hex":
            return raw.hex().upper()
        return raw.decode("utf-8", "surrogateescape")


class NumberTest:
    """A test whether a number in the bytes has one of certain values."""

    def __init__(self, match: Match, endian: Endian) -> None:
        self._field = ByteField("match", _WHOLE, match.source(), endian)
        self._wanted = match.equals

    def holds(self, data: bytes) -> bool:
        """Whether the test holds."""
        return self._field.read(data) in self._wanted
