"""Fields of bytes: readers of values at offsets, and tests of numbers in a message."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Literal

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.numbers import shortest_single
from gateway.core.kernel.values import Json, Value
from gateway.core.profiles.bindings import FLOAT_SIZES, NUMBER_SIZES, Endian, Match, Source
from gateway.core.profiles.metric import Metric
from gateway.core.profiles.paths import MISSING
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.decoding.sources import Reader, reader_of
from gateway.core.telemetry.quarantine import Reason, Rejected

BYTE_ORDERS: Mapping[Endian, Literal["little", "big"]] = {
    "little": "little",
    "DCBA": "little",
    "BADC": "little",  # once the words are turned round
    "big": "big",
    "ABCD": "big",
    "CDAB": "big",  # likewise
}
_PACKED = {("f32", "little"): "<f", ("f32", "big"): ">f", ("f64", "little"): "<d", ("f64", "big"): ">d"}
_WHOLE = Metric(type="int")
_FACTOR = Metric(type="float")

ByteReader = Callable[[bytes], Value | Rejected | None]
"""Given the bytes, the value; Rejected if it is invalid, None if there is none."""

Fields = Sequence[tuple[str, ByteReader]]
"""Metrics, each with its reader."""

_Unpack = Callable[[bytes], Json]
"""The raw value of just the bytes of a field."""


def byte_reader(name: str, metric: Metric, source: Source, endian: Endian) -> ByteReader:
    """A function that reads a metric from the bytes of a message or of a channel.

    Raises:
        ValueError: the source cannot give such a metric.
    """
    read = reader_of(name, metric, source)
    if source.type is None:
        constant = read(MISSING)
        return lambda _data: constant
    at, width, unpack = source.at or 0, source.width, _unpacker(source.type, source.endian or endian)
    too_short = _too_short(name, source, read)
    read_factor = None if source.scale_by is None else byte_reader(name, _FACTOR, source.scale_by, endian)
    if width == 1 and read_factor is None:
        return _of_one_byte(at, unpack, read, too_short)

    def read_bytes(data: bytes) -> Value | Rejected | None:
        start = at if at >= 0 else len(data) + at
        raw = data[start : start + width]
        if start < 0 or len(raw) < width:
            return too_short(data)
        if read_factor is None:
            return read(unpack(raw))
        factor = read_factor(data)
        return read(unpack(raw), factor if isinstance(factor, float | Rejected) else None)

    return read_bytes


def _of_one_byte(at: int, unpack: _Unpack, read: Reader, too_short: ByteReader) -> ByteReader:
    """A reader of a single byte. It has 256 values at most, so each is read once."""
    known = cache(lambda byte: read(unpack(bytes((byte,)))))
    return lambda data: known(data[at]) if -len(data) <= at < len(data) else too_short(data)


def _too_short(name: str, source: Source, read: Reader) -> ByteReader:
    """What a message that ends before the field has of it."""
    if source.optional:
        return lambda _data: read(MISSING)
    at, width = source.at or 0, source.width

    def reject(data: bytes) -> Rejected:
        detail = f"the {len(data)} bytes end before {name}, at {at} and {width} long"
        return Rejected(Reason.MALFORMED, detail, name)

    return reject


def _unpacker(kind: str, endian: Endian) -> _Unpack:
    """A function that unpacks the bytes of a type.

    Raises:
        Mistake: the type has no whole words, which could be in another order.
    """
    unpack = _unpacker_in_order(kind, BYTE_ORDERS[endian])
    if endian not in ("CDAB", "BADC") or kind in ("u8", "i8"):
        return unpack
    if kind in ("u24", "i24"):
        raise Mistake(
            f"{kind} has no whole words of 16 bits, so it is not sent as {endian}: write big or little", "type"
        )
    if kind in NUMBER_SIZES or kind in FLOAT_SIZES:
        return lambda raw: unpack(_words_turned(raw))
    in_order = _unpacker_in_order(kind, "big")
    return in_order if endian == "CDAB" else lambda raw: in_order(_bytes_swapped(raw))


def _words_turned(raw: bytes) -> bytes:
    """The words of 16 bits in the opposite order."""
    return b"".join(raw[at : at + 2] for at in range(len(raw) - 2, -1, -2))


def _bytes_swapped(raw: bytes) -> bytes:
    """The two bytes of each word in the opposite order: so BADC has texts."""
    return b"".join(raw[at : at + 2][::-1] for at in range(0, len(raw), 2))


def _unpacker_in_order(kind: str, order: Literal["little", "big"]) -> _Unpack:
    if kind in NUMBER_SIZES:
        signed = kind[0] == "i"
        return lambda raw: int.from_bytes(raw, order, signed=signed)
    if kind in FLOAT_SIZES:
        unpack = struct.Struct(_PACKED[kind, order]).unpack
        return lambda raw: shortest_single(unpack(raw)[0]) if kind == "f32" else unpack(raw)[0]
    if kind == "text":
        return lambda raw: raw.decode("utf-8", "surrogateescape")
    step = -1 if order == "little" else 1
    if kind == "hex":
        return lambda raw: raw[::step].hex().upper()
    return lambda raw: _bcd(raw[::step].hex())


def _bcd(digits: str) -> Json:
    return int(digits) if digits.isdecimal() else [digits]  # a list is rejected as a number


def number_test(match: Match, endian: Endian) -> Callable[[bytes], bool]:
    """A test whether a number in the bytes has one of the wanted values."""
    read, wanted = byte_reader("match", _WHOLE, match.source(), endian), match.equals
    return lambda data: read(data) in wanted


def read_fields(fields: Fields, data: bytes, decoded: Decoded) -> None:
    """Add what the bytes have of each metric to a reading."""
    values = decoded.values
    for name, read in fields:
        value = read(data)
        if type(value) is Rejected:
            keep(name, value, decoded)
        elif value is not None:
            values[name] = value


def keep(name: str, value: Value | Rejected | None, decoded: Decoded) -> None:
    """Add a value, or the rejection of one, to a reading."""
    if type(value) is Rejected:
        decoded.rejected.append(value)
        if value.limit is not None:
            decoded.values[name] = value.limit
    elif value is not None:
        decoded.values[name] = value
