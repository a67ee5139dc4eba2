from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.rules import expressions
from gateway.core.rules.conditions import Condition, compile_condition

PROFILE = Profile.model_validate(
    {
        "profile": "pump",
        "title": {"en": "Pump"},
        "metrics": {
            "running": {"type": "bool"},
            "fault": {"type": "bool"},
            "pressure": {"type": "float"},
            "flow": {"type": "float"},
            "code": {"type": "int"},
            "mode": {"type": "enum", "values": {0: "stopped", 1: "normal"}},
            "note": {"type": "string"},
            "zones": {"type": "list"},
        },
        "attributes": {
            "forbidden": {"type": "string", "default": "vault"},
            "limit": {"type": "float", "default": 5},
            "steps": {"type": "int", "default": 3},
        },
        "messages": [{"topic": "site/{site}/pump/{device}"}],
    }
)


def compiled(text: str) -> Condition:
    return compile_condition(text, PROFILE)


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("running", {"running": True}, True),
        ("!running", {"running": True}, False),
        ("pressure < 3", {"pressure": 2.5}, True),
        ("pressure < 3", {"pressure": 3.0}, False),
        ("pressure >= -0.5", {"pressure": -0.5}, True),
        ("code == 3", {"code": 3}, True),
        ("code != 3", {"code": 3}, False),
        ("code == 3.0", {"code": 3}, True),
        ("code == 3 || code == 4", {"code": 4}, True),
        ("code in [3, 4]", {"code": 4}, True),
        ("pressure > limit", {"pressure": 5.5, "limit": 5}, True),
        ("pressure > 2 * limit", {"pressure": 9.5, "limit": 5}, False),
        ("pressure > steps", {"pressure": 3.5, "steps": 3}, True),
        ("pressure - flow > 1", {"pressure": 3.0, "flow": 1.5}, True),
        ('mode == "normal"', {"mode": "normal"}, True),
        ("mode == 'stopped'", {"mode": "normal"}, False),
        ('mode in ["stopped", "normal"]', {"mode": "normal"}, True),
        ('"yard" in zones', {"zones": "gate,yard"}, True),
        ('"yard" in zones', {"zones": "backyard,gate"}, False),
        ('"yard" in zones', {"zones": ""}, False),
        ('"yard" in zones', {}, None),
        ("forbidden in zones", {"zones": "hall,vault", "forbidden": "vault"}, True),
        ("running == true", {"running": True}, True),
        ("running == false", {"running": True}, False),
        ("true == running", {"running": True}, True),
        ("running && true", {"running": True}, True),
        ('note == "a && b"', {"note": "a && b"}, True),
        ('note == "3"', {"note": "3"}, True),
        ("running && pressure < 3 && code == 1", {"running": True, "pressure": 1.0, "code": 1}, True),
        ("running &&\n  pressure < 3", {"running": True, "pressure": 1.0}, True),
        ("pressure > 3 ? running : fault", {"pressure": 4.0, "running": True, "fault": False}, True),
        ("pressure > 1e2", {"pressure": 101.0}, True),
        ("pressure > .5", {"pressure": 0.6}, True),
        ("flow > 3.0 // not running", {"flow": 4.0}, True),
    ],
)
def test_a_condition_has_the_value_that_its_text_suggests(text: str, facts: dict[str, Value], expected: bool) -> None:
    assert compiled(text)(facts) is expected


@pytest.mark.parametrize(
    "text", ["running", "!running", "pressure < 3", "pressure < flow", "running && pressure < 3", "running || fault"]
)
def test_a_metric_that_was_never_sent_makes_a_condition_unknown_and_not_false(text: str) -> None:
    assert compiled(text)({"running": True} if text == "running && pressure < 3" else {}) is None


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("running && pressure < 3", {"running": False}, False),
        ("running && pressure < 3", {"pressure": 4.0}, False),
        ("running && pressure / flow < 3", {"running": False}, False),
        ("running || fault", {"fault": True}, True),
        ("running || fault", {"fault": False}, None),
        ("running && (fault || pressure > 3)", {"running": True, "fault": True}, True),
        ("running && (fault || pressure > 3)", {"running": True, "fault": False}, None),
        ("fault ? running : pressure > 3", {"fault": False, "pressure": 4.0}, True),
    ],
)
def test_a_condition_that_does_not_depend_on_an_unknown_metric_has_a_value(
    text: str, facts: dict[str, Value], expected: bool | None
) -> None:
    assert compiled(text)(facts) is expected


def test_a_condition_knows_which_metrics_it_reads() -> None:
    assert compiled('running && pressure < limit && note != "flow" // code').metrics == {"running", "pressure", "note"}


def test_a_failed_computation_is_unknown_and_counted() -> None:
    condition = compiled('note.matches("(" + note)')

    assert condition({"note": "x"}) is None
    assert condition({}) is None
    assert condition.failures == 1


