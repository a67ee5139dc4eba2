"""What is claimed of a condition before it runs, held against running it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.rules.analysis import can_fail, can_hold, example_of_both
from gateway.core.rules.conditions import compile_condition
from gateway.core.rules.limits import Scope, limits_in
from gateway.core.rules.syntax import parse

PROFILE = Profile.model_validate(
    {
        "profile": "pump",
        "title": {"en": "Pump"},
        "metrics": {
            "running": {"type": "bool"},
            "fault": {"type": "bool"},
            "pressure": {"type": "float", "range": [0, 10]},
            "flow": {"type": "float"},
            "code": {"type": "int", "range": [0, 9]},
            "mode": {"type": "enum", "values": {0: "off", 1: "hand", 2: "automatic"}},
            "note": {"type": "string"},
            "zones": {"type": "list"},
        },
        "attributes": {
            "low": {"type": "float", "default": 2},
            "high": {"type": "float", "default": 8},
            "enabled": {"type": "bool", "default": True},
        },
        "messages": [{"topic": "site/{site}/pump/{device}"}],
    }
)
DEFAULTS = PROFILE.attributes_of({})


def scope(*unsent: str, **attributes: Value) -> Scope:
    return Scope(PROFILE, {**DEFAULTS, **attributes}, frozenset(unsent))


@pytest.mark.parametrize(
    "text",
    [
        "pressure > 5 && pressure < 3",
        "pressure > 5 && !(pressure > 4)",
        "pressure > 10",
        "pressure < 0",
        "pressure == 11",
        "code > 3 && code < 4",
        "code == 2.5",
        "code in [10, 11]",
        "running && !running",
        "running == true && running == false",
        'mode == "off" && mode == "hand"',
        'mode != "off" && mode != "hand" && mode != "automatic"',
        'mode == "off" && !(mode in ["off", "hand"])',
        'note == "a" && note == "b"',
        "(pressure > 5 || running) && pressure < 3 && !running",
        "pressure > flow && !(pressure > flow)",
        "pressure < low && pressure > high",
        "pressure > 2 * high",
        "running ? pressure > 10 : code > 9",
        "false && running",
        "running && !enabled",
        "running && low > high",
    ],
)
def test_a_contradiction_is_found(text: str) -> None:
    assert not can_hold(parse(text, PROFILE), scope())


@pytest.mark.parametrize(
    "text",
    [
        "pressure >= 0",
        "pressure <= 10",
        "pressure > 3 || pressure < 5",
        "running || !running",
        "code != 2.5",
        'mode == "off" || mode != "off"',
        'mode in ["off", "hand", "automatic"]',
        "pressure > flow || !(pressure > flow)",
        "running || low < high",
        "!(pressure > 5 && pressure < 3)",
    ],
)
def test_what_always_holds_is_found(text: str) -> None:
    assert not can_fail(parse(text, PROFILE), scope())


@pytest.mark.parametrize(
    "text",
    [
        "pressure > 5 && flow < 3",
        "pressure > 9.999999",
        "pressure >= 10",
        "code > 3 && code < 5",
        "pressure > flow && pressure < flow",
        "pressure + 1 > 12",
        "pressure / flow > 3 && pressure < 1",
        'note.contains("OL") && note == "x"',
        '"yard" in zones && !("gate" in zones)',
        'zones.exists(each, each == "a")',
        "running != fault",
        "pressure > 3 * high / 0",
    ],
)
def test_of_what_it_cannot_tell_nothing_is_claimed(text: str) -> None:
    assert can_hold(parse(text, PROFILE), scope())
    assert can_fail(parse(text, PROFILE), scope())


def test_a_condition_with_thousands_of_alternatives_is_left_alone() -> None:
    text = " && ".join(f"(pressure > {i % 9} || flow < {i} || code == {i % 9})" for i in range(12))

    assert can_hold(parse(text + " && running && !running", PROFILE), scope())


def test_the_attributes_of_a_device_count() -> None:
    tree = parse("pressure > high", PROFILE)

    assert can_hold(tree, scope())
    assert not can_hold(tree, scope(high=10.0))


@pytest.mark.parametrize(
    ("text", "unsent", "holds", "fails"),
    [
        ("running && fault", {"fault"}, False, True),
        ("running || fault", {"fault"}, True, False),
        ("!fault", {"fault"}, False, False),
        ("pressure > flow", {"flow"}, False, False),
        ("running ? fault : pressure > 3", {"fault"}, True, True),
        ("[running, fault].exists(each, each)", {"fault"}, True, True),
    ],
)
def test_what_depends_on_a_metric_that_never_comes_is_neither_true_nor_false(
    text: str, unsent: set[str], holds: bool, fails: bool
) -> None:
    tree = parse(text, PROFILE)

    assert (can_hold(tree, scope(*unsent)), can_fail(tree, scope(*unsent))) == (holds, fails)


@pytest.mark.parametrize(
    ("one", "other", "values"),
    [
        ("pressure > 5", "pressure < 6", {"pressure": 5.5}),
        ("pressure > high", "pressure > low", {"pressure": 10.0}),
        ("running || pressure > 5", "pressure < 3", {"running": True, "pressure": 0.0}),
        ("mode != 'off'", "mode != 'hand'", {"mode": "automatic"}),
    ],
)
def test_values_for_which_both_conditions_hold_are_found(one: str, other: str, values: dict[str, Value]) -> None:
    assert example_of_both(parse(one, PROFILE), parse(other, PROFILE), scope()) == values


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pressure > 5", "pressure < 5"),
        ("running && pressure > 5", "!running || pressure <= 5"),
        ("code in [1, 2]", "!(code in [1, 2])"),
        ("pressure > flow", "pressure < 3"),
        ('note.contains("a")', "running"),
        ("pressure < 10 && pressure > 12", "running"),
    ],
)
def test_where_both_cannot_hold_for_certain_no_values_are_named(one: str, other: str) -> None:
    assert example_of_both(parse(one, PROFILE), parse(other, PROFILE), scope()) is None


def test_a_threshold_beyond_the_range_of_its_metric_is_found() -> None:
    found = {
        text: [(each.metric, each.never_holds, each.always_holds) for each in limits_in(parse(text, PROFILE), scope())]
        for text in (
            "pressure > 10",
            "12 > pressure",
            "pressure >= 0",
            "running && pressure < -1",
            "flow > 3",
            "!running",
        )
    }

    assert found == {
        "pressure > 10": [("pressure", True, False)],
        "12 > pressure": [("pressure", False, True)],
        "pressure >= 0": [("pressure", False, False)],
        "running && pressure < -1": [("pressure", True, False)],
        "flow > 3": [("flow", False, False)],
        "!running": [],
    }


def test_a_condition_that_is_nested_too_deeply_is_refused_with_a_sentence() -> None:
    text = "pressure > " + "-(1 + " * 120 + "1" + ")" * 120

    with pytest.raises(ConditionError, match=r"nested too deeply|recursion|too deep"):
        parse(text, PROFILE)


# Properties ---------------------------------------------------------------------------------------------------------

NUMBERS = st.integers(-4, 24).map(lambda n: n / 2)
ATOMS = st.one_of(
    st.sampled_from(["running", "fault", "running == true", "fault != true", "running != fault", "enabled"]),
    st.builds(
        "{} {} {}".format,
        st.sampled_from(["pressure", "flow", "code"]),
        st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
        NUMBERS,
    ),
    st.builds(
        "{} {} {}".format,
        st.sampled_from(["pressure", "code"]),
        st.sampled_from(["<", ">", "<=", ">="]),
        st.sampled_from(["low", "high", "1.5 * low", "high - low", "flow"]),
    ),
    st.builds('mode {} "{}"'.format, st.sampled_from(["==", "!="]), st.sampled_from(["off", "hand", "automatic"])),
    st.builds("code in [{}, {}]".format, st.integers(0, 9), st.integers(0, 9)),
    st.sampled_from(
        [
            'mode in ["off", "hand"]',
            'note == "a"',
            'note != "b"',
            '"a" in zones',
            'note.contains("a")',
            "pressure + flow > 5",
        ]
    ),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
    ),
    max_leaves=6,
)
FACTS = st.fixed_dictionaries(
    {
        "running": st.booleans(),
        "fault": st.booleans(),
        "pressure": st.integers(0, 40).map(lambda n: n / 4),
        "flow": NUMBERS,
        "code": st.integers(0, 9),
        "mode": st.sampled_from(["off", "hand", "automatic"]),
        "note": st.sampled_from(["a", "b", "ab", ""]),
        "zones": st.sampled_from(["", "a", "a,b"]),
    }
)
ATTRIBUTES = st.fixed_dictionaries({"low": NUMBERS, "high": NUMBERS, "enabled": st.booleans()})


def readable(text: str) -> None:
    try:
        compile_condition(text, PROFILE)
    except ConditionError:  # it reads no metric
        assume(False)


@given(CONDITIONS, ATTRIBUTES, st.lists(FACTS, min_size=1, max_size=20))
def test_what_is_claimed_to_be_impossible_never_happens(
    text: str, attributes: dict[str, Value], facts: list[dict[str, Value]]
) -> None:
    readable(text)
    tree, condition, of_device = parse(text, PROFILE), compile_condition(text, PROFILE), scope(**attributes)
    results = {condition({**attributes, **each}) for each in facts}

    assert can_hold(tree, of_device) or True not in results
    assert can_fail(tree, of_device) or False not in results


@given(
    CONDITIONS,
    ATTRIBUTES,
    st.lists(FACTS, min_size=1, max_size=8),
    st.sets(st.sampled_from(["running", "pressure", "mode", "note"])),
)
def test_a_condition_that_lacks_metrics_has_no_value_that_was_claimed_impossible(
    text: str, attributes: dict[str, Value], facts: list[dict[str, Value]], unsent: set[str]
) -> None:
    readable(text)
    tree, condition, of_device = parse(text, PROFILE), compile_condition(text, PROFILE), scope(*unsent, **attributes)
    results = {
        condition({**attributes, **{name: value for name, value in each.items() if name not in unsent}})
        for each in facts
    }

    assert can_hold(tree, of_device) or True not in results
    assert can_fail(tree, of_device) or False not in results


@given(CONDITIONS, CONDITIONS, ATTRIBUTES, FACTS)
def test_with_the_values_that_are_named_both_conditions_hold(
    one: str, other: str, attributes: dict[str, Value], facts: dict[str, Value]
) -> None:
    readable(one)
    readable(other)
    found = example_of_both(parse(one, PROFILE), parse(other, PROFILE), scope(**attributes))

    if found is not None:
        values = {**attributes, **facts, **found}
        assert compile_condition(one, PROFILE)(values) is True
        assert compile_condition(other, PROFILE)(values) is True
