"""Parses and encodes Sparkplug B payloads. `datatypes` decodes the values of their metrics."""

from __future__ import annotations

import zlib
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from gateway.core.telemetry.sparkplug.wire import (
    MetricField,
    PayloadField,
    PropertiesField,
    PropertyField,
    field_name,
    payload_class,
)

if TYPE_CHECKING:
    from google.protobuf.message import Message

METRICS = 10_000
"""How many metrics of one message are read: a birth with every point of a large plant has a few thousand."""

LARGEST_UNPACKED = 1024 * 1024
"""Largest size in bytes of an unpacked payload: a birth of 10,000 metrics is smaller. In the worst case, empty metrics
only, the parsed objects briefly need 45 times as much memory."""

COMPRESSED = b"SPBV1.0_COMPRESSED"
"""The UUID that marks a payload packed into another's body, by gzip or deflate. It is not in the specification, but in
the client libraries of Eclipse Tahu, on which many Sparkplug products are built."""

# As plain numbers: on Python 3.11 a member of an enumeration takes 70 ns to look up, a dozen times a metric.
_NAME, _ALIAS, _TIMESTAMP, _DATATYPE = map(
    int, (MetricField.NAME, MetricField.ALIAS, MetricField.TIMESTAMP, MetricField.DATATYPE)
)
_IS_HISTORICAL, _IS_TRANSIENT, _IS_NULL = map(
    int, (MetricField.IS_HISTORICAL, MetricField.IS_TRANSIENT, MetricField.IS_NULL)
)
_PROPERTIES, _FIRST_VALUE = map(int, (MetricField.PROPERTIES, MetricField.INT_VALUE))

Raw = bool | int | float | bytes
"""A value on the wire: a negative integer is its two's complement, a text its bytes."""


class PayloadMetric(msgspec.Struct, frozen=True, gc=False):
    """One metric of a payload. None means absent."""

    name: str | None = None
    alias: int | None = None
    time_ms: int | None = None
    datatype: int | None = None
    is_historical: bool = False
    is_transient: bool = False
    is_null: bool = False
    quality: int | None = None
    """The property `Quality`: 0 bad, 192 good, 500 stale."""
    field: int | None = None
    """The `MetricField` that holds `raw`."""
    raw: Raw | None = None


class Payload(msgspec.Struct, frozen=True):
    """One payload. None means absent."""

    time_ms: int | None = None
    metrics: tuple[PayloadMetric, ...] = ()
    seq: int | None = None
    uuid: bytes | None = None
    body: bytes | None = None
    misnamed: tuple[str, ...] = ()
    """Names that are not UTF-8, in printable form. Their metrics are left out."""
    left_out: int = 0
    """How many metrics came after the first 10,000."""


class Malformed(msgspec.Struct, frozen=True):
    """Why bytes are not a readable payload."""

    why: str


def parse(data: bytes) -> Payload | Malformed:
    """Parse a payload; unpack it if it is compressed. Never raises."""
    outer = _parse(data)
    if isinstance(outer, Malformed) or outer.uuid != COMPRESSED:
        return outer
    unpacked = _unpack(outer.body or b"")
    inner = Malformed("a compressed payload that cannot be unpacked") if unpacked is None else _parse(unpacked)
    if isinstance(inner, Malformed):
        return inner
    return msgspec.structs.replace(
        inner,
        time_ms=outer.time_ms if inner.time_ms is None else inner.time_ms,
        seq=outer.seq if inner.seq is None else inner.seq,
    )


def encode(payload: Payload) -> bytes:
    """The bytes of a payload.

    Raises:
        ValueError: a number does not fit its field.
    """
    message = payload_class()(
        **_keywords(
            {
                PayloadField.TIMESTAMP: payload.time_ms,
                PayloadField.METRICS: [_metric_keywords(metric) for metric in payload.metrics],
                PayloadField.SEQ: payload.seq,
                PayloadField.UUID: payload.uuid,
                PayloadField.BODY: payload.body,
            }
        )
    )
    return message.SerializeToString()


