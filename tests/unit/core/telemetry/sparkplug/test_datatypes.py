"""The data types of Sparkplug B."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.numbers import shortest_single
from gateway.core.kernel.values import Value
from gateway.core.telemetry.sparkplug.datatypes import Datatype, Unusable, payload_metric, read
from gateway.core.telemetry.sparkplug.payload import Payload, PayloadMetric, Raw, encode, parse
from gateway.core.telemetry.sparkplug.wire import MetricField

INT, LONG = MetricField.INT_VALUE, MetricField.LONG_VALUE
FLOAT, DOUBLE, BOOLEAN = MetricField.FLOAT_VALUE, MetricField.DOUBLE_VALUE, MetricField.BOOLEAN_VALUE
STRING, BYTES = MetricField.STRING_VALUE, MetricField.BYTES_VALUE

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
RANGES = {
    Datatype.INT8: (-(2**7), 2**7 - 1),
    Datatype.INT16: (-(2**15), 2**15 - 1),
    Datatype.INT32: (-(2**31), 2**31 - 1),
    Datatype.INT64: (-(2**63), 2**63 - 1),
    Datatype.UINT8: (0, 2**8 - 1),
    Datatype.UINT16: (0, 2**16 - 1),
    Datatype.UINT32: (0, 2**32 - 1),
    Datatype.UINT64: (0, 2**64 - 1),
    Datatype.DATE_TIME: (0, 2**64 - 1),
}
VALUES: dict[Datatype, st.SearchStrategy[Value]] = {
    **{datatype: st.integers(*bounds) for datatype, bounds in RANGES.items()},
    Datatype.FLOAT: st.floats(width=32, allow_nan=False, allow_infinity=False).map(shortest_single),
    Datatype.DOUBLE: st.floats(allow_nan=False, allow_infinity=False),
    Datatype.BOOLEAN: st.booleans(),
    Datatype.STRING: TEXT,
    Datatype.TEXT: TEXT,
    Datatype.UUID: st.uuids().map(str),
}


def sent(field: int, raw: Raw, datatype: int | None = None) -> PayloadMetric:
    return PayloadMetric("m", datatype=datatype, field=field, raw=raw)


@pytest.mark.parametrize("datatype", VALUES)
def test_every_value_of_a_data_type_is_the_same_after_encoding_and_parsing(datatype: Datatype) -> None:
    @given(VALUES[datatype], st.booleans())
    def comes_out(value: Value, by_birth: bool) -> None:
        payload = parse(encode(Payload(metrics=(payload_metric("m", value, datatype),))))
        assert isinstance(payload, Payload)
        (received,) = payload.metrics
        if by_birth:
            received = msgspec.structs.replace(received, datatype=None)
        out = read(received, int(datatype) if by_birth else None)
        assert (type(out), out) == (type(value), value)

    comes_out()


@pytest.mark.parametrize(
    ("field", "raw", "datatype", "value"),
    [
        (INT, 0xFB, Datatype.INT8, -5),
        (INT, 0xFFFFFFFB, Datatype.INT8, -5),
        (LONG, 0xFFFFFFFB, Datatype.INT8, -5),
        (LONG, 2**64 - 5, Datatype.INT8, -5),
        (INT, 0xFFFB, Datatype.INT16, -5),
        (INT, 0x8000, Datatype.INT16, -(2**15)),
        (INT, 0xFFFF8000, Datatype.INT16, -(2**15)),
        (INT, 0x80000000, Datatype.INT32, -(2**31)),
        (LONG, 2**64 - 2**31, Datatype.INT32, -(2**31)),
        (LONG, 2**63, Datatype.INT64, -(2**63)),
        (INT, 7, Datatype.INT64, 7),
        (LONG, 2**32 - 1, Datatype.UINT32, 2**32 - 1),
        (INT, 1, Datatype.BOOLEAN, True),
        (INT, 0, Datatype.BOOLEAN, False),
        (DOUBLE, 21.5, Datatype.FLOAT, 21.5),
        (FLOAT, 0.019999999552965164, Datatype.FLOAT, 0.02),
        (FLOAT, 0.019999999552965164, Datatype.DOUBLE, 0.02),
        (DOUBLE, 0.019999999552965164, Datatype.DOUBLE, 0.019999999552965164),
        (FLOAT, 21.5, Datatype.DOUBLE, 21.5),
    ],
)
def test_an_encoding_that_can_mean_only_one_value_is_accepted(
    field: int, raw: Raw, datatype: Datatype, value: Value
) -> None:
    out = read(sent(field, raw, datatype), None)
    assert (type(out), out) == (type(value), value)


@pytest.mark.parametrize(
    ("field", "raw", "datatype", "why"),
    [
        (INT, 0x100, Datatype.INT8, "beyond the range"),
        (INT, 0xFFFFFF7F, Datatype.INT8, "beyond the range"),
        (LONG, 2**32, Datatype.INT32, "beyond the range"),
        (INT, 256, Datatype.UINT8, "beyond the range"),
        (LONG, 2**32, Datatype.UINT32, "beyond the range"),
        (INT, 2, Datatype.BOOLEAN, "not of its data type"),
        (INT, 2, Datatype.FLOAT, "not of its data type"),
        (INT, 2, Datatype.STRING, "not of its data type"),
        (FLOAT, 2.0, Datatype.INT32, "not of its data type"),
        (BOOLEAN, True, Datatype.INT32, "not of its data type"),
        (STRING, b"7", Datatype.INT32, "not of its data type"),
        (STRING, b"\xff", Datatype.STRING, "not UTF-8"),
        (BYTES, b"\x01", Datatype.BYTES, "no single value"),
        (BYTES, b"\x01", Datatype.FILE, "no single value"),
        (BYTES, b"\x01", None, "no single value"),
        (BYTES, b"\x01", 24, "no single value"),
        (MetricField.DATASET_VALUE, b"", Datatype.DATA_SET, "no single value"),
        (MetricField.TEMPLATE_VALUE, b"", Datatype.TEMPLATE, "no single value"),
        (MetricField.EXTENSION_VALUE, b"", None, "no single value"),
        (INT, 7, Datatype.TEMPLATE, "no single value"),
    ],
)
def test_an_unusable_value_has_a_reason(field: int, raw: Raw, datatype: int | None, why: str) -> None:
    out = read(sent(field, raw, datatype), None)
    assert isinstance(out, Unusable)
    assert why in out.why


@pytest.mark.parametrize("datatype", [None, 0, 35, 2**32 - 1])
def test_without_a_data_type_only_unambiguous_values_are_accepted(datatype: int | None) -> None:
    assert read(sent(BOOLEAN, True, datatype), None) is True
    assert read(sent(FLOAT, 1.5, datatype), None) == 1.5
    assert read(sent(STRING, b"open", datatype), None) == "open"
    assert read(sent(INT, 127, datatype), None) == 127
    for field, raw in ((INT, 128), (INT, 2**32 - 1), (LONG, 2**63)):
        assert isinstance(read(sent(field, raw, datatype), None), Unusable)


def test_the_data_type_in_the_message_overrides_that_of_the_birth() -> None:
    assert read(sent(INT, 0xFB, Datatype.UINT8), Datatype.INT8) == 251
    assert read(sent(INT, 0xFB), Datatype.INT8) == -5


def test_null_and_no_value_are_none() -> None:
    assert read(PayloadMetric("m", datatype=Datatype.INT8), None) is None
    assert read(PayloadMetric("m", is_null=True, field=INT, raw=7), None) is None
    assert read(payload_metric("m", None, Datatype.TEMPLATE), None) is None


@pytest.mark.parametrize(("quality", "usable"), [(None, True), (192, True), (216, True), (0, False), (500, False)])
def test_a_value_of_bad_or_stale_quality_is_not_used(quality: int | None, usable: bool) -> None:
    read_out = read(PayloadMetric("m", datatype=Datatype.INT8, quality=quality, field=INT, raw=7), None)
    assert read_out == (7 if usable else Unusable("its quality is not good"))
