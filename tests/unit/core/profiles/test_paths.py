"""Where values stand in a JSON document."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.profiles.element_paths import captures_of, compile_paths
from gateway.core.profiles.paths import MISSING, compile_first, compile_path, parse_path

DOCUMENT: dict[str, Any] = {
    "ENERGY": {"Total": 1.5, "Power": [1, 2, 3], "Factor": None},
    "a.b": {"c d": True},
    "switch:0": {"apower": 9},
    "": 7,
    "d": [
        {"tag": "Pump1:Running", "value": 1},
        {"tag": "Pump1:Current", "value": 7.4},
        {"tag": 3, "value": "three"},
        {"tag": True, "value": "true"},
        "no object",
        {"value": "no tag"},
    ],
    "nested": [[1, 2], [3]],
    "电压": 230,
}


def found(path: str, *, element: Any = DOCUMENT, root: Any = DOCUMENT) -> Any:  # noqa: ANN401
    return compile_path(path)(element, root)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("ENERGY.Total", 1.5),
        ("ENERGY.Factor", None),
        ('"a.b"."c d"', True),
        ('"a.b".c d', True),
        ('"ENERGY".Total', 1.5),
        ("switch:0.apower", 9),
        ("电压", 230),
        ("ENERGY.Power[0]", 1),
        ("ENERGY.Power[2]", 3),
        ("ENERGY.Power[-1]", 3),
        ("ENERGY.Power[-3]", 1),
        ("nested[0][1]", 2),
        ("nested[-1][0]", 3),
        ("d[tag=Pump1:Running].value", 1),
        ("d[tag=Pump1:Current].value", 7.4),
        ("d[tag=3].value", "three"),
        ("d[1].tag", "Pump1:Current"),
    ],
)
def test_a_path_finds_the_value_that_it_leads_to(path: str, value: object) -> None:
    assert found(path) == value


@pytest.mark.parametrize(
    "path",
    [
        "energy.Total",
        "ENERGY.total",
        "ENERGY.Total.more",
        "ENERGY.Factor.more",
        "ENERGY[0]",
        "ENERGY.Total[0]",
        "ENERGY.Power[3]",
        "ENERGY.Power[-4]",
        "ENERGY.Power.0",
        "a.b",
        "d[tag=Pump2:Running].value",
        "d[tag=True].value",
        "d[tag=].value",
        "d[label=Pump1:Running].value",
        "ENERGY[tag=x]",
        "d.tag",
    ],
)
def test_a_path_that_leads_to_nothing_finds_missing(path: str) -> None:
    assert found(path) is MISSING


@pytest.mark.parametrize("element", [None, True, 5, 1.5, "text", [], {}])
@pytest.mark.parametrize("path", ["a", "a.b", "[0]", "a[0]", "[b=c].d", "$.a", '"a.b"'])
def test_a_path_into_a_value_of_another_type_finds_missing(path: str, element: object) -> None:
    assert found(path, element=element, root=element) is MISSING


def test_null_is_not_missing() -> None:
    assert found("ENERGY.Factor") is None


def test_a_dot_alone_is_the_element_itself() -> None:
    assert found(".", element=5) == 5
    assert found(".", element=None) is None


def test_a_path_from_the_root_starts_at_the_whole_document() -> None:
    element = {"Total": "of the element", "ENERGY": {"Total": "of the element too"}}

    assert found("$.ENERGY.Total", element=element) == 1.5
    assert found("$.电压", element=element) == 230
    assert found("Total", element=element) == "of the element"


def test_an_array_may_be_the_root() -> None:
    assert found("[1].x", element=[{"x": 1}, {"x": 2}]) == 2
    assert found("$.[1].x", element=None, root=[{"x": 1}, {"x": 2}]) == 2


@pytest.mark.parametrize(
    ("document", "value"),
    [
        ({"b": 2, "a": 1}, 1),
        ({"b": 2}, 2),
        ({"a": None, "b": 2}, 2),
        ({"a": None, "b": None}, None),
        ({"a": None}, None),
        ({"b": None, "c": 3}, 3),
        ({"a": False, "b": 2}, False),
        ({"a": 0, "b": 2}, 0),
        ({"a": "", "b": 2}, ""),
        ({}, MISSING),
    ],
)
def test_of_several_paths_the_first_with_a_value_other_than_null_counts(document: object, value: object) -> None:
    assert compile_first(["a", "b", "c"])(document, document) is value


@pytest.mark.parametrize(
    "path",
    [
        "",
        "..",
        ".a",
        "a.",
        "a..b",
        "$.",
        "$..a",
        "a[",
        "a]",
        "a[]b",
        "a[x]",
        "a[1",
        "a[1.5]",
        "a[--1]",
        "a[0]b",
        "a[=x]",
        '"a',
        'a"b"',
        '"a"b',
        '""',
        '"a"."',
        "a.[0].",
    ],
)
def test_an_invalid_path_is_rejected_with_an_example(path: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{path!r} is not a path: write keys with dots between")):
        parse_path(path, many=True)


@pytest.mark.parametrize("path", ["data[]", "data[].value", "[]"])
def test_only_readings_may_lead_to_each_item(path: str) -> None:
    with pytest.raises(
        ValueError, match=r"only `readings` may lead to each item of an array; write \[0\] for the first"
    ):
        compile_path(path)


@pytest.mark.parametrize("path", ["switch:{channel}", "a.{device}.b", "{device}"])
def test_only_readings_may_capture(path: str) -> None:
    with pytest.raises(ValueError, match="only `readings` may capture a part of a key"):
        compile_path(path)


@pytest.mark.parametrize(
    "path", ["{}", "{Device}", "{a-b}", "{device", "{device}{device}", "{{device}}", "x{1}", "{a}-{a}"]
)
def test_a_capture_is_a_name_in_braces(path: str) -> None:
    with pytest.raises(ValueError, match=r"is not a path|a capture is a name in braces, such as switch:\{channel\}"):
        compile_paths(path)


MANY: dict[str, Any] = {
    "params": {"switch:0": {"on": 1}, "switch:1": {"on": 2}, "switch:": {"on": 3}, "sys": {"on": 4}},
    "data": [{"id": "a", "r": [1, 2]}, {"id": "b", "r": [3]}, 5, None],
    "devices": {"pump-1": {"values": {"x": 1}}, "pump-2": {"values": {"x": 2}}, "pump-3": {}},
    "line\nbreak": 1,
}


@pytest.mark.parametrize(
    ("path", "elements"),
    [
        ("params.switch:{channel}", [({"on": 1}, {"channel": "0"}), ({"on": 2}, {"channel": "1"})]),
        (
            "params.{kind}:{channel}",
            [({"on": 1}, {"kind": "switch", "channel": "0"}), ({"on": 2}, {"kind": "switch", "channel": "1"})],
        ),
        ("devices.{device}.values", [({"x": 1}, {"device": "pump-1"}), ({"x": 2}, {"device": "pump-2"})]),
        ("devices.pump-{device}.values.x", [(1, {"device": "1"}), (2, {"device": "2"})]),
        ("data[]", [(each, {}) for each in MANY["data"]]),
        ("data[].r[]", [(1, {}), (2, {}), (3, {})]),
        ("data[].r[0]", [(1, {}), (3, {})]),
        ("data[id=b].r[]", [(3, {})]),
        ("data[0].r", [([1, 2], {})]),
        ("line{rest}", [(1, {"rest": "\nbreak"})]),
        ("params.sys", [({"on": 4}, {})]),
        ("params[]", []),
        ("data.{device}", []),
        ("nowhere[]", []),
        ("devices.{device}.values.x.y", []),
    ],
)
def test_readings_lead_to_each_item_and_each_key_that_fits(path: str, elements: list[tuple[object, object]]) -> None:
    assert list(compile_paths(path)(MANY)) == elements


def test_the_message_itself_may_be_the_array() -> None:
    assert list(compile_paths("[]")([1, {"a": 2}])) == [(1, {}), ({"a": 2}, {})]
    assert list(compile_paths("{device}")({"p1": 1, "p2": 2})) == [(1, {"device": "p1"}), (2, {"device": "p2"})]


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("data[]", set()),
        ("params.switch:{channel}", {"channel"}),
        ("{device}.{kind}:{channel}", {"device", "kind", "channel"}),
    ],
)
def test_captures_of_returns_the_names_that_a_path_captures(path: str, names: set[str]) -> None:
    assert captures_of(path) == names


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc") | st.text(max_size=2), inner),
    max_leaves=10,
)


def mistake(call: Any, text: str) -> str | None:  # noqa: ANN401 — a function of paths
    try:
        call(text)
    except ValueError as error:
        return str(error)
    return None


@given(st.text(alphabet='ab.[]{}="-0$ ', max_size=12))
def test_any_text_is_a_path_or_is_rejected_with_a_sentence(text: str) -> None:
    for call in (compile_path, compile_paths, captures_of):
        said = mistake(call, text)
        assert said is None or " is not a path: " in said or "only `readings`" in said or "a capture is" in said


@given(JSON, st.sampled_from(["a", "a.b", "a[0]", "a[-1].b", "[a=b].c", "$.a.b", "."]))
def test_a_path_never_raises_on_any_document(document: Any, path: str) -> None:  # noqa: ANN401
    found(path, element=document, root=document)


@given(JSON, st.sampled_from(["a[]", "[]", "{x}", "a.{x}.b", "{x}:{y}", "a[].b[]", "[a=b]"]))
def test_readings_never_raise_on_any_document(document: Any, path: str) -> None:  # noqa: ANN401
    for _, captured in compile_paths(path)(document):
        assert set(captured) == captures_of(path)
