from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.core.kernel.times import MINUTE, SECOND
from gateway.core.profiles.bindings import Binding
from gateway.core.profiles.metric import Attribute, Metric, check_attribute
from gateway.core.profiles.profile import Profile


def profile(**changes: Any) -> Profile:  # noqa: ANN401
    parts: dict[str, Any] = {
        "profile": "pump",
        "title": {"en": "Pump", "zh": "水泵"},
        "metrics": {"running": {"type": "bool"}},
        "messages": [{"topic": "site/{site}/pump/{device}/telemetry", "time": "ts"}],
    }
    return Profile.model_validate({**parts, **changes})


def refusal(call: Any, *arguments: Any, **changes: Any) -> str:  # noqa: ANN401
    with pytest.raises(ValidationError) as failure:
        call(*arguments, **changes)
    return str(failure.value)


def test_a_profile_sets_the_tolerance_of_clocks_or_has_the_default() -> None:
    assert profile().clock.behind == 5 * MINUTE
    assert profile(clock={"behind": "1m", "ahead": "10s"}).clock.ahead == 10 * SECOND


@pytest.mark.parametrize("name", ["Running", "2nd", "a-b", "", "läuft"])
def test_a_metric_needs_a_name_that_conditions_and_databases_can_hold(name: str) -> None:
    assert "is not a name" in refusal(profile, metrics={name: {"type": "bool"}})


@pytest.mark.parametrize("name", ["in", "type", "double", "loop", "true"])
def test_a_word_of_the_condition_language_cannot_name_a_metric_or_attribute(name: str) -> None:
    assert "a word of the condition language" in refusal(profile, metrics={name: {"type": "bool"}})
    assert "a word of the condition language" in refusal(profile, attributes={name: {"type": "int", "default": 1}})


def test_a_metric_and_an_attribute_cannot_share_a_name() -> None:
    assert "cannot share" in refusal(profile, attributes={"running": {"type": "bool", "default": True}})


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ({"type": "bool"}, False),
        ({"type": "string", "event": False}, False),
        ({"type": "string", "event": True}, True),
        ({"type": "bool", "event": True, "default": False}, True),
        ({"type": "tag"}, True),
    ],
)
def test_a_metric_is_an_event_if_it_says_so_or_is_a_tag(metric: dict[str, Any], expected: bool) -> None:
    assert Metric.model_validate(metric).is_event is expected


def test_the_time_stamp_cannot_be_a_metric_too() -> None:
    assert "time stamp" in refusal(profile, metrics={"ts": {"type": "float"}})


def test_two_bindings_cannot_have_one_topic() -> None:
    assert "the first takes every message" in refusal(
        profile, messages=[{"topic": "a/{device}"}, {"topic": "a/{device}"}]
    )


@pytest.mark.parametrize(
    ("metric", "complaint"),
    [
        ({"type": "enum"}, "needs `values`"),
        ({"type": "int", "values": {0: "off"}}, "only an enum"),
        ({"type": "bool", "range": [0, 1]}, "not for bool"),
        ({"type": "float", "range": [2, 2]}, "must rise"),
        ({"type": "float", "range": [float("nan"), 2]}, "must rise"),
        ({"type": "bool", "default": 0}, "not of type bool"),
        ({"type": "int", "default": 1.5}, "not of type int"),
        ({"type": "int", "default": True}, "not of type int"),
        ({"type": "float", "default": "x"}, "not of type float"),
        ({"type": "float", "range": [0, 1], "default": 2}, "outside the range"),
        ({"type": "enum", "values": {0: "off"}, "default": "on"}, "none of off"),
        ({"type": "enum", "values": {0: "off"}, "default": 0}, "none of off"),
        ({"type": "tag", "default": "04A2B3C4"}, "has no default"),
        ({"type": "tag", "event": True}, "an event by its type"),
        ({"type": "tag", "event": False}, "an event by its type"),
    ],
)
def test_the_parts_of_a_metric_must_fit_its_type(metric: dict[str, Any], complaint: str) -> None:
    assert complaint in refusal(Metric.model_validate, metric)


@pytest.mark.parametrize(
    "metric",
    [
        {"type": "bool", "default": False},
        {"type": "int", "range": [0, 5], "default": 5},
        {"type": "float", "default": 3},
        {"type": "string", "default": ""},
        {"type": "enum", "values": {0: "off", 1: "on"}, "default": "off"},
    ],
)
def test_a_metric_may_have_a_default_of_its_type(metric: dict[str, Any]) -> None:
    assert Metric.model_validate(metric).default == metric["default"]


@pytest.mark.parametrize(
    "topic",
    [
        "site/a/telemetry",
        "a/{device}/{device}",
        "a/{thing}",
        "a/{Device}",
        "{device}{channel}",
        "a/+/{device}",
        "{device}/#",
    ],
)
def test_a_topic_names_the_device_once_and_has_no_wildcards(topic: str) -> None:
    refusal(Binding.model_validate, {"topic": topic})


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("bool", True, True),
        ("bool", 1, False),
        ("int", 1, True),
        ("int", 1.0, False),
        ("int", True, False),
        ("float", 1, True),
        ("float", 1.5, True),
        ("float", False, False),
        ("string", "x", True),
        ("string", 1, False),
    ],
)
def test_an_attribute_accepts_values_of_its_type(kind: Any, value: Any, fits: bool) -> None:  # noqa: ANN401
    defaults: dict[str, Any] = {"bool": False, "int": 0, "float": 0.0, "string": ""}
    attribute = Attribute(type=kind, default=defaults[kind])
    if fits:
        check_attribute(attribute, value)
    else:
        with pytest.raises(ValueError, match=f"not of type {kind}"):
            check_attribute(attribute, value)


def test_the_default_of_an_attribute_has_its_type() -> None:
    assert "not of type int" in refusal(Attribute, type="int", default="x")
