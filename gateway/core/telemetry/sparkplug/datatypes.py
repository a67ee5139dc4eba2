"""The data types of Sparkplug B: decodes the value of a metric on the wire, and encodes it.

After the Sparkplug 3.0 specification, chapter 6. Publishers differ in which of two fields holds an integer, and in how
far a negative one is sign-extended. Every form that can mean only one value is accepted.
"""

from __future__ import annotations

from enum import IntEnum
from typing import final

import msgspec

from gateway.core.kernel.numbers import shortest_single
from gateway.core.kernel.values import Value
from gateway.core.telemetry.sparkplug.payload import PayloadMetric
from gateway.core.telemetry.sparkplug.wire import MetricField


class Datatype(IntEnum):
    """The data type that a birth declares for a metric. Types from 16 on have no single value."""

    UNKNOWN = 0
    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATE_TIME = 13
    """Milliseconds since 1970, UTC."""
    TEXT = 14
    UUID = 15
    DATA_SET = 16
    BYTES = 17
    FILE = 18
    TEMPLATE = 19
    DATE_TIME_ARRAY = 34
    """The last type. Between `TEMPLATE` and this are property sets and the other array types."""


@final
class Unusable(msgspec.Struct, frozen=True):
    """Why a metric has no usable value. There are only a few sentences, so that they can be counted."""

    why: str


_BITS: dict[int, int] = {
    Datatype.INT8: 8,
    Datatype.INT16: 16,
    Datatype.INT32: 32,
    Datatype.INT64: 64,
    Datatype.UINT8: 8,
    Datatype.UINT16: 16,
    Datatype.UINT32: 32,
    Datatype.UINT64: 64,
    Datatype.DATE_TIME: 64,
}
_SIGNED = frozenset({Datatype.INT8, Datatype.INT16, Datatype.INT32, Datatype.INT64})
_FLOATS = frozenset({Datatype.UNKNOWN, Datatype.FLOAT, Datatype.DOUBLE})
_BOOLEANS = frozenset({Datatype.UNKNOWN, Datatype.BOOLEAN})
_TEXTS = frozenset({Datatype.UNKNOWN, Datatype.STRING, Datatype.TEXT, Datatype.UUID})

# As plain numbers: members of an enumeration are slow to look up on Python 3.11.
_FIRST_WITHOUT_VALUE, _LAST = int(Datatype.DATA_SET), int(Datatype.DATE_TIME_ARRAY)
_FLOAT_FIELD = int(MetricField.FLOAT_VALUE)
_FIRST_FIELD_WITHOUT_VALUE = int(MetricField.BYTES_VALUE)

_SAME_IN_EVERY_TYPE = range(128)
"""From 128 on, the value on the wire may be a negative Int8."""

_GOOD = range(192, 256)
"""The specification has 192; OPC, the source of the numbers, has 64 codes for good."""

_NOT_GOOD = Unusable("its quality is not good")
_NO_VALUE = Unusable("it holds no single value")
_NOT_TEXT = Unusable("its text is not UTF-8")
_BEYOND = Unusable("it is beyond the range of its data type")
_OTHER_TYPE = Unusable("its value is not of its data type")
_UNDECLARED = Unusable("it is an integer whose data type no birth has declared")


def read(metric: PayloadMetric, declared: int | None) -> Value | Unusable | None:
    """The value of a metric, which may be infinite or NaN; None if it is null.

    Args:
        declared: the data type in the birth, for a message without one.
    """
    raw = metric.raw
    if metric.is_null or raw is None or metric.field is None:
        return None
    if metric.quality is not None and metric.quality not in _GOOD:
        return _NOT_GOOD
    datatype = metric.datatype or declared or 0
    if datatype > _LAST:
        datatype = 0
    if datatype >= _FIRST_WITHOUT_VALUE or metric.field >= _FIRST_FIELD_WITHOUT_VALUE:
        return _NO_VALUE
    if isinstance(raw, bool):
        return raw if datatype in _BOOLEANS else _OTHER_TYPE
    if isinstance(raw, float):
        if datatype not in _FLOATS:
            return _OTHER_TYPE
        return shortest_single(raw) if metric.field == _FLOAT_FIELD else raw
    if isinstance(raw, int):
        return _integer(raw, datatype)
    if datatype not in _TEXTS:
        return _OTHER_TYPE
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return _NOT_TEXT


def payload_metric(
    name: str | None,
    value: Value | None,
    datatype: Datatype,
    *,
    alias: int | None = None,
    time_ms: int | None = None,
    is_historical: bool = False,
) -> PayloadMetric:
    """A metric as an edge node sends it. Integers must fit the data type."""
    made = PayloadMetric(name, alias, time_ms, datatype, is_historical, is_null=value is None)
    if value is None:
        return made
    if isinstance(value, str):
        return msgspec.structs.replace(made, field=MetricField.STRING_VALUE, raw=value.encode())
    if isinstance(value, bool):
        return msgspec.structs.replace(made, field=MetricField.BOOLEAN_VALUE, raw=value)
    if isinstance(value, float):
        field = MetricField.FLOAT_VALUE if datatype == Datatype.FLOAT else MetricField.DOUBLE_VALUE
        return msgspec.structs.replace(made, field=field, raw=value)
    is_long = _BITS[datatype] == 64
    field = MetricField.LONG_VALUE if is_long else MetricField.INT_VALUE
    return msgspec.structs.replace(made, field=field, raw=value % (1 << (64 if is_long else 32)))


def _integer(raw: int, datatype: int) -> Value | Unusable:
    if datatype == Datatype.UNKNOWN:
        return raw if raw in _SAME_IN_EVERY_TYPE else _UNDECLARED
    if datatype == Datatype.BOOLEAN and raw in (0, 1):
        return raw == 1
    bits = _BITS.get(datatype)
    if bits is None:
        return _OTHER_TYPE
    if datatype not in _SIGNED:
        return raw if raw < 1 << bits else _BEYOND
    half = 1 << (bits - 1)
    if raw < half:
        return raw
    for width in (bits, 32, 64):  # as wide as the data type, or extended to the field it stands in
        if (1 << width) - half <= raw < 1 << width:
            return raw - (1 << width)
    return _BEYOND
