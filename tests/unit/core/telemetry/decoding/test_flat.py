from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.times import parse_device_time
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.decoding.checks import LONGEST_STRING
from gateway.core.telemetry.decoding.flat import FlatDecoder
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.quarantine import Reason, Rejected

PROFILE = Profile.model_validate(
    {
        "profile": "probe",
        "title": {"en": "Probe"},
        "metrics": {
            "on": {"type": "bool"},
            "level": {"type": "float", "unit": "m", "range": [-1, 4]},
            "free": {"type": "float"},
            "count": {"type": "int", "range": [0, 10]},
            "total": {"type": "int"},
            "wide": {"type": "int", "range": [-1e30, 1e30]},
            "mode": {"type": "enum", "values": {0: "stopped", 1: "normal"}},
            "note": {"type": "string"},
            "uid": {"type": "tag"},
        },
        "messages": [{"topic": "site/{site}/probe/{device}", "time": "ts"}],
    }
)
DECODER = FlatDecoder(PROFILE, "ts", parse_device_time)


def decode(payload: str | bytes) -> Decoded | Rejected:
    return DECODER.decode(payload if isinstance(payload, bytes) else payload.encode())


def values_of(payload: str | bytes) -> dict[str, Value]:
    decoded = decode(payload)
    assert isinstance(decoded, Decoded), decoded
    assert decoded.rejected == []
    return decoded.values


def refusal_of(payload: str | bytes) -> Rejected:
    """Why the one metric in the payload, or all of it, was refused."""
    decoded = decode(payload)
    if isinstance(decoded, Rejected):
        return decoded
    assert decoded.values == {}
    (rejected,) = decoded.rejected
    return rejected


@pytest.mark.parametrize(
    ("payload", "values"),
    [
        ('{"on": true}', {"on": True}),
        ('{"level": 1.5}', {"level": 1.5}),
        ('{"level": -1}', {"level": -1.0}),
        ('{"level": 4}', {"level": 4.0}),
        ('{"count": 3}', {"count": 3}),
        ('{"count": 3.0}', {"count": 3}),
        ('{"total": -9223372036854775808}', {"total": -(2**63)}),
        ('{"total": 9223372036854775807}', {"total": 2**63 - 1}),
        ('{"mode": 1}', {"mode": "normal"}),
        ('{"mode": 1.0}', {"mode": "normal"}),
        ('{"mode": "stopped"}', {"mode": "stopped"}),
        ('{"note": "漏水"}', {"note": "漏水"}),
        ('{"uid": "04:a2:b3:c4"}', {"uid": "04A2B3C4"}),
        ('{"on": true, "level": null, "strange": [1, {}], "ts": 5}', {"on": True}),
    ],
)
def test_a_value_of_its_type_is_accepted(payload: str, values: dict[str, Value]) -> None:
    decoded = values_of(payload)

    assert decoded == values
    assert [type(value) for value in decoded.values()] == [type(value) for value in values.values()]


@pytest.mark.parametrize(
    ("payload", "reason", "detail"),
    [
        ('{"on": 1}', Reason.WRONG_TYPE, "on is 1, true or false was expected"),
        ('{"on": "yes"}', Reason.WRONG_TYPE, "true or false was expected"),
        ('{"level": "1.5 m"}', Reason.WRONG_TYPE, "level is '1.5 m', a number was expected"),
        ('{"level": true}', Reason.WRONG_TYPE, "a number was expected"),
        ('{"level": 4.01}', Reason.OUT_OF_RANGE, "level is 4.01 m, outside -1 … 4 m"),
        ('{"level": NaN}', Reason.OUT_OF_RANGE, "level is nan m"),
        ('{"free": Infinity}', Reason.OUT_OF_RANGE, "more than can be stored"),
        ('{"free": -1e999}', Reason.OUT_OF_RANGE, "more than can be stored"),
        ('{"count": 2.5}', Reason.WRONG_TYPE, "a whole number was expected"),
        ('{"count": 11}', Reason.OUT_OF_RANGE, "outside 0 … 10"),
        ('{"total": 9223372036854775808}', Reason.OUT_OF_RANGE, "more than can be stored"),
        ('{"wide": 1e29}', Reason.OUT_OF_RANGE, "wide is"),
        ('{"mode": 2}', Reason.UNKNOWN_VALUE, "mode is 2, none of 0 stopped, 1 normal"),
        ('{"mode": "normally"}', Reason.UNKNOWN_VALUE, "none of"),
        ('{"mode": true}', Reason.WRONG_TYPE, "a code or a name"),
        ('{"note": true}', Reason.WRONG_TYPE, "a string was expected"),
        ('{"note": "\\ud800"}', Reason.MALFORMED, "not text in UTF-8"),
        ('{"uid": "(null)"}', Reason.UNKNOWN_VALUE, "not a tag UID"),
        ('{"uid": 12345678}', Reason.WRONG_TYPE, "a tag UID in hex"),
        ("{}", Reason.NO_METRICS, "none of the profile's metrics"),
        ('{"on": null}', Reason.NO_METRICS, "['on']"),
        ("[1]", Reason.MALFORMED, "not an object"),
        ("23.5", Reason.MALFORMED, "not an object"),
        ("", Reason.MALFORMED, "not JSON"),
        ('{"on": true', Reason.MALFORMED, "not JSON"),
        (b'{"note": "\xff"}', Reason.MALFORMED, "not text in UTF-8"),
        (b'{"a":' * 100_000, Reason.MALFORMED, "not JSON"),
    ],
)
def test_anything_else_is_rejected_with_the_reason(payload: str | bytes, reason: Reason, detail: str) -> None:
    rejected = refusal_of(payload)

    assert rejected.reason is reason
    assert detail in rejected.detail


