"""Payloads of Sparkplug B, from bytes and to bytes."""

from __future__ import annotations

import base64
import gzip
import subprocess
import sys
import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.telemetry.sparkplug.datatypes import Datatype, payload_metric
from gateway.core.telemetry.sparkplug.payload import (
    COMPRESSED,
    METRICS,
    Malformed,
    Payload,
    PayloadMetric,
    encode,
    parse,
)
from gateway.core.telemetry.sparkplug.wire import MetricField

UINT32 = st.integers(0, 2**32 - 1)
UINT64 = st.integers(0, 2**64 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
RAW = {
    MetricField.INT_VALUE: UINT32,
    MetricField.LONG_VALUE: UINT64,
    MetricField.FLOAT_VALUE: st.floats(width=32, allow_nan=False),
    MetricField.DOUBLE_VALUE: st.floats(allow_nan=False),
    MetricField.BOOLEAN_VALUE: st.booleans(),
    MetricField.STRING_VALUE: st.binary(),
    MetricField.BYTES_VALUE: st.binary(),
    MetricField.DATASET_VALUE: st.binary(),
    MetricField.TEMPLATE_VALUE: st.binary(),
}
VALUES = st.sampled_from(sorted(RAW)).flatmap(lambda field: RAW[field].map(lambda raw: (int(field), raw)))
METRIC = st.builds(
    lambda value, **others: PayloadMetric(field=value[0], raw=value[1], **others),
    value=st.just((None, None)) | VALUES,
    name=st.none() | TEXT.filter(bool),
    alias=st.none() | UINT64,
    time_ms=st.none() | UINT64,
    datatype=st.none() | UINT32,
    is_historical=st.booleans(),
    is_transient=st.booleans(),
    is_null=st.booleans(),
    quality=st.none() | UINT32,
)
PAYLOAD = st.builds(
    Payload,
    time_ms=st.none() | UINT64,
    metrics=st.lists(METRIC).map(tuple),
    seq=st.none() | UINT64,
    uuid=st.none() | st.binary().filter(lambda uuid: uuid != COMPRESSED),
    body=st.none() | st.binary(),
)


def varint(number: int) -> bytes:
    """Written after the protobuf encoding guide, so that not only our own encoder tells what a payload is."""
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    digits.append(number)
    return bytes(digits)


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def block(field: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return varint(field << 3 | 2) + varint(len(content)) + content


def parsed(data: bytes) -> Payload:
    payload = parse(data)
    assert isinstance(payload, Payload), payload
    return payload


@given(PAYLOAD)
def test_what_is_encoded_is_parsed_the_same(payload: Payload) -> None:
    assert parse(encode(payload)) == payload


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    assert isinstance(parse(data), Payload | Malformed)


@given(PAYLOAD, st.data())
def test_no_damaged_payload_raises(payload: Payload, data: st.DataObject) -> None:
    damaged = bytearray(encode(payload))
    for _ in range(data.draw(st.integers(0, 3))):
        if damaged:
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(damaged)))
    assert isinstance(parse(bytes(damaged[:cut])), Payload | Malformed)


# NBIRTH_V1, NDATA_V1 and NDEATH_V1 of united-manufacturing-hub/benthos-umh, sparkplug_plugin/test_vectors.go.
@pytest.mark.parametrize(
    ("data", "payload"),
    [
        (
            "CNLig7n6MhINCgViZFNlcRABIAhYWBIcChROb2RlIENvbnRyb2wvUmViaXJ0aBACIAtwABIaCgtUZW1wZXJhdHVyZRBkIAppAAAAAACANUAYAA==",
            Payload(
                1_750_855_643_474,
                (
                    PayloadMetric("bdSeq", 1, datatype=8, field=MetricField.LONG_VALUE, raw=88),
                    PayloadMetric("Node Control/Rebirth", 2, datatype=11, field=MetricField.BOOLEAN_VALUE, raw=False),
                    PayloadMetric("Temperature", 100, datatype=10, field=MetricField.DOUBLE_VALUE, raw=21.5),
                ),
                0,
            ),
        ),
        (
            "CNLig7n6MhINEGQgCmkAAAAAAIA2QBgB",
            Payload(
                1_750_855_643_474,
                (PayloadMetric(alias=100, datatype=10, field=MetricField.DOUBLE_VALUE, raw=22.5),),
                1,
            ),
        ),
        (
            "CNLig7n6MhINCgViZFNlcRAAIAhYABgA",
            Payload(
                1_750_855_643_474,
                (PayloadMetric("bdSeq", 0, datatype=8, field=MetricField.LONG_VALUE, raw=0),),
                0,
            ),
        ),
        ("", Payload()),
    ],
)
def test_payloads_of_other_encoders_are_read(data: str, payload: Payload) -> None:
    assert parse(base64.b64decode(data)) == payload


def test_zero_and_not_sent_are_told_apart() -> None:
    sent = parsed(number(3, 0) + block(2, number(2, 0), number(10, 0)))
    assert (sent.seq, sent.metrics[0].alias, sent.metrics[0].raw) == (0, 0, 0)
    left_out = parsed(block(2))
    assert (left_out.seq, left_out.metrics) == (None, (PayloadMetric(),))


