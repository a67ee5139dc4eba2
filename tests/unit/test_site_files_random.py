"""No file is too strange: whatever it holds, it is taken, or told of at a place that it has, with words that help."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from gateway.authoring.histories.doing import Deed
from gateway.authoring.histories.spec import Expectation, HistorySpec, SentMessage
from gateway.authoring.payload_tests import PayloadTest
from gateway.core.profiles.bindings import Binding, Channel, Match, Present, Source, TimeSource
from gateway.core.profiles.metric import Attribute, Metric
from gateway.core.profiles.profile import ClockTolerance, Dialect, Profile
from gateway.core.site.site import DeviceSpec
from gateway.site_files.catalogue import profiles
from gateway.site_files.documents import read_document
from gateway.site_files.explain import validate
from gateway.site_files.problems import Problem
from gateway.site_files.profile_checks import check_profiles

MODELS: list[type[BaseModel]] = [
    *(Profile, Metric, Attribute, ClockTolerance, Dialect, Binding, Channel, Match, Present, Source, TimeSource),
    *(DeviceSpec, PayloadTest, HistorySpec, Deed, SentMessage, Expectation),
]
KEYS = sorted(
    {field.alias or name for model in MODELS for name, field in model.model_fields.items()} | {"a", "0f", "x.y"}
)
SCALARS: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        -1,
        0.5,
        10**20,
        "",
        "a",
        "a..b",
        "{device}",
        "bool",
        "enum",
        "bytes",
        "u8",
        "0f",
        "日",
        "'",
        "`",
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
MAPPINGS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5)
RIGHT = {
    "profile": "a",
    "title": {"en": "A"},
    "metrics": {"a": {"type": "float", "unit": "m"}, "x": {"type": "bool"}},
    "messages": [{"topic": "a/{device}"}],
}


def told(model: type[BaseModel], mapping: dict[str, Any]) -> list[Problem]:
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "a.yaml"
        file.write_text(json.dumps(mapping, ensure_ascii=False), encoding="utf-8")  # JSON is YAML
        document, problems = read_document(file)
    assert document is not None
    if model is Profile:
        known = profiles()
        return [*problems, *known.read(document, ()), *check_profiles(known)]
    _, found = validate(document, (), model)
    return [*problems, *found]


def assert_told_well(problems: list[Problem], size: int) -> None:
    for problem in problems:
        assert problem.line == 1
        assert 1 <= problem.column <= size
        assert problem.what
        assert "\n" not in str(problem)
        assert "function-" not in problem.what, problem
        assert "should" not in problem.what, f"in the words of pydantic: {problem}"


@settings(max_examples=300)
@given(
    st.sampled_from([DeviceSpec, PayloadTest, Source, Metric, HistorySpec, Deed, SentMessage, Expectation]), MAPPINGS
)
def test_whatever_a_mapping_holds_is_taken_or_told_of(model: type[BaseModel], mapping: dict[str, Any]) -> None:
    assert_told_well(told(model, mapping), len(json.dumps(mapping, ensure_ascii=False)))


@settings(max_examples=300)
@given(st.sampled_from(sorted(Profile.model_fields)), VALUES)
def test_whatever_a_part_of_a_profile_is_it_is_taken_or_told_of(key: str, value: object) -> None:
    profile = {**RIGHT, key: value}

    assert_told_well(told(Profile, profile), len(json.dumps(profile, ensure_ascii=False)))


@settings(max_examples=500)
@given(MAPPINGS, st.sampled_from(["json", "plain", "bytes", "lorawan", "sparkplug"]), MAPPINGS)
def test_whatever_a_binding_holds_is_taken_or_told_of(
    binding: dict[str, Any], form: str, source: dict[str, Any]
) -> None:
    profile = {**RIGHT, "messages": [{"topic": "a/{device}", "format": form, "values": {"a": source}, **binding}]}

    assert_told_well(told(Profile, profile), len(json.dumps(profile, ensure_ascii=False)))