def test_a_whole_number_too_long_for_a_float_is_rejected() -> None:
    assert refusal_of('{"free": 1' + "0" * 400 + "}").reason is Reason.OUT_OF_RANGE
    assert refusal_of('{"total": 1' + "0" * 400 + "}").reason is Reason.OUT_OF_RANGE


def test_a_string_that_is_too_long_is_rejected() -> None:
    assert values_of(json.dumps({"note": "x" * LONGEST_STRING}))
    assert refusal_of(json.dumps({"note": "x" * (LONGEST_STRING + 1)})).reason is Reason.OUT_OF_RANGE


def test_a_bad_metric_is_rejected_alone() -> None:
    decoded = decode('{"on": true, "level": 99, "count": "?", "total": 7}')

    assert isinstance(decoded, Decoded)
    assert decoded.values == {"on": True, "total": 7}
    assert [rejected.metric for rejected in decoded.rejected] == ["level", "count"]


def test_nan_is_rejected_alone() -> None:
    decoded = decode('{"on": true, "level": NaN}')

    assert isinstance(decoded, Decoded)
    assert decoded.values == {"on": True}


def test_the_device_s_time_is_read_where_it_can_be() -> None:
    for text, time in (('"2026-01-31T08:00:00Z"', 1769846400000000), ("1700000000", 1700000000000000), ("null", None)):
        decoded = decode('{"on": true, "ts": ' + text + "}")
        assert isinstance(decoded, Decoded)
        assert (decoded.time, decoded.timed) == (time, True)


# Properties ---------------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(-5, 15),
        st.integers(10**300, 10**320),
        st.floats(),
        st.floats(-2, 5),
        st.text(),
        st.sampled_from(["normal", "04A2B3C4", "04 a2 b3 c4", "stopped"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from([*PROFILE.metrics, "ts", "other"])


def belongs(name: str, value: Value) -> bool:
    """Whether the value is one that the metric can have."""
    metric = PROFILE.metrics[name]
    low, high = metric.range or (-math.inf, math.inf)
    if metric.type == "bool":
        return type(value) is bool
    if metric.type == "int":
        return type(value) is int and low <= value <= high and -(2**63) <= value < 2**63
    if metric.type == "float":
        return type(value) is float and low <= value <= high and math.isfinite(value)
    if metric.type == "enum":
        return value in (metric.values or {}).values()
    if metric.type == "tag":
        return type(value) is str and set(value) <= set("0123456789ABCDEF") and 8 <= len(value) <= 20
    return type(value) is str and len(value) <= LONGEST_STRING and value.encode() is not None


def check(decoded: Decoded | Rejected) -> None:
    if isinstance(decoded, Decoded):
        assert all(belongs(name, value) for name, value in decoded.values.items())
        assert decoded.values or decoded.rejected
    else:
        assert decoded.detail


@given(st.binary())
def test_any_bytes_are_decoded_or_rejected(payload: bytes) -> None:
    check(DECODER.decode(payload))


@given(st.dictionaries(KEYS, JSON, min_size=1))
def test_any_json_gives_only_values_that_the_metrics_can_have(document: dict[str, Any]) -> None:
    check(DECODER.decode(json.dumps(document).encode()))


USUAL = st.fixed_dictionaries(
    {},
    optional={
        "on": st.booleans(),
        "level": st.one_of(st.floats(-1, 4), st.integers(-1, 4)),
        "free": st.one_of(st.floats(), st.integers(-(2**54), 2**54)),
        "count": st.integers(-1, 11) | st.floats(0, 10),
        "total": st.integers(-(2**64), 2**64) | st.sampled_from([2.0**53, 2.0**53 + 2, 1e16]),
        "wide": st.integers(-(2**64), 2**64),
        "mode": st.sampled_from([0, 1, 2, 1.0, "normal", "other"]),
        "note": st.text(max_size=5),
        "uid": st.sampled_from(["04:a2:b3:c4", "?"]),
        "ts": st.sampled_from([5, 1_767_225_600_000, 1_767_225_600.5, "2026-01-01T00:00:00Z", None]),
        "other": JSON,
    },
)
"""What devices send, for the most part."""


@given(USUAL)
def test_what_the_parser_accepts_is_what_the_checks_accept(document: dict[str, Any]) -> None:
    payload = json.dumps(document).encode()

    assert repr(DECODER.decode(payload)) == repr(DECODER._decode_one_by_one(payload))


def test_a_time_that_is_a_metric_as_well_is_stored() -> None:
    decoder = FlatDecoder(PROFILE, "total", parse_device_time)

    decoded = decoder.decode(b'{"total": 1767225600}')

    assert isinstance(decoded, Decoded)
    assert (decoded.values, decoded.time) == ({"total": 1_767_225_600}, 1_767_225_600_000_000)


@given(st.dictionaries(KEYS, JSON, min_size=1), st.data())
def test_a_damaged_message_gives_only_values_that_the_metrics_can_have(
    document: dict[str, Any], data: st.DataObject
) -> None:
    payload = bytearray(json.dumps(document).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))

    check(DECODER.decode(bytes(payload)))
