"""Parses and encodes Sparkplug B payloads. `datatypes` decodes the values of their metrics."""

from __future__ import annotations

import zlib
from itertools import islice
from typing import Any

import msgspec

from gateway.core.telemetry.sparkplug.wire import (
    MetricField,
    PayloadField,
    PropertiesField,
    PropertyField,
    field_name,
    payload_class,
)

METRICS = 10_000
"""How many metrics of one message are read: a birth with every point of a large plant has a few thousand."""

LARGEST_UNPACKED = 1024 * 1024
"""Largest size in bytes of an unpacked payload: a birth of 10,000 metrics is smaller. In the worst case, empty metrics
only, the parsed objects briefly need 45 times as much memory."""

COMPRESSED = b"SPBV1.0_COMPRESSED"
"""The UUID that marks a payload packed into another's body, by gzip or deflate. It is not in the specification, but in
the client libraries of Eclipse Tahu, on which many Sparkplug products are built."""

# As plain numbers: on Python 3.11 members of an enumeration are slow to look up.
_FIELDS = {field_name(field): int(field) for field in MetricField}

Raw = bool | int | float | bytes
"""A value on the wire: a negative integer is its two's complement, a text its bytes."""

_Parsed = Any
"""A message of protobuf: its class is made at run time."""


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
    message: Any = payload_class()()
    from google.protobuf.message import DecodeError

    try:
        message.MergeFromString(data)
    except DecodeError:
        return Malformed("not a Sparkplug B payload")
    has, sent = message.HasField, message.metrics
    metrics: list[PayloadMetric] = []
    misnamed: list[str] = []
    for each in islice(sent, METRICS):
        _read_metric(each, metrics, misnamed)
    return Payload(
        message.timestamp if has("timestamp") else None,
        tuple(metrics),
        message.seq if has("seq") else None,
        message.uuid if has("uuid") else None,
        message.body if has("body") else None,
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


# proto2 distinguishes a zero from an absent field, and an attribute is the zero for both. Asking for each field costs
# less than listing those that were sent.


def _read_metric(sent: _Parsed, metrics: list[PayloadMetric], misnamed: list[str]) -> None:
    has = sent.HasField
    try:
        name = sent.name.decode()
    except UnicodeDecodeError:
        misnamed.append(sent.name.decode(errors="backslashreplace"))
        return
    value = sent.WhichOneof("value")
    metrics.append(
        PayloadMetric(
            name or None,  # some encoders send an empty name beside an alias
            sent.alias if has("alias") else None,
            sent.timestamp if has("timestamp") else None,
            sent.datatype if has("datatype") else None,
            sent.is_historical,
            sent.is_transient,
            sent.is_null,
            _quality(sent.properties) if has("properties") else None,
            None if value is None else _FIELDS[value],
            None if value is None else getattr(sent, value),
        )
    )


def _quality(properties: _Parsed) -> int | None:
    for key, value in zip(properties.keys, properties.values, strict=False):
        if key == b"Quality":
            field = next((each for each in ("int_value", "long_value") if value.HasField(each)), None)
            quality: int | None = None if field is None else getattr(value, field)
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
