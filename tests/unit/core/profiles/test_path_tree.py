"""Many paths looked up at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.profiles.path_tree import SEVERAL, PathTree, compile_obstacle
from gateway.core.profiles.paths import MISSING, compile_path, parse_path

PATHS = ["a", "b", "a.b", "a.c", "a.b.c", "a[0]", "a[-1].b", "a[1].b.c", "a[b=x].c", "[0].a", "b[0][0]", '"a.b"']


def tree_of(*paths: str, is_only: bool = True) -> PathTree:
    """Each path is that of the field with its number."""
    tree = PathTree()
    for number, path in enumerate(paths):
        tree.add(number, parse_path(path)[1], is_only=is_only)
    return tree


def found(tree: PathTree, document: object) -> dict[int, Any]:
    fields: dict[int, Any] = {}
    tree.find(document, fields)
    return fields


def test_each_path_that_leads_to_a_value_is_found_with_it() -> None:
    document = {"a": {"b": {"c": 1}, "x": 2}, "b": None, "y": {"a": 3}}

    assert found(tree_of("a.b.c", "a.c", "b", "a.x", "c"), document) == {0: 1, 2: None, 3: 2}


def test_a_path_may_end_where_another_leads_on() -> None:
    assert found(tree_of("a", "a.b", "a[0]"), {"a": {"b": 1}}) == {0: {"b": 1}, 1: 1}
    assert found(tree_of("a", "a.b", "a[0]"), {"a": [1]}) == {0: [1], 2: 1}


def test_of_a_field_with_several_paths_is_only_known_that_one_may_lead_to_it() -> None:
    assert found(tree_of("a.b", "c", is_only=False), {"a": {"b": 1}}) == {0: SEVERAL}


@pytest.mark.parametrize("single", [True, 0, 1.5, "", "text"])
def test_a_single_value_where_a_key_should_follow_may_bar_the_path(single: object) -> None:
    assert found(tree_of("a.b", "a[0].b", "a[0]", "c"), {"a": single}) == {0: SEVERAL}
    assert found(tree_of("a.b", "a[0].b", "a[0]", "c"), {"a": [single]}) == {1: SEVERAL, 2: single}


@pytest.mark.parametrize("document", [None, [], {}, 1, "a", {"a": None}, {"a": []}, {"a": [None]}])
def test_null_and_lists_bar_nothing(document: object) -> None:
    assert found(tree_of("a.b", "a[0].b"), document) == {}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["x", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.sampled_from(PATHS), min_size=1, unique=True), VALUES)
def test_a_tree_finds_what_its_paths_find_and_what_bars_them(paths: list[str], document: object) -> None:
    fields = found(tree_of(*paths), document)

    for number, path in enumerate(paths):
        value = compile_path(path)(document, document)
        obstacle = compile_obstacle([path])
        if value is not MISSING:
            assert fields[number] is value
        elif obstacle is not None and obstacle(document, document) is not MISSING:
            assert fields[number] is SEVERAL
        else:
            assert number not in fields
