"""Numbers beyond a range whose end is the danger: rejected, and evaluated at that end."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.core.kernel.times import parse_device_time
from gateway.core.kernel.values import Value
from gateway.core.profiles.metric import Metric
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.decoding.checks import check_of
from gateway.core.telemetry.decoding.compiled import mapping_of, parser_of
from gateway.core.telemetry.decoding.flat import FlatDecoder
from gateway.core.telemetry.decoding.messages import Contents, Decoded
from gateway.core.telemetry.quarantine import Reason, Rejected

METRICS: dict[str, Any] = {
    "smoke": {"type": "float", "unit": "dB/m", "range": [-1, 100], "over_range": "limit"},
    "distance": {"type": "float", "unit": "m", "range": [0, 70], "under_range": "limit"},
    "parts": {"type": "int", "range": [0, 99.5], "over_range": "limit"},
    "plain": {"type": "float", "range": [0, 10]},
}


def profile_of(binding: dict[str, Any]) -> Profile:
    messages = [{"topic": "t/{device}", **binding}]
    return Profile.model_validate(
        {"profile": "probe", "title": {"en": "Probe"}, "metrics": METRICS, "messages": messages}
    )


def flat(payload: str) -> Decoded:
    decoded = FlatDecoder(profile_of({}), None, parse_device_time).decode(payload.encode())
    assert isinstance(decoded, Decoded)
    return decoded


def mapped(payload: bytes, **binding: object) -> Decoded:
    profile = profile_of(binding)
    (spec,) = profile.messages
    fragments = parser_of(spec).parse(Contents(payload))
    assert not isinstance(fragments, Rejected)
    readings = mapping_of(profile, spec, site_zone="UTC").decode(fragments[0])
    assert isinstance(readings, list)
    (decoded,) = readings
    return decoded


def outcome(decoded: Decoded) -> tuple[dict[str, Value], list[tuple[str, Reason]]]:
    return decoded.values, [(each.metric, each.reason) for each in decoded.rejected]


@pytest.mark.parametrize("number", ["100.1", "250", "1e300", "1e999", "inf", "+inf", "Infinity", "1.#INF", "9" * 500])
def test_smoke_above_the_range_is_rejected_and_counts_as_the_top(number: str) -> None:
    assert outcome(flat(f'{{"smoke": {number}}}')) == ({"smoke": 100.0}, [("smoke", Reason.OUT_OF_RANGE)])


@pytest.mark.parametrize("number", ["-1.1", "-inf", "nan", "-nan"])
def test_what_is_below_the_range_or_no_number_has_no_value(number: str) -> None:
    assert outcome(flat(f'{{"smoke": {number}}}')) == ({}, [("smoke", Reason.OUT_OF_RANGE)])


def test_a_distance_below_its_range_counts_as_the_bottom_and_above_as_nothing() -> None:
    assert outcome(flat('{"distance": -0.2}'))[0] == {"distance": 0.0}
    assert outcome(flat('{"distance": 71}'))[0] == {}


def test_a_metric_that_does_not_say_so_has_no_value_beyond_its_range() -> None:
    assert outcome(flat('{"plain": 11}')) == ({}, [("plain", Reason.OUT_OF_RANGE)])


@pytest.mark.parametrize("number", ["100", "1e20", "inf", "1000.5"])
def test_a_whole_number_stays_one_at_the_limit(number: str) -> None:
    values = flat(f'{{"parts": {number}}}').values
    assert (values, type(values["parts"])) == ({"parts": 99}, int)


@pytest.mark.parametrize("text", ["inf", "+INF", "Infinity", "140", "140 dB/m"])
def test_a_text_above_the_range_counts_as_the_top(text: str) -> None:
    values = {"smoke": {"path": "level", "unit": "dB/m"}}
    assert mapped(json.dumps({"level": text}).encode(), values=values).values == {"smoke": 100.0}
    assert mapped(text.encode(), format="plain", values={"smoke": {"unit": "dB/m"}}).values == {"smoke": 100.0}


@pytest.mark.parametrize("lost", [100, 100.0, 140, math.inf])
def test_light_that_is_lost_altogether_is_as_much_smoke_as_can_be(lost: float) -> None:
    values = {"smoke": {"path": "lost", "unit": "%/m"}}
    assert mapped(json.dumps({"lost": lost}).encode(), values=values).values == {"smoke": 100.0}


@pytest.mark.parametrize("number", [101.0, math.inf])
def test_a_float_in_bytes_above_the_range_counts_as_the_top(number: float) -> None:
    decoded = mapped(struct.pack(">f", number), format="bytes", values={"smoke": {"at": 0, "type": "f32"}})
    assert outcome(decoded) == ({"smoke": 100.0}, [("smoke", Reason.OUT_OF_RANGE)])


@given(number=st.one_of(st.integers(), st.floats()))
def test_every_number_has_a_value_in_the_range_or_none(number: float) -> None:
    value = check_of("smoke", Metric.model_validate(METRICS["smoke"]))(number)
    got = value.limit if isinstance(value, Rejected) else value
    expected = None if math.isnan(number) or number < -1 else min(number, 100)
    assert got == expected


@pytest.mark.parametrize("key", ["over_range", "under_range"])
def test_the_key_needs_a_range(key: str) -> None:
    with pytest.raises(ValidationError, match=f"`{key}` needs a `range`"):
        Metric.model_validate({"type": "float", key: "limit"})