def _parse(data: bytes) -> Payload | Malformed:
    message = payload_class()()
    from google.protobuf.message import DecodeError

    try:
        message.MergeFromString(data)
    except DecodeError:
        return Malformed("not a Sparkplug B payload")
    fields = _fields_of(message)
    sent = fields.get(PayloadField.METRICS, ())
    metrics: list[PayloadMetric] = []
    misnamed: list[str] = []
    for each in islice(sent, METRICS):
        _read_metric(_fields_of(each), metrics, misnamed)
    return Payload(
        fields.get(PayloadField.TIMESTAMP),
        tuple(metrics),
        fields.get(PayloadField.SEQ),
        fields.get(PayloadField.UUID),
        fields.get(PayloadField.BODY),
        tuple(misnamed),
        max(0, len(sent) - METRICS),
    )


def _unpack(data: bytes) -> bytes | None:
    """Unpack gzip or deflate; None if it is neither, truncated or too large."""
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # 32: the header tells which of the two it is
    try:
        unpacked = unpacker.decompress(data, LARGEST_UNPACKED)
    except zlib.error:
        return None
    return unpacked if unpacker.eof else None


def _fields_of(message: Message) -> dict[int, Any]:
    """The fields that were sent, by number and in that order. proto2 distinguishes a zero from an absent field."""
    return {field.number: value for field, value in message.ListFields()}


def _read_metric(fields: dict[int, Any], metrics: list[PayloadMetric], misnamed: list[str]) -> None:
    name: bytes = fields.get(_NAME, b"")
    try:
        text = name.decode()
    except UnicodeDecodeError:
        misnamed.append(name.decode(errors="backslashreplace"))
        return
    last = next(reversed(fields), 0)
    has_value = last >= _FIRST_VALUE
    properties = fields.get(_PROPERTIES)
    metrics.append(
        PayloadMetric(
            text or None,  # some encoders send an empty name beside an alias
            fields.get(_ALIAS),
            fields.get(_TIMESTAMP),
            fields.get(_DATATYPE),
            fields.get(_IS_HISTORICAL, False),
            fields.get(_IS_TRANSIENT, False),
            fields.get(_IS_NULL, False),
            None if properties is None else _quality(_fields_of(properties)),
            last if has_value else None,
            fields[last] if has_value else None,
        )
    )


def _quality(fields: dict[int, Any]) -> int | None:
    keys = fields.get(PropertiesField.KEYS, ())
    for key, value in zip(keys, fields.get(PropertiesField.VALUES, ()), strict=False):
        if key == b"Quality":
            found = _fields_of(value)
            quality: int | None = found.get(PropertyField.INT_VALUE, found.get(PropertyField.LONG_VALUE))
            return quality
    return None


def _keywords(fields: dict[PayloadField, Any] | dict[MetricField, Any]) -> dict[str, Any]:
    return {field_name(field): value for field, value in fields.items() if value is not None}


def _metric_keywords(metric: PayloadMetric) -> dict[str, Any]:
    fields: dict[MetricField, Any] = {
        MetricField.NAME: None if metric.name is None else metric.name.encode(),
        MetricField.ALIAS: metric.alias,
        MetricField.TIMESTAMP: metric.time_ms,
        MetricField.DATATYPE: metric.datatype,
        MetricField.IS_HISTORICAL: metric.is_historical or None,
        MetricField.IS_TRANSIENT: metric.is_transient or None,
        MetricField.IS_NULL: metric.is_null or None,
    }
    if metric.quality is not None:
        value = {field_name(PropertyField.TYPE): 3, field_name(PropertyField.INT_VALUE): metric.quality}
        fields[MetricField.PROPERTIES] = {
            field_name(PropertiesField.KEYS): [b"Quality"],
            field_name(PropertiesField.VALUES): [value],
        }
    if metric.field is not None:
        fields[MetricField(metric.field)] = metric.raw
    return _keywords(fields)