def test_metadata_properties_data_sets_templates_and_extensions_are_ignored() -> None:
    metadata = block(8, number(1, 1), block(2, b"text/plain"), number(3, 12))
    unit = block(9, block(1, b"engUnit"), block(2, number(1, 12), block(8, b"bar")))
    nested = block(9, block(1, b"set"), block(2, number(1, 20), block(9, block(1, b"a"), block(2, number(3, 1)))))
    pressure = block(2, block(1, b"Pressure"), metadata, unit, varint(13 << 3 | 1), bytes(8))
    level = block(2, block(1, b"Level"), nested, number(10, 4), block(900, b"a vendor's own"))
    data_set = block(
        2, block(1, b"Table"), block(17, number(1, 1), block(2, b"column"), block(4, block(1, number(1, 3))))
    )
    template = block(2, block(1, b"Motor"), block(18, block(2, block(1, b"Speed"), number(10, 4)), block(4, b"motor")))
    payload = parsed(pressure + level + data_set + template + block(77, b"more"))
    assert [(each.name, each.field) for each in payload.metrics] == [
        ("Pressure", MetricField.DOUBLE_VALUE),
        ("Level", MetricField.INT_VALUE),
        ("Table", MetricField.DATASET_VALUE),
        ("Motor", MetricField.TEMPLATE_VALUE),
    ]
    assert (payload.metrics[0].raw, payload.metrics[1].raw) == (0.0, 4)


def test_the_last_of_several_values_counts() -> None:
    (both,) = parsed(block(2, number(14, 1), number(10, 7))).metrics
    assert (both.field, both.raw) == (MetricField.INT_VALUE, 7)


def test_the_quality_is_found_among_the_properties() -> None:
    keys = block(1, b"engUnit") + block(1, b"Quality")
    values = block(2, number(1, 12), block(8, b"bar")) + block(2, number(1, 3), number(3, 500))
    assert parsed(block(2, block(9, keys, values))).metrics[0].quality == 500
    assert parsed(block(2, block(9, keys))).metrics[0].quality is None
    assert parsed(block(2, block(9, block(1, b"Quality"), block(2, number(2, 1))))).metrics[0].quality is None


def test_a_name_that_is_not_utf8_affects_its_metric_only() -> None:
    payload = parsed(
        block(2, block(1, b"Temp\xff"), number(10, 1)) + block(2, block(1, "温度".encode()), number(10, 2))
    )
    assert payload.misnamed == ("Temp\\xff",)
    assert [(each.name, each.raw) for each in payload.metrics] == [("温度", 2)]


def test_an_empty_name_is_none() -> None:
    assert parsed(block(2, block(1, b""), number(2, 5))).metrics == (PayloadMetric(alias=5),)


def test_metrics_beyond_ten_thousand_are_left_out_and_counted() -> None:
    payload = parsed(block(2) * (METRICS + 7))
    assert (len(payload.metrics), payload.left_out) == (METRICS, 7)


def nested_groups() -> bytes:
    return varint(50 << 3 | 3) * 100_000


def nested_templates() -> bytes:
    data = b""
    while len(data) < 20_000:
        data = block(18, block(2, data))
    return data


def nested_properties() -> bytes:
    data = b""
    while len(data) < 20_000:
        data = block(9, block(2, block(9, data)))
    return data


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        b"ONLINE",
        b'{"metrics": []}',
        varint(2 << 3 | 2) + varint(2**31 - 1),
        varint(2 << 3 | 2) + varint(2**63) + b"x",
        block(2, varint(1 << 3 | 2) + varint(1000) + b"short"),
        number(1, 2**64 - 1)[:-1],
        varint(1 << 3) + b"\xff" * 20,
        varint(0) + b"\x01",
        nested_groups(),
    ],
)
def test_bytes_that_are_no_payload_are_malformed(data: bytes) -> None:
    assert parse(data) == Malformed("not a Sparkplug B payload")


@pytest.mark.parametrize("data", [nested_templates(), nested_properties()])
def test_deep_nesting_is_not_followed(data: bytes) -> None:
    assert isinstance(parse(block(2, block(1, b"deep"), data)), Payload | Malformed)


@pytest.mark.parametrize("pack", [zlib.compress, gzip.compress])
def test_a_compressed_payload_is_unpacked(pack: object) -> None:
    assert callable(pack)
    inner = Payload(5, (payload_metric("Temperature", 21.5, Datatype.DOUBLE),), 7)
    outer = Payload(
        uuid=COMPRESSED, body=pack(encode(inner)), metrics=(payload_metric("algorithm", "GZIP", Datatype.STRING),)
    )
    assert parse(encode(outer)) == inner


def test_time_and_sequence_number_may_be_outside_the_compressed_part() -> None:
    inner = Payload(metrics=(payload_metric("Temperature", 21.5, Datatype.DOUBLE),))
    outer = Payload(5, seq=7, uuid=COMPRESSED, body=zlib.compress(encode(inner)))
    assert parse(encode(outer)) == msgspec.structs.replace(inner, time_ms=5, seq=7)


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"",
        b"not compressed",
        zlib.compress(bytes(100_000_000)),
        zlib.compress(encode(Payload(5)))[:-3],
    ],
    ids=["none", "empty", "plain", "bomb", "truncated"],
)
def test_a_payload_that_cannot_be_unpacked_is_malformed(body: bytes | None) -> None:
    unpacked = parse(encode(Payload(uuid=COMPRESSED, body=body)))
    assert unpacked == Malformed("a compressed payload that cannot be unpacked")


def test_a_payload_is_unpacked_once() -> None:
    inner = Payload(5, uuid=COMPRESSED, body=b"not looked into")
    assert parse(encode(Payload(uuid=COMPRESSED, body=zlib.compress(encode(inner))))) == inner


def test_protobuf_is_not_imported_before_the_first_payload() -> None:
    code = (
        "import sys\n"
        "from gateway.core.telemetry.sparkplug.session import Sessions\n"
        "sessions = Sessions(frozenset())\n"
        "assert not any(name.startswith('google') for name in sys.modules)\n"
        "sessions.interpret('spBv1.0/g/NDATA/e', b'', 0)\n"
        "assert 'google.protobuf' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
