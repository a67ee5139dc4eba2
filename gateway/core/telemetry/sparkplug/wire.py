"""The protobuf messages of Sparkplug B, as far as the gateway reads them.

The numbers are those of the Sparkplug 3.0 specification, chapter 6. Only the fields in use are declared. Protobuf skips
the rest: metadata, and the contents of data sets and templates, which stay bytes. So no message type is recursive, and
deep nesting costs nothing. Texts are declared as bytes (the same on the wire), so that a name that is not UTF-8 only
affects its own metric.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.protobuf.message import Message


class PayloadField(IntEnum):
    """The fields of a payload."""

    TIMESTAMP = 1
    METRICS = 2
    SEQ = 3
    UUID = 4
    BODY = 5


class MetricField(IntEnum):
    """The fields of a metric. Those from 10 on are the oneof `value`."""

    NAME = 1
    ALIAS = 2
    TIMESTAMP = 3
    DATATYPE = 4
    IS_HISTORICAL = 5
    IS_TRANSIENT = 6
    IS_NULL = 7
    PROPERTIES = 9
    INT_VALUE = 10
    LONG_VALUE = 11
    FLOAT_VALUE = 12
    DOUBLE_VALUE = 13
    BOOLEAN_VALUE = 14
    STRING_VALUE = 15
    BYTES_VALUE = 16
    DATASET_VALUE = 17
    TEMPLATE_VALUE = 18
    EXTENSION_VALUE = 19


class PropertiesField(IntEnum):
    """The fields of a metric's properties: the keys, and the values in the same order."""

    KEYS = 1
    VALUES = 2


class PropertyField(IntEnum):
    """The fields of the value of a property."""

    TYPE = 1
    IS_NULL = 2
    INT_VALUE = 3
    LONG_VALUE = 4


_MESSAGES: dict[str, dict[IntEnum, str]] = {
    "Payload": {
        PayloadField.TIMESTAMP: "uint64",
        PayloadField.METRICS: "Metric[]",
        PayloadField.SEQ: "uint64",
        PayloadField.UUID: "bytes",
        PayloadField.BODY: "bytes",
    },
    "Metric": {
        MetricField.NAME: "bytes",
        MetricField.ALIAS: "uint64",
        MetricField.TIMESTAMP: "uint64",
        MetricField.DATATYPE: "uint32",
        MetricField.IS_HISTORICAL: "bool",
        MetricField.IS_TRANSIENT: "bool",
        MetricField.IS_NULL: "bool",
        MetricField.PROPERTIES: "Properties",
        MetricField.INT_VALUE: "uint32",
        MetricField.LONG_VALUE: "uint64",
        MetricField.FLOAT_VALUE: "float",
        MetricField.DOUBLE_VALUE: "double",
        MetricField.BOOLEAN_VALUE: "bool",
        MetricField.STRING_VALUE: "bytes",
        MetricField.BYTES_VALUE: "bytes",
        MetricField.DATASET_VALUE: "bytes",
        MetricField.TEMPLATE_VALUE: "bytes",
        MetricField.EXTENSION_VALUE: "bytes",
    },
    "Properties": {PropertiesField.KEYS: "bytes[]", PropertiesField.VALUES: "Property[]"},
    "Property": {
        PropertyField.TYPE: "uint32",
        PropertyField.IS_NULL: "bool",
        PropertyField.INT_VALUE: "uint32",
        PropertyField.LONG_VALUE: "uint64",
    },
}
_PACKAGE = "sparkplug"


def field_name(field: IntEnum) -> str:
    """The name of the field as a keyword of its message class."""
    return field.name.lower()


@cache
def payload_class() -> type[Message]:
    """The class of a payload.

    It is made with the first payload: `protobuf` needs 4 MB of memory, which a site without Sparkplug saves.
    """
    from google.protobuf import descriptor_pool, message_factory
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto

    scalars = {
        "uint32": FieldDescriptorProto.TYPE_UINT32,
        "uint64": FieldDescriptorProto.TYPE_UINT64,
        "float": FieldDescriptorProto.TYPE_FLOAT,
        "double": FieldDescriptorProto.TYPE_DOUBLE,
        "bool": FieldDescriptorProto.TYPE_BOOL,
        "bytes": FieldDescriptorProto.TYPE_BYTES,
    }
    file = FileDescriptorProto(name="sparkplug.proto", package=_PACKAGE, syntax="proto2")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, declared in fields.items():
            kind = declared.removesuffix("[]")
            is_repeated = kind != declared
            field = message.field.add(name=field_name(number), number=number)
            field.label = FieldDescriptorProto.LABEL_REPEATED if is_repeated else FieldDescriptorProto.LABEL_OPTIONAL
            if kind in scalars:
                field.type = scalars[kind]
            else:
                field.type, field.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
            if isinstance(number, MetricField) and number >= MetricField.INT_VALUE:
                field.oneof_index = 0
        if name == "Metric":
            message.oneof_decl.add(name="value")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))