def test_dividing_by_zero_raises_no_alarm() -> None:
    condition = compiled("pressure / flow > 2")

    assert condition({"pressure": 1.0, "flow": 0.0}) is True  # infinity, as IEEE 754 has it
    assert condition({"pressure": 0.0, "flow": 0.0}) is False  # not a number


@pytest.mark.parametrize(
    ("text", "sentence", "line", "caret"),
    [
        ("presure < 3", "undeclared reference to 'presure'", "presure < 3", 0),
        ("running && code == 30 && presure < 3", "'presure'", "running && code == 30 && presure < 3", 25),
        ("code == 30 &&\n  code == 31 && presure < 3", "'presure'", "  code == 31 && presure < 3", 16),
        ("running > 3", "no matching overload", "running > 3", 8),
        ("pressure <", "Syntax error", "pressure <", 10),
        ("pressure + 1", "this is DOUBLE, true or false is needed", "pressure + 1", 0),
        ("limit > 3", "reads no metric", "limit > 3", 0),
        ("true", "reads no metric", "true", 0),
        ('mode == "norml"', "mode is never 'norml', only stopped, normal", 'mode == "norml"', 9),
        ("running &&\n mode != 'norml'", "'norml'", " mode != 'norml'", 10),
        ('"norml" == mode', "'norml'", '"norml" == mode', 1),
        ('mode in ["normal", "stoped"]', "'stoped'", 'mode in ["normal", "stoped"]', 20),
    ],
)
def test_a_mistake_is_explained_with_a_caret_under_the_place(text: str, sentence: str, line: str, caret: int) -> None:
    with pytest.raises(ConditionError) as failure:
        compiled(text)

    said = str(failure.value).split("\n")
    assert sentence in said[0]
    assert said[1:3] == [line, " " * caret + "^"]


def test_every_mistake_of_a_condition_is_reported() -> None:
    with pytest.raises(ConditionError) as failure:
        compiled("presure < 3 && fow > 1")

    assert "'presure'" in str(failure.value)
    assert "'fow'" in str(failure.value)


# Properties ---------------------------------------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.integers(-(10**6), 10**6), st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 3))
)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "running": st.booleans(),
        "fault": st.booleans(),
        "pressure": NUMBERS.map(float),
        "flow": NUMBERS.map(float),
        "code": st.integers(-100, 100),
        "limit": NUMBERS,
        "steps": st.integers(-5, 5),
        "mode": st.sampled_from(["stopped", "normal"]),
        "note": st.text("abnoxyz 3", max_size=6),
    },
)
SIGNS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
NUMERIC = st.sampled_from(["pressure", "flow", "code", "limit", "steps"])
LITERALS = NUMBERS.filter(lambda number: "e" not in repr(number)).map(repr)
TERMS = st.one_of(
    st.sampled_from(["running", "!running", "! fault", "fault == true", "running != false", "running == fault"]),
    st.builds("{} {} {}".format, NUMERIC, SIGNS, LITERALS),
    st.builds("{}{}{}".format, NUMERIC, SIGNS, NUMERIC),
    st.builds('mode {} "{}"'.format, st.sampled_from(["==", "!="]), st.sampled_from(["stopped", "normal"])),
    st.builds('note {} "{}"'.format, SIGNS, st.text("abnoxyz 3", max_size=6)),
)
# A term that reads a metric stands first, as a condition without any is refused.
CONJUNCTIONS = st.builds(
    lambda first, others: " && ".join([first, *others]), st.sampled_from(["running", "pressure > 0"]), st.lists(TERMS)
)


def as_cel(text: str) -> Any:  # noqa: ANN401
    names = {match["name"] for match in expressions.TOKEN.finditer(text) if match["name"]}
    known = names & (PROFILE.metrics.keys() | PROFILE.attributes.keys())
    return expressions.as_test(expressions.check_expression(text, PROFILE), frozenset(known), frozenset())


@given(CONJUNCTIONS, FACTS)
def test_conditions_compiled_to_python_agree_with_cel(text: str, facts: dict[str, Value]) -> None:
    assert compiled(text).comparisons
    assert compiled(text)(facts) is as_cel(text)(facts)


def outcome_of(text: str) -> str | bool | None:
    """The error about a text, or its value on a device that has never reported."""
    try:
        return compiled(text)({})
    except ConditionError as error:
        return str(error)


@given(st.text())
def test_any_text_is_compiled_or_explained_with_a_caret(text: str) -> None:
    outcome = outcome_of(text)

    assert outcome in (None, True, False) or "^" in str(outcome)


@given(
    st.text(alphabet="presungf ().&|!<>=+-*/?:'\"0123456789\n[],{}\\x", max_size=40),
    st.sampled_from(["", "running && "]),
)
def test_anything_near_a_condition_is_compiled_or_explained(text: str, prefix: str) -> None:
    assert outcome_of(prefix + text) != ""
