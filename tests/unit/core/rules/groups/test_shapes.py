"""A verdict on what is uncertain stands only if no value between makes another: compared with trying many values."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.values import Value
from gateway.core.rules.conditions import Condition, compile_condition
from gateway.core.rules.groups.functions import as_profile, compile_function
from gateway.core.rules.groups.shapes import Shape, shapes_of
from gateway.core.rules.groups.verdicts import judged
from gateway.core.rules.groups.written import MemberFunction
from gateway.core.rules.windows.window import Derived
from tests.unit.core.rules.groups.zones import DETECTOR, Zones, group_rule, raised

FUNCTIONS = {
    name: compile_function(MemberFunction.model_validate({"max": "temperature"}), {"detector": DETECTOR})
    for name in ("a", "b")
}
TEXTS = [
    "a > 5 || a < 2",
    "a > 2 && a < 5",
    "a == 3",
    "a != 3 && b > 2",
    "a > 5 || b == 3",
    "a * 1.8 + 2 > 7",
    "a * b > 6",
    "6 / a > 2",
    "a / 2 > 2",
    "a > b",
    "a > 3 && b > a",
    "!(a > 2) || a > 6",
    "(a > 2) == (b > 2)",
    "a > 2 ? b > 3 : b < 3",
    "5 < a || 2 > a",
    "a > 2 || a > 4",
    "min(a, b) > 2",
    "abs(a - 3) > 1",
    "-a > -3",
    "a > 2 // and a < 5",
]


def condition(text: str) -> Condition:
    return compile_condition(text, as_profile(FUNCTIONS))


ENDS = st.tuples(st.integers(-2, 8), st.integers(0, 6)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(text=st.sampled_from(TEXTS), a=ENDS, b=ENDS)
def test_no_value_between_makes_another_verdict(text: str, a: tuple[int, int], b: tuple[int, int]) -> None:
    test = condition(text)
    derived = {name: Derived(low, low, high) for name, (low, high) in (("a", a), ("b", b))}
    shapes = {name: shape for name, shape in shapes_of(text).items() if name in derived}
    verdict = judged(test, derived, shapes=shapes, wholes={})
    facts: list[dict[str, Value]] = [
        {"a": one / 2, "b": other / 2}
        for one in range(2 * a[0], 2 * a[1] + 1)
        for other in range(2 * b[0], 2 * b[1] + 1)
    ]
    assert verdict is None or {test(each) for each in facts} <= {verdict, None}


@pytest.mark.parametrize(
    ("text", "low", "high", "verdict"),
    [
        ("a > 80 || a < 0", -5, math.inf, None),
        ("a > 80 || a < 0", 90, math.inf, True),
        ("a == 3", 4, math.inf, False),
        ("a * 1.8 + 32 > 176", 120, math.inf, True),
        ("a > 2 && a < 5", 0, 6, None),
        ("a > 2 || a > 4", 3, math.inf, True),
    ],
)
def test_what_can_be_known_is_known(text: str, low: float, high: float, verdict: bool | None) -> None:
    assert judged(condition(text), {"a": Derived(low, low, high)}, shapes=shapes_of(text), wholes={}) is verdict


def test_a_name_that_is_not_in_the_condition_decides_nothing() -> None:
    assert "n" not in shapes_of("a > 80")
    assert shapes_of("a > 80") == {"a": Shape(by_ends=True)}


def over(when: str, let: dict[str, dict[str, str]], clear_when: str | None = None) -> Zones:
    return Zones(group_rule(at_least=None, let=let, when=when, clear_when=clear_when))


def test_the_greatest_of_which_one_is_unknown_may_lie_between_two_limits() -> None:
    gate = over("hottest > 80 || hottest < 0", {"hottest": {"max": "temperature"}})
    assert raised(gate.say(1, "d1", temperature=-5)) == []


def test_an_equality_elsewhere_in_the_rule_does_not_make_the_greatest_unknown() -> None:
    let = {"hot": {"max": "temperature"}, "n": {"count": "smoke"}}
    for gate in (
        over("hot > 80", let, "hot < 60 && n == 0"),
        over("hot > 80 || n == 3", let),
        over("hot * 1.8 + 32 > 176 || n > 5", let),
    ):
        assert raised(gate.say(1, "d1", temperature=120)) == ["fire zone:west raise d1"]
