"""Guards: a rule that they leave out is not breached."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.values import Value
from gateway.core.rules.compiling import compile_rule
from gateway.core.rules.guards import Guards, guards_of
from gateway.core.rules.rule import Rule, RuleSpec
from tests.unit.core.rules.test_conditions import CONJUNCTIONS, FACTS, PROFILE

ATTRIBUTES: dict[str, Value] = {"limit": 5, "steps": 3}


def rules_of(*texts: str) -> tuple[Rule, ...]:
    fields = {"applies_to": {"profile": "pump"}, "severity": "warning", "title": {"en": "Rule"}}
    specs = [RuleSpec.model_validate({"id": f"rule-{n}", "when": text, **fields}) for n, text in enumerate(texts)]
    return tuple(compile_rule(spec, PROFILE) for spec in specs)


def guarding(*texts: str) -> Guards:
    return guards_of(rules_of(*texts), PROFILE, ATTRIBUTES)


@pytest.mark.parametrize(
    ("text", "harmless", "harmful"),
    [
        ("pressure < 1", {"pressure": 1.0}, {"pressure": 0.99}),
        ("pressure <= 1", {"pressure": 1.001}, {"pressure": 1.0}),
        ("pressure > 1", {"pressure": 1.0}, {"pressure": 1.01}),
        ("pressure >= 1", {"pressure": 0.999}, {"pressure": 1.0}),
        ("fault", {"fault": False}, {"fault": True}),
        ("!fault", {"fault": True}, {"fault": False}),
        ("fault != true", {"fault": True}, {"fault": False}),
        ("code > 7", {"code": 7}, {"code": 8}),
        ("pressure < limit", {"pressure": 5.0}, {"pressure": 4.9}),
        ("limit < pressure", {"pressure": 5.0}, {"pressure": 5.1}),
        ("running && pressure < 1", {"running": True, "pressure": 2.0}, {"running": True, "pressure": 0.5}),
    ],
)
def test_a_limit_guards_its_rule(text: str, harmless: Mapping[str, Value], harmful: Mapping[str, Value]) -> None:
    rules, guards = rules_of(text), guarding(text)

    assert guards.unguarded == ()
    assert guards.possible(rules, ATTRIBUTES | dict(harmless)) == ()
    assert guards.possible(rules, ATTRIBUTES | dict(harmful)) == rules


def test_rules_on_one_metric_share_a_guard() -> None:
    guards = guarding("pressure < 1", "pressure > 8", "pressure > 9")

    assert (guards.lowest, guards.highest) == ((("pressure", 1.0, (0,)),), (("pressure", 8.0, (1, 2)),))


def test_a_limit_that_is_passed_leaves_the_rules_of_others_out() -> None:
    texts = ("code == 3", "pressure > 8", "running", "code == 4", "pressure < 1")
    rules = rules_of(*texts)

    possible = guards_of(rules, PROFILE, ATTRIBUTES).possible(rules, {"running": True, "pressure": 5.0})

    assert [rule.when.text for rule in possible] == ["code == 3", "running", "code == 4"]


def test_a_limit_that_is_no_number_guards_nothing() -> None:
    """Else it would hide the limit of another rule."""
    rules = rules_of("pressure < limit", "pressure < 3")

    guards = guards_of(rules, PROFILE, ATTRIBUTES | {"limit": math.nan})

    assert guards.possible(rules, {"pressure": 1.0}) == rules


def test_an_unknown_metric_breaches_nothing() -> None:
    assert guarding("pressure < 1").possible(rules_of("pressure < 1"), {}) == ()


@pytest.mark.parametrize("text", ['mode == "normal"', "code == 3", "pressure < flow", "pressure < 1 || fault"])
def test_a_rule_without_a_limit_is_always_evaluated(text: str) -> None:
    assert [rule.when.text for rule in guarding(text, "fault").unguarded] == [text]


@given(st.lists(CONJUNCTIONS, min_size=1, max_size=5), FACTS)
def test_a_rule_that_is_left_out_is_not_breached(texts: list[str], facts: dict[str, Value]) -> None:
    rules = rules_of(*texts)
    facts = ATTRIBUTES | facts
    attributes = {name: facts[name] for name in ATTRIBUTES}

    possible = guards_of(rules, PROFILE, attributes).possible(rules, facts)

    assert [*possible] == [rule for rule in rules if rule in possible]
    assert all(not rule.when(facts) for rule in rules if rule not in possible)
