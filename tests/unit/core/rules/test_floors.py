"""Floors: while no value reaches one, the rule is not breached."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.times import SECOND
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.rules.compiling import compile_let
from gateway.core.rules.conditions import Variable, compile_condition
from gateway.core.rules.floors import WITH_MOST, Floor, floors_of
from gateway.core.rules.limits import Scope
from gateway.core.rules.rule import Rule
from gateway.core.rules.windows.heard import Gaps
from gateway.core.rules.windows.kinds import window_of
from gateway.core.rules.windows.let import Let
from tests.unit.core.rules import test_closures
from tests.unit.core.rules.test_conditions import PROFILE
from tests.unit.core.rules.test_guards import ATTRIBUTES, rules_of

LETS = {
    "starts": Let.model_validate({"rising": "running", "over": "1m"}),
    "stops": Let.model_validate({"falling": "running", "over": "1m"}),
    "readings": Let.model_validate({"count": "pressure", "over": "1m"}),
    "times": Let.model_validate({"count": "pressure > 1", "over": "1m"}),
    "lowest": Let.model_validate({"min": "pressure", "over": "1m"}),
    "mean": Let.model_validate({"mean": "pressure", "over": "1m"}),
}


def deriving(text: str, profile: Profile = PROFILE) -> Rule:
    let = {name: compile_let(name, each, profile) for name, each in LETS.items()}
    variables = {name: Variable(each.type, each.metrics) for name, each in let.items()}
    return replace(rules_of("running")[0], when=compile_condition(text, profile, variables), let=let)


@pytest.mark.parametrize(
    ("text", "floors"),
    [
        ("starts > 6", [("starts", 6)]),
        ("3 <= stops", [("stops", 3)]),
        ("lowest > 0.5 * limit && running", [("lowest", 2.5)]),
        ("starts >= 4 || lowest > 3", [("starts", 4), ("lowest", 3)]),
        ("mean > 3 && readings >= 12", [("readings", 12)]),
        ("starts > 6 || mean > 3", []),
        ("starts < 6", []),
        ("!(starts < 6)", []),
        ("starts > stops", []),
        ("starts > 6 || running", []),
    ],
)
def test_what_is_compared_with_a_constant_has_a_floor_if_nothing_else_may_decide(
    text: str, floors: list[tuple[str, float]]
) -> None:
    rule = deriving(text)

    found = floors_of(rule, Scope(PROFILE, ATTRIBUTES))

    assert found == tuple(Floor(rule.let[name].key, least) for name, least in floors)


VALUES = st.sampled_from([0.0, 1.0, 2.0, 2.5, 1e300])


@settings(max_examples=300)
@given(test_closures.CONDITIONS, test_closures.FACTS, VALUES, VALUES)
def test_no_condition_holds_while_no_floor_is_reached(
    text: str, facts: dict[str, Value], starts: float, lowest: float
) -> None:
    profile = test_closures.PROFILE
    try:
        rule = deriving(text.replace("flow", "starts").replace("code", "lowest"), profile)
    except ConditionError:
        assume(False)
    values = {rule.let["starts"].key: starts, rule.let["lowest"].key: lowest}

    floors = floors_of(rule, Scope(profile, {}))

    if floors and not any(values[each.derivation] >= each.least for each in floors):
        assert rule.when(facts | {"starts": starts, "lowest": lowest}) is not True


READINGS = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.fixed_dictionaries({}, optional={"running": st.booleans(), "pressure": st.sampled_from([0.5, 1.5, 9.0])}),
        st.integers(0, 5),
    ),
    max_size=30,
)


@given(st.sampled_from([name for name, each in LETS.items() if each.function in WITH_MOST]), READINGS)
def test_no_value_is_more_than_its_window_says(name: str, readings: list[tuple[int, dict[str, Value], int]]) -> None:
    """Neither with the reading nor while time passes."""
    derivation = compile_let(name, LETS[name], PROFILE)
    window, now = window_of(derivation, "", 0, Gaps(), {}), 0
    for passes, values, late in readings:
        now += passes
        if not values.keys().isdisjoint(derivation.metrics):
            window.read((now - late) * SECOND, values, is_late=late > 0)
        most = window.most
        for later in (0, 15, 61):
            derived = window.derived((now + later) * SECOND)
            assert derived is None or float(derived.low) <= most
