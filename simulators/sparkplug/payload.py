"""The payload of every Sparkplug B message: a protobuf, of which the fields that an edge node needs are described here.

Field numbers and data types are those of the Sparkplug 3.0 specification (chapter 6).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from simulators.metrics import Value

_Field = descriptor_pb2.FieldDescriptorProto
_PACKAGE: Final = "simulators.sparkplug"
_PAYLOAD_FIELDS: Final = (
    ("timestamp", 1, _Field.TYPE_UINT64),
    ("metrics", 2, _Field.TYPE_MESSAGE),
    ("seq", 3, _Field.TYPE_UINT64),
    ("uuid", 4, _Field.TYPE_STRING),
    ("body", 5, _Field.TYPE_BYTES),
)
_METRIC_FIELDS: Final = (
    ("name", 1, _Field.TYPE_STRING),
    ("alias", 2, _Field.TYPE_UINT64),
    ("timestamp", 3, _Field.TYPE_UINT64),
    ("datatype", 4, _Field.TYPE_UINT32),
    ("is_historical", 5, _Field.TYPE_BOOL),
    ("is_transient", 6, _Field.TYPE_BOOL),
    ("is_null", 7, _Field.TYPE_BOOL),
)
_VALUE_FIELDS: Final = (
    ("int_value", 10, _Field.TYPE_UINT32),
    ("long_value", 11, _Field.TYPE_UINT64),
    ("float_value", 12, _Field.TYPE_FLOAT),
    ("double_value", 13, _Field.TYPE_DOUBLE),
    ("boolean_value", 14, _Field.TYPE_BOOL),
    ("string_value", 15, _Field.TYPE_STRING),
    ("bytes_value", 16, _Field.TYPE_BYTES),
)


class DataType(IntEnum):
    """The types that an edge node of ours sends."""

    INT64 = 4
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12


_MEMBER: Final = {
    DataType.INT64: "long_value",
    DataType.DOUBLE: "double_value",
    DataType.BOOLEAN: "boolean_value",
    DataType.STRING: "string_value",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric of a payload: a birth names it, data has its alias alone."""

    value: Value
    name: str | None = None
    alias: int | None = None
    timestamp: int | None = None
    """Milliseconds since the epoch, UTC."""
    historical: bool = False
    """Not new: collected while the node was not connected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A message's content; `seq` is None in a death."""

    timestamp: int
    metrics: Sequence[Metric]
    seq: int | None = None


def _message_class() -> type[Any]:
    file = descriptor_pb2.FileDescriptorProto(name="simulators/sparkplug.proto", package=_PACKAGE, syntax="proto2")
    payload = file.message_type.add(name="Payload")
    metric = payload.nested_type.add(name="Metric")
    metric.oneof_decl.add(name="value")
    for name, number, kind in _PAYLOAD_FIELDS:
        added = payload.field.add(name=name, number=number, type=kind, label=_Field.LABEL_OPTIONAL)
        if kind == _Field.TYPE_MESSAGE:
            added.label = _Field.LABEL_REPEATED
            added.type_name = f".{_PACKAGE}.Payload.Metric"
    for name, number, kind in _METRIC_FIELDS:
        metric.field.add(name=name, number=number, type=kind, label=_Field.LABEL_OPTIONAL)
    for name, number, kind in _VALUE_FIELDS:
        metric.field.add(name=name, number=number, type=kind, label=_Field.LABEL_OPTIONAL, oneof_index=0)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))


_Payload: Final = _message_class()


def data_type(value: Value) -> DataType:
    """The type that a value is sent as."""
    if isinstance(value, bool):
        return DataType.BOOLEAN
    if isinstance(value, int):
        return DataType.INT64
    return DataType.DOUBLE if isinstance(value, float) else DataType.STRING


def encode(payload: Payload) -> bytes:
    """The payload's bytes."""
    message = _Payload(timestamp=payload.timestamp)
    if payload.seq is not None:
        message.seq = payload.seq
    for metric in payload.metrics:
        kind = data_type(metric.value)
        added = message.metrics.add(datatype=kind, timestamp=metric.timestamp or payload.timestamp)
        if metric.name is not None:
            added.name = metric.name
        if metric.alias is not None:
            added.alias = metric.alias
        if metric.historical:
            added.is_historical = True
        # A negative whole number travels as its two's complement.
        value = metric.value % 2**64 if kind is DataType.INT64 and isinstance(metric.value, int) else metric.value
        setattr(added, _MEMBER[kind], value)
    encoded: bytes = message.SerializeToString()
    return encoded


def decode(data: bytes) -> Payload:
    """The payload in `data`, with those of its metrics that have a value; a `ValueError` if it is none."""
    try:
        message = _Payload.FromString(data)
    except DecodeError as exc:
        raise ValueError(f"this is no Sparkplug payload: {exc}") from exc
    metrics = []
    for metric in message.metrics:
        member = metric.WhichOneof("value")
        if member is None:
            continue
        value = getattr(metric, member)
        if member == "long_value" and metric.datatype == DataType.INT64 and value >= 2**63:
            value -= 2**64
        metrics.append(
            Metric(
                value=value,
                name=metric.name if metric.HasField("name") else None,
                alias=metric.alias if metric.HasField("alias") else None,
                timestamp=metric.timestamp if metric.HasField("timestamp") else None,
                historical=metric.is_historical,
            )
        )
    seq = message.seq if message.HasField("seq") else None
    return Payload(timestamp=message.timestamp, metrics=metrics, seq=seq)
