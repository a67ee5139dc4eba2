"""Closures of conditions, held against CEL."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.rules import expressions
from gateway.core.rules.closures import closure_of
from gateway.core.rules.expressions import Test
from gateway.core.rules.syntax import parse

TYPES = {"running": "bool", "fault": "bool", "pressure": "float", "flow": "float", "code": "int", "mode": "enum"}
TYPES |= {"note": "string", "zones": "list"}
STATES = {"values": {0: "off", 1: "hand"}}
PROFILE = Profile.model_validate(
    {
        "profile": "pump",
        "title": {"en": "Pump"},
        "metrics": {name: {"type": kind, **(STATES if kind == "enum" else {})} for name, kind in TYPES.items()},
        "messages": [{"topic": "site/{site}/pump/{device}"}],
    }
)
LISTS = frozenset({"zones"})


def closure(text: str) -> Test | None:
    return closure_of(parse(text, PROFILE), TYPES)


def cel(text: str) -> Test:
    names = frozenset(each for each in expressions.names_in(text) if each in TYPES)
    return expressions.as_test(expressions.check_expression(text, PROFILE), names, LISTS & names)


NUMBERS = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 2.5, -3.0, 1e308, 1e-300]), st.floats(allow_nan=False, allow_infinity=False)
)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "running": st.booleans(),
        "fault": st.booleans(),
        "pressure": st.one_of(NUMBERS, st.integers(-3, 3)),
        "flow": NUMBERS,
        "code": st.one_of(st.integers(-3, 3), st.integers(2**53, 2**60)),
        "mode": st.sampled_from(["off", "hand"]),
        "note": st.sampled_from(["", "a", "b"]),
    },
)


def joined(*forms: str) -> Callable[[st.SearchStrategy[str]], st.SearchStrategy[str]]:
    """Makes a strategy of its parts: some of these forms of them."""
    return lambda part: st.one_of(*(st.builds(form.format, *[part] * form.count("{}")) for form in forms))


NUMERIC = st.recursive(
    st.sampled_from(["pressure", "flow", "code", "0.0", "2", "1e300"]),
    joined("({} + {})", "({} - {})", "({} * {})", "({} / {})", "(-{})", "min({}, {}, {})", "max({}, {})", "abs({})"),
    max_leaves=5,
)
TEXT = st.sampled_from(["mode", "note", '"off"', '"a"'])
LEAVES = st.one_of(
    st.sampled_from(["running", "fault", "true", "running == fault", "code in [1, 2]", 'mode in ["off", "on"]']),
    st.builds("{} {} {}".format, NUMERIC, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), NUMERIC),
    st.builds("{} {} {}".format, TEXT, st.sampled_from(["==", "!="]), TEXT),
    st.builds("({0} ? {1} : {2}) > {2}".format, st.sampled_from(["running", "flow > 1"]), NUMERIC, NUMERIC),
)
CONDITIONS = st.recursive(
    LEAVES, joined("({} && {})", "({} || {})", "!({})", "({} ? {} : {})", "{} && {} && {}"), max_leaves=6
)


@settings(max_examples=400)
@given(CONDITIONS, FACTS)
def test_a_closure_gives_what_cel_gives(text: str, facts: dict[str, Value]) -> None:
    found = closure(text)

    assert found is not None
    assert found(facts) is cel(text)(facts)


@pytest.mark.parametrize(
    "text",
    ["note < mode", "'east' in zones", "note.startsWith('a')", "[1, 2].exists(x, x > pressure)", "note + 'a' == mode"],
)
def test_lists_methods_and_the_order_of_texts_are_left_to_cel(text: str) -> None:
    assert closure(text) is None
