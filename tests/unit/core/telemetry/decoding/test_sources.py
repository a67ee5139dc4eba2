"""From what a message says to a value of a metric."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.profiles.bindings import Source
from gateway.core.profiles.metric import Metric
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.decoding.sources import reader_of
from gateway.core.telemetry.quarantine import Reason, Rejected
from tests.unit.core.telemetry.decoding.probes import METRICS, Probe

NOTHING: Any = object()
"""Nothing is stored, and nothing is wrong."""


def said(metric: str, source: object, raw: object) -> Any:  # noqa: ANN401
    """What the metric becomes when `raw` stands at the path `v`: a value, NOTHING, or the reason why not."""
    given = source if isinstance(source, str) else {"path": "v", **source} if isinstance(source, dict) else source
    part = Probe(values={metric: given}).fragment({"v": raw})
    if part == []:
        return NOTHING
    assert isinstance(part, list), part
    (decoded,) = part
    if decoded.rejected:
        assert decoded.values == {}
        (rejected,) = decoded.rejected
        assert rejected.metric == metric
        return rejected.reason
    return decoded.values[metric]


def same(value: object, expected: object) -> bool:
    """Equal and of the same type: true is not 1."""
    return type(value) is type(expected) and value == expected


@pytest.mark.parametrize(
    ("metric", "source", "raw", "expected"),
    [
        # A text alone is the path.
        ("level", "v", 2, 2.0),
        ("on", "v", True, True),
        ("mode", "v", 1, "normal"),
        ("mode", "v", "away", "away"),
        ("note", "v", "hall", "hall"),
        ("note", "v", 5, "5"),
        ("note", "v", 1.5, "1.5"),
        ("note", "v", 7.0, "7"),
        ("uid", "v", "04:a2:b3:c4", "04A2B3C4"),
        # scale, offset
        ("level", {"scale": 0.1}, 308, 30.8),
        ("level", {"offset": -40}, 65, 25.0),
        ("level", {"scale": 0.5, "offset": -10}, 30, 5.0),
        ("level", {"scale": -1}, 3, -3.0),
        ("level", {"scale": 0}, 3, 0.0),
        ("few", {"scale": 0.1}, 30, 3),
        # unit
        ("level", {"unit": "mm"}, 1250, 1.25),
        ("level", {"unit": "mm"}, "1250", 1.25),
        ("level", {"unit": "mm"}, "125 cm", 1.25),
        ("level", {"unit": "mm"}, "1.25 m", 1.25),
        ("level", {"unit": "m"}, "1.25", 1.25),
        ("free", {"unit": ""}, "12", 12.0),
        ("level", {"unit": "mm", "scale": 10}, 125, 1.25),
        ("warmth", {"unit": "°F"}, 212, 100.0),
        ("warmth", {"unit": "°C"}, "21.5 ℃", 21.5),
        ("signal", {"unit": "dBm"}, -75, 50.0),
        ("signal", {"unit": "dBm"}, "-75 dBm", 50.0),
        ("signal", {"unit": "dBm"}, "83 %", 83.0),
        # map, otherwise
        ("on", {"map": {"ON": True, "OFF": False}}, "ON", True),
        ("on", {"map": {"ON": True}, "otherwise": False}, "whatever", False),
        ("on", {"map": {1: True, 0: False}}, 0, False),
        ("on", {"map": {1: True, 0: False}}, 1.0, True),
        ("on", {"map": {True: False, False: True}}, True, False),
        ("mode", {"map": {"H": "stopped", "A": 1}}, "A", "normal"),
        ("level", {"map": {"low": 0.5, "high": 2}}, "high", 2.0),
        ("note", {"map": {1: "one"}, "otherwise": "many"}, 7, "many"),
        ("mode", {"map": {"H": "stopped"}, "otherwise": "normal"}, None, NOTHING),
        # equals
        ("on", {"equals": "open"}, "open", True),
        ("on", {"equals": "open"}, "shut", False),
        ("on", {"equals": ["open", 1]}, 1, True),
        ("on", {"equals": 0}, 5, False),
        ("on", {"equals": [3, 4]}, 4.0, True),
        # contains
        ("on", {"contains": "OB"}, "OB DISCHRG LB", True),
        ("on", {"contains": "OB"}, "OL CHRG", False),
        ("on", {"contains": "OB"}, "JOB", False),
        ("on", {"contains": "OB"}, "OL,OB", True),
        ("on", {"contains": "OB"}, "OL; OB", True),
        ("on", {"contains": "OB"}, "", False),
        ("on", {"contains": ["LB", "RB"]}, "OL RB", True),
        ("on", {"contains": "on fire"}, "on fire", True),
        ("on", {"contains": "fire"}, ["fault", "fire"], True),
        ("on", {"contains": "fire"}, ["fire alarm"], False),
        ("on", {"contains": 3}, [1, 2, 3], True),
        ("on", {"contains": 3}, [], False),
        ("on", {"contains": "x"}, [["x"], {"x": 1}, None], False),
        # bit, bits
        ("on", {"bit": 3}, 8, True),
        ("on", {"bit": 3}, 7, False),
        ("on", {"bit": 0}, 1.0, True),
        ("on", {"bit": 0}, "1", True),
        ("on", {"bit": 63}, 2**63, True),
        ("count", {"bits": [4, 3]}, 0b1010000, 5),
        ("count", {"bits": [0, 64]}, 2**40, 2**40),
        ("level", {"bits": [0, 4], "scale": 0.5}, 0xF3, 1.5),
        ("mode", {"bits": [1, 2]}, 0b100, "away"),
        ("on", {"bits": [0, 2], "equals": 3}, 7, True),
        ("on", {"bits": [0, 2], "map": {0: False, 1: True}}, 5, True),
        ("mode", {"bit": 0, "map": {True: "normal", False: "stopped"}}, 3, "normal"),
        ("off", {"bit": 0, "equals": False}, 2, True),
        # sum, lists, decimal
        ("level", {"sum": True}, [1, 2, 3], 6.0),
        ("level", {"sum": True}, 6, 6.0),
        ("level", {"sum": True}, [0.1, 0.2], 0.3),
        ("level", {"sum": True, "unit": "mm"}, [500, 750], 1.25),
        ("level", {"sum": True, "scale": 0.1}, [5, 5], 1.0),
        ("few", {"sum": True}, [1, 2], 3),
        ("items", "v", ["yard", "driveway", "yard"], "driveway,yard"),
        ("items", "v", "yard, driveway", "driveway,yard"),
        ("items", "v", ["a;b", " c ", None, ""], "a,b,c"),
        ("items", "v", [3, 12.0], "12,3"),
        ("items", "v", [], ""),
        ("items", "v", "", ""),
        ("items", {"map": {0: "", 1: "yard"}}, 1, "yard"),
        ("uid", {"decimal": True}, 4302741608, "010076A068"),
        ("uid", {"decimal": True}, 7616525, "0074380D"),
        ("uid", {"decimal": True}, "7616525", "0074380D"),
        ("uid", {"decimal": True}, "0007616525", "0074380D"),
        ("uid", {"decimal": True}, " 0007616525 ", "0074380D"),
        ("uid", {"decimal": True}, "0" * 30 + "7616525", "0074380D"),
        ("uid", {"decimal": True}, 7616525.0, "0074380D"),
        ("uid", {"decimal": True}, 1306021394071424, "04A3D1CD433F80"),
        ("uid", {"decimal": True}, "FFE53Dh", "00FFE53D"),
        ("uid", {"decimal": True}, "0x00FFE53D", "00FFE53D"),
        ("uid", {"decimal": "number"}, "FFE53Dh", "00FFE53D"),
        ("uid", {"decimal": "number"}, "123456", "00123456"),
        ("uid", {"decimal": "number"}, 7616525, "0074380D"),
        ("uid", "v", "74380D", "0074380D"),
        ("mode", "v", "01", Reason.UNKNOWN_VALUE),
        ("uid", {"decimal": True}, 0, Reason.UNKNOWN_VALUE),
        ("uid", "v", "00:00:00:00", Reason.UNKNOWN_VALUE),
        ("uid", "v", "4A2B3C4", "04A2B3C4"),
        ("uid", "v", "4A3D1CD433F80", "04A3D1CD433F80"),
        # empty
        ("note", {"empty": ["", "(null)"]}, "", NOTHING),
        ("uid", {"empty": ["(null)"]}, "(null)", NOTHING),
        ("count", {"empty": [65535]}, 65535, NOTHING),
        ("count", {"empty": [65535]}, 65535.0, NOTHING),
        ("count", {"empty": [65535]}, 65534, 65534),
        ("level", {"empty": [65535], "scale": 0.1}, 65535, NOTHING),
        ("on", {"empty": ["unknown"], "map": {"on": True}}, "unknown", NOTHING),
        ("on", {"empty": ["on"], "map": {"on": True}}, "on", NOTHING),
        ("on", {"empty": [1], "map": {1: True, 0: False}}, True, True),
        ("on", {"map": {"on": True}}, "\0on\r\n", True),
        # null and nothing
        ("level", "v", None, NOTHING),
        ("on", {"equals": "open"}, None, NOTHING),
        ("on", {"contains": "x"}, None, NOTHING),
        ("level", {"absent": 0}, None, NOTHING),
    ],
)
def test_a_raw_value_becomes_a_value_of_the_metric(metric: str, source: object, raw: object, expected: object) -> None:
    value = said(metric, source, raw)

    assert same(value, expected), value


@pytest.mark.parametrize(
    ("metric", "source", "raw", "reason"),
    [
        ("level", "v", "1,5", Reason.WRONG_TYPE),  # a decimal comma could as well part thousands
        ("level", "v", True, Reason.WRONG_TYPE),
        ("level", "v", 1001, Reason.OUT_OF_RANGE),
        ("level", "v", math.nan, Reason.OUT_OF_RANGE),
        ("level", "v", [1], Reason.WRONG_TYPE),
        ("note", "v", True, Reason.WRONG_TYPE),
        ("mode", "v", 9, Reason.UNKNOWN_VALUE),
        ("level", {"scale": 10}, 101, Reason.OUT_OF_RANGE),
        ("level", {"scale": 10}, True, Reason.WRONG_TYPE),
        ("level", {"scale": 10}, 10**400, Reason.OUT_OF_RANGE),
        ("level", {"unit": "mm"}, "12 V", Reason.WRONG_TYPE),
        ("level", {"unit": "mm"}, "high", Reason.WRONG_TYPE),
        ("level", {"unit": "mm"}, "1e999", Reason.OUT_OF_RANGE),
        ("level", {"unit": "mm"}, "", Reason.WRONG_TYPE),
        ("level", {"unit": "mm"}, "\ud800", Reason.MALFORMED),
        ("signal", {"unit": "dBm"}, math.nan, Reason.OUT_OF_RANGE),
        ("signal", {"unit": "dBm"}, True, Reason.WRONG_TYPE),
        ("few", {"scale": 0.1}, 5, Reason.WRONG_TYPE),
        ("few", {"scale": 0.1}, 308, Reason.WRONG_TYPE),
        ("on", {"map": {"ON": True, "OFF": False}}, "over", Reason.UNKNOWN_VALUE),
        ("on", {"map": {"ON": True}}, ["ON"], Reason.WRONG_TYPE),
        ("on", {"map": {"ON": True}, "otherwise": False}, {"a": 1}, Reason.WRONG_TYPE),
        ("on", {"equals": "open"}, ["open"], Reason.WRONG_TYPE),
        ("on", {"contains": "OB"}, 5, Reason.WRONG_TYPE),
        ("on", {"contains": "OB"}, True, Reason.WRONG_TYPE),
        ("on", {"bit": 0}, -1, Reason.WRONG_TYPE),
        ("on", {"bit": 0}, 1.5, Reason.WRONG_TYPE),
        ("on", {"bit": 0}, True, Reason.WRONG_TYPE),
        ("on", {"bit": 0}, "0x1", Reason.WRONG_TYPE),
        ("on", {"bit": 0}, math.inf, Reason.WRONG_TYPE),
        ("level", {"sum": True}, [1, "2"], Reason.WRONG_TYPE),
        ("level", {"sum": True}, [1, True], Reason.WRONG_TYPE),
        ("level", {"sum": True}, [1, None], Reason.WRONG_TYPE),
        ("level", {"sum": True}, [math.inf, -math.inf], Reason.OUT_OF_RANGE),
        ("level", {"sum": True}, [10**400, 1], Reason.OUT_OF_RANGE),
        ("level", {"sum": True}, [999, 2], Reason.OUT_OF_RANGE),
        ("items", "v", 5, Reason.WRONG_TYPE),
        ("items", "v", [["yard"]], Reason.WRONG_TYPE),
        ("items", "v", [True], Reason.WRONG_TYPE),
        ("items", "v", [2.5], Reason.WRONG_TYPE),
        ("items", "v", {"yard": True}, Reason.WRONG_TYPE),
        ("items", "v", ["\ud800"], Reason.MALFORMED),
        ("items", "v", ["x" * 1000, "y" * 1000], Reason.OUT_OF_RANGE),
        ("uid", {"decimal": True}, "04A2B3C4", Reason.WRONG_TYPE),
        ("uid", {"decimal": True}, -5, Reason.WRONG_TYPE),
        ("uid", {"decimal": True}, 1.5, Reason.WRONG_TYPE),
        ("uid", {"decimal": True}, 10**30, Reason.UNKNOWN_VALUE),
        ("uid", "v", "(null)", Reason.UNKNOWN_VALUE),
    ],
)
def test_an_invalid_raw_value_is_rejected_with_the_reason(
    metric: str, source: object, raw: object, reason: Reason
) -> None:
    assert said(metric, source, raw) is reason


@pytest.mark.parametrize("metric", METRICS)
def test_missing_is_unknown_and_null_is_too(metric: str) -> None:
    probe = Probe(values={metric: "v", "off": "sure"})

    assert probe.values({"sure": True}) == {"off": True}
    assert probe.values({"sure": True, "v": None}) == {"off": True}


def test_a_constant_is_read_from_every_message() -> None:
    assert Probe(values={"on": {"const": True}}).values({"anything": 1}) == {"on": True}
    assert Probe(values={"mode": {"const": 2}}).values({}) == {"mode": "away"}


def test_a_missing_value_may_have_a_default() -> None:
    probe = Probe(values={"on": {"path": "v", "absent": False}, "level": {"path": "n", "absent": 0, "scale": 10}})

    assert probe.values({}) == {"on": False, "level": 0.0}
    assert probe.values({"v": True, "n": 2}) == {"on": True, "level": 20.0}
    assert probe.values({"v": None, "n": 2}) == {"level": 20.0}


def test_the_first_of_several_paths_counts_and_the_next_where_it_is_null() -> None:
    probe = Probe(values={"level": {"path": ["a", "b.c"], "unit": "mm"}})

    assert probe.values({"a": 1000, "b": {"c": 2000}}) == {"level": 1.0}
    assert probe.values({"b": {"c": 2000}}) == {"level": 2.0}
    assert probe.values({"a": None, "b": {"c": 2000}}) == {"level": 2.0}
    assert probe.fragment({"a": None}) == []


def test_a_list_of_paths_alone_is_a_source() -> None:
    assert Probe(values={"level": ["a", "b"]}).values({"b": 2}) == {"level": 2.0}


SCALED = {"path": "v", "scale_by": {"path": "exponent", "map": {0: 1, 1: 0.1, 2: 0.01}}}


@pytest.mark.parametrize(
    ("source", "message", "values"),
    [
        (SCALED, {"v": 1234, "exponent": 2}, {"level": 12.34}),
        (SCALED, {"v": 123, "exponent": 0}, {"level": 123.0}),
        ({"path": "v", "scale_by": {"path": "ct"}}, {"v": 1.5, "ct": 40}, {"level": 60.0}),
        ({"path": "v", "unit": "mm", "scale_by": {"path": "ct"}}, {"v": 500, "ct": 40}, {"level": 20.0}),
        ({"path": "v", "scale_by": {"path": "$.ct"}}, {"v": 3, "ct": 0.1}, {"level": 0.3}),
        ({"path": "v", "scale_by": {"path": "ct", "absent": 10}}, {"v": 3}, {"level": 30.0}),
        ({"path": "v", "scale_by": {"path": "flags", "bits": [0, 4]}}, {"v": 3, "flags": 0xF2}, {"level": 6.0}),
    ],
)
def test_a_message_may_hold_the_factor_of_its_values(source: object, message: object, values: dict[str, float]) -> None:
    assert Probe(values={"level": source}).values(message) == values


@pytest.mark.parametrize("message", [{"v": 5}, {"v": 5, "exponent": None}])
def test_without_its_factor_a_value_is_unknown(message: object) -> None:
    assert Probe(values={"level": SCALED, "off": {"const": True}}).values(message) == {"off": True}


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"v": 5, "exponent": 9}, Reason.UNKNOWN_VALUE),
        ({"v": 5, "exponent": [1]}, Reason.WRONG_TYPE),
        ({"v": 10**400, "exponent": 1}, Reason.OUT_OF_RANGE),
    ],
)
def test_a_value_with_an_invalid_factor_is_rejected_under_its_own_name(message: object, reason: Reason) -> None:
    rejected = Probe(values={"level": SCALED}).rejected(message)

    assert (rejected.reason, rejected.metric) == (reason, "level")


def test_a_factor_that_is_not_a_number_rejects_the_value() -> None:
    for factor in ("forty", True, math.inf, math.nan):
        kept = Probe(values={"level": {"path": "v", "scale_by": {"path": "ct"}}}).rejected({"v": 5, "ct": factor})
        assert kept.reason in (Reason.WRONG_TYPE, Reason.OUT_OF_RANGE)


def test_308_tenths_are_rounded_to_30_8() -> None:
    assert said("level", {"scale": 0.1}, 308) == 30.8
    assert said("level", {"unit": "mm"}, 2299) == 2.299


@pytest.mark.parametrize(
    ("source", "text", "values"),
    [
        ({"level": {}}, "21.5", {"level": 21.5}),
        ({"level": {}}, " 21.5\n", {"level": 21.5}),
        ({"level": {}}, "21.5 m", {"level": 21.5}),
        ({"level": {"unit": "mm"}}, "1250", {"level": 1.25}),
        ({"level": {"scale": 0.1}}, "15", {"level": 1.5}),
        ({"few": {}}, "3", {"few": 3}),
        ({"few": {}}, "3.0", {"few": 3}),
        ({"on": {}}, "true", {"on": True}),
        ({"on": {}}, "false", {"on": False}),
        ({"on": {"map": {"ON": True, "OFF": False}}}, "OFF", {"on": False}),
        ({"on": {"map": {"1": True, "0": False}}}, "0", {"on": False}),
        ({"on": {"map": {1: True, 0: False}}}, "0", {"on": False}),
        ({"on": {"equals": "online"}}, "online", {"on": True}),
        ({"on": {"equals": 1}}, "1", {"on": True}),
        ({"on": {"equals": 1}}, "0", {"on": False}),
        ({"on": {"contains": "OB"}}, "OB LB", {"on": True}),
        ({"on": {"bit": 1}}, "3", {"on": True}),
        ({"count": {"bits": [1, 2]}}, "6", {"count": 3}),
        ({"mode": {"bits": [1, 2]}}, "2", {"mode": "normal"}),
        ({"mode": {}}, "2", {"mode": "away"}),
        ({"mode": {}}, "normal", {"mode": "normal"}),
        ({"note": {}}, "漏水", {"note": "漏水"}),
        ({"note": {}}, "", {"note": ""}),
        ({"uid": {}}, "04 a2 b3 c4", {"uid": "04A2B3C4"}),
        ({"uid": {"decimal": True}}, "7616525", {"uid": "0074380D"}),
        ({"on": {"const": True}}, "whatever", {"on": True}),
        ({"note": {}, "on": {"const": True}}, "x", {"note": "x", "on": True}),
    ],
)
def test_numbers_and_bools_are_read_from_a_plain_text(
    source: dict[str, Any], text: str, values: dict[str, object]
) -> None:
    decoded = Probe(format="plain", values=source).values(text)

    assert decoded == values
    assert [type(value) for value in decoded.values()] == [type(value) for value in values.values()]


@pytest.mark.parametrize(
    ("source", "text", "reason"),
    [
        ({"level": {}}, "high", Reason.WRONG_TYPE),
        ({"level": {}}, "nan", Reason.WRONG_TYPE),
        ({"level": {}}, "", Reason.WRONG_TYPE),
        ({"level": {}}, "21.5 V", Reason.WRONG_TYPE),
        ({"level": {}}, "1" * 5000, Reason.WRONG_TYPE),
        ({"few": {}}, "3.5", Reason.WRONG_TYPE),
        ({"few": {}}, "11", Reason.OUT_OF_RANGE),
        ({"on": {}}, "1", Reason.WRONG_TYPE),
        ({"mode": {}}, "9", Reason.UNKNOWN_VALUE),
        ({"mode": {}}, "9" * 20, Reason.UNKNOWN_VALUE),
        ({"on": {"map": {"ON": True}}}, "ja", Reason.UNKNOWN_VALUE),
        ({"level": {}}, b"\xff", Reason.MALFORMED),
    ],
)
def test_any_other_plain_text_is_rejected(source: dict[str, Any], text: object, reason: Reason) -> None:
    assert Probe(format="plain", values=source).rejected(text).reason is reason


@pytest.mark.parametrize("empty", ["65535", 65535])
def test_a_plain_text_may_stand_for_no_value(empty: object) -> None:
    probe = Probe(format="plain", values={"level": {"empty": [empty, "(null)"]}})

    assert probe.fragment("65535") == []
    assert probe.fragment("(null)") == []


# What cannot be -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "source", "complaint"),
    [
        ("on", {"scale": 2}, "on: `scale`, `offset` and `unit` are for numbers, the metric is bool"),
        ("note", {"unit": "V"}, "cannot be converted"),
        ("note", {"unit": ""}, "`scale`, `offset` and `unit` are for numbers, the metric is string"),
        ("level", {"unit": "V"}, "'V' cannot be converted to 'm'"),
        ("level", {"unit": "foo"}, "'foo' cannot be converted"),
        ("free", {"unit": "V"}, "'V' cannot be converted"),
        ("level", {"equals": 1}, "`equals` gives true or false, the metric is float"),
        ("note", {"contains": "x"}, "`contains` gives true or false, the metric is string"),
        ("level", {"bit": 1}, "a `bit` is true or false, the metric is float"),
        ("note", {"sum": True}, "`sum` is for numbers, the metric is string"),
        ("on", {"sum": True}, "`sum` is for numbers, the metric is bool"),
        ("level", {"decimal": True}, "`decimal` is for tags, the metric is float"),
        ("note", {"decimal": True}, "`decimal` is for tags, the metric is string"),
        ("on", {"scale_by": "x"}, "`scale_by` is for numbers, the metric is bool"),
        ("on", {"map": {"ON": 1}}, "map: on is 1, true or false was expected"),
        ("mode", {"map": {"x": "moving"}}, "map: mode is 'moving', none of 0 stopped"),
        ("few", {"map": {"x": 11}}, "map: few is 11, outside 0 … 10"),
        ("uid", {"map": {"x": "nothing"}}, "map: uid: 'nothing' is not a tag UID"),
        ("on", {"map": {"ON": True}, "otherwise": "no"}, "otherwise: on is 'no'"),
        ("level", {"absent": "none"}, "absent: level is 'none'"),
        ("few", {"absent": 99}, "absent: few is 99, outside"),
    ],
)
def test_a_source_that_cannot_give_its_metric_is_rejected(metric: str, source: Any, complaint: str) -> None:  # noqa: ANN401
    with pytest.raises(ValueError) as failure:  # noqa: PT011 — the sentence is looked at below
        reader_of(metric, Metric.model_validate(METRICS[metric]), Source.model_validate({"path": "v", **source}))
    assert complaint in str(failure.value)


def test_a_constant_must_be_a_value_of_its_metric() -> None:
    with pytest.raises(ValueError, match="const: few is 99, outside 0 … 10"):
        reader_of("few", Metric.model_validate(METRICS["few"]), Source(const=99))


# Properties ---------------------------------------------------------------------------------------------------------

RAW = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**300, 10**320)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["ON", "21.5 mm", "1e999 m", "04A2B3C4", "\ud800", "-75 dBm", "٣"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=5,
)
SOURCES: list[tuple[str, dict[str, Any]]] = [
    *((metric, {}) for metric in METRICS),
    ("level", {"scale": 0.1, "offset": -3}),
    ("level", {"unit": "mm"}),
    ("signal", {"unit": "dBm"}),
    ("warmth", {"unit": "°F"}),
    ("few", {"unit": ""}),
    ("few", {"scale": 1e300}),
    ("few", {"bits": [2, 4]}),
    ("level", {"sum": True}),
    ("level", {"scale_by": "f"}),
    ("level", {"scale_by": {"path": "f", "map": {1: 1e-300}, "otherwise": 1e300}}),
    ("on", {"map": {"ON": True, 1: False}, "otherwise": True}),
    ("on", {"equals": ["ON", 1]}),
    ("on", {"contains": "ON"}),
    ("on", {"bit": 5}),
    ("items", {}),
    ("uid", {"decimal": True}),
    ("mode", {"bits": [0, 1], "empty": [3]}),
]


@given(st.sampled_from(SOURCES), RAW, RAW)
def test_reading_never_raises_on_any_json_value(
    given_source: tuple[str, dict[str, Any]], raw: object, factor: object
) -> None:
    metric, source = given_source
    probe = Probe(values={metric: {"path": "v", **source}})
    part = probe.fragment(json.dumps({"v": raw, "f": factor}).encode())

    assert isinstance(part, list)
    for decoded in part:
        assert_fits(decoded)


@given(st.sampled_from([each for each in SOURCES if "sum" not in each[1]]), st.text(max_size=9))
def test_reading_never_raises_on_any_plain_text(given_source: tuple[str, dict[str, Any]], text: str) -> None:
    metric, source = given_source
    if "scale_by" in source:
        return
    part = Probe(format="plain", values={metric: source}).fragment(text)

    assert isinstance(part, list)
    for decoded in part:
        assert_fits(decoded)


def assert_fits(decoded: Decoded | Rejected) -> None:
    """Each value is one of its metric, each rejection says why."""
    assert isinstance(decoded, Decoded)
    kinds = {"bool": bool, "int": int, "float": float}
    for name, value in decoded.values.items():
        metric = METRICS[name]
        assert type(value) is kinds.get(metric["type"], str)
        if isinstance(value, int | float) and "range" in metric:
            assert metric["range"][0] <= value <= metric["range"][1]
        assert not isinstance(value, float) or math.isfinite(value)
    assert all(each.detail for each in decoded.rejected)
