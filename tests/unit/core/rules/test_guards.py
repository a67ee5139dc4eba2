"""Guards: a rule that they leave out is not breached."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.rules.compiling import compile_rule
from gateway.core.rules.conditions import Variable, compile_condition
from gateway.core.rules.guards import Guards, GuardsOfRules
from gateway.core.rules.limits import Scope
from gateway.core.rules.rule import Rule, RuleSpec
from tests.unit.core.rules import test_closures
from tests.unit.core.rules.test_conditions import CONJUNCTIONS, FACTS, PROFILE

ATTRIBUTES: dict[str, Value] = {"limit": 5, "steps": 3}
RANGED = Profile.model_validate(
    {
        "profile": "ranged",
        "title": {"en": "Ranged"},
        "metrics": {"pressure": {"type": "float", "range": [-10, 10]}},
        "messages": [{"topic": "site/{site}/ranged/{device}"}],
    }
)
MEAN = {"mean": Variable("float", ["pressure"])}


def rules_of(*texts: str) -> tuple[Rule, ...]:
    fields = {"applies_to": {"profile": "pump"}, "severity": "warning", "title": {"en": "Rule"}}
    specs = [RuleSpec.model_validate({"id": f"rule-{n}", "when": text, **fields}) for n, text in enumerate(texts)]
    return tuple(compile_rule(spec, PROFILE) for spec in specs)


def guards_of(
    rules: tuple[Rule, ...], attributes: Mapping[str, Value] = ATTRIBUTES, profile: Profile = PROFILE
) -> Guards:
    return GuardsOfRules().of(rules, Scope(profile, attributes))


def guarding(*texts: str) -> Guards:
    return guards_of(rules_of(*texts))


def deriving(text: str, profile: Profile = PROFILE) -> Rule:
    """A rule that derives `mean` from the pressure."""
    return replace(rules_of("running")[0], when=compile_condition(text, profile, MEAN))


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
        ("pressure > 0.5 * limit + 1", {"pressure": 3.5}, {"pressure": 3.6}),
        ("code == 90", {"code": 89}, {"code": 90}),
        ("code == -2", {"code": -1}, {"code": -2}),
        ("code in [3, 96, 2]", {"code": 1}, {"code": 2}),
        ("(fault || code == 64) && mode != 'stopped'", {"fault": False, "code": 0}, {"fault": True, "code": 0}),
        ("pressure < 1 || fault", {"pressure": 1.0, "fault": False}, {"pressure": 1.0, "fault": True}),
        ("abs(pressure) > 2", {"pressure": -2.0}, {"pressure": -2.1}),
        ("!(abs(pressure) <= 2)", {"pressure": 2.0}, {"pressure": 2.1}),
        ("3 < min(pressure, flow)", {"pressure": 3.0, "flow": 9.0}, {"pressure": 3.1, "flow": 9.0}),
        ("max(pressure, flow) > 3", {"pressure": 3.0, "flow": 3.0}, {"pressure": 1.0, "flow": 3.1}),
        ("running ? pressure > 3 : fault", {"pressure": 3.0, "fault": False}, {"pressure": 3.1, "fault": False}),
    ],
)
def test_a_limit_guards_its_rule(text: str, harmless: Mapping[str, Value], harmful: Mapping[str, Value]) -> None:
    rules, guards = rules_of(text), guarding(text)

    assert guards.unguarded == ()
    assert guards.possible(rules, ATTRIBUTES | dict(harmless)) == ()
    assert guards.possible(rules, ATTRIBUTES | dict(harmful)) == [*rules]


def test_rules_on_one_metric_share_a_guard() -> None:
    guards = guarding("pressure < 1", "pressure > 8", "pressure > 9")

    assert (guards.lowest, guards.highest) == ((("pressure", 1.0, (0,)),), (("pressure", 8.0, (1, 2)),))


def test_a_limit_that_is_passed_leaves_the_rules_of_others_out() -> None:
    texts = ('mode == "normal"', "pressure > 8", "running", 'note == "a"', "pressure < 1")
    rules = rules_of(*texts)

    possible = guards_of(rules).possible(rules, {"running": True, "pressure": 5.0})

    assert [rule.when.text for rule in possible] == ['mode == "normal"', "running", 'note == "a"']


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("running && mean > 1.25 * limit", {"running": False}),
        ("min(flow, mean) > 3 && running", {"flow": 3.0}),
        ("max(mean, flow) <= 3", {"flow": 3.5}),
        ("(running || fault) && mean > 3", {"running": False, "fault": False}),
        ("pressure < 0.8 * limit && mean > 3", {"pressure": 4.5}),
        ("running ? mean > 3 && fault : mean > 2 && flow > 1", {"fault": False, "flow": 0.5}),
    ],
)
def test_a_rule_is_left_out_by_what_must_hold_whatever_is_derived(text: str, facts: dict[str, Value]) -> None:
    rule = deriving(text)

    assert not guards_of((rule,)).possible((rule,), facts)
    assert not any(rule.when(ATTRIBUTES | facts | {"mean": mean}) for mean in (-1e9, 0.0, 1e9))


@pytest.mark.parametrize("text", ["mean > 3", "mean > 3 || pressure < limit", "max(flow, mean) > 3", "flow > mean"])
def test_a_rule_that_what_is_derived_may_decide_alone_is_always_evaluated(text: str) -> None:
    rule = deriving(text)

    assert guards_of((rule,)).unguarded == (rule,)


def test_a_rule_that_the_attributes_of_a_device_switch_off_is_never_evaluated() -> None:
    rules = rules_of("limit > 0 && running", "limit > 0 && pressure > limit")

    off, on = guards_of(rules, {"limit": 0.0}), guards_of(rules, {"limit": 3.0})

    assert (off.lowest, off.highest, off.unguarded) == ((), (), ())
    assert on.possible(rules, {"running": True, "pressure": 4.0}) == [*rules]


def test_devices_with_other_attributes_have_other_guards() -> None:
    rules, found = rules_of("pressure > limit"), GuardsOfRules()

    limits = [found.of(rules, Scope(PROFILE, {"limit": limit})).highest[0][1] for limit in (3, 7.0, 3)]

    assert limits == [3, 7, 3]


def test_a_limit_that_is_no_number_guards_nothing() -> None:
    """Else it would hide the limit of another rule."""
    rules = rules_of("pressure < limit", "pressure < 3")

    guards = guards_of(rules, ATTRIBUTES | {"limit": math.nan})

    assert guards.possible(rules, {"pressure": 1.0}) == [*rules]


def test_an_unknown_metric_breaches_nothing() -> None:
    assert guarding("pressure < 1").possible(rules_of("pressure < 1"), {}) == ()


@pytest.mark.parametrize(
    "text", ['mode == "normal"', "code != 3", "pressure < flow", 'pressure < 1 || mode == "normal"', "code * 2 > 1"]
)
def test_a_rule_without_a_limit_is_always_evaluated(text: str) -> None:
    assert [rule.when.text for rule in guarding(text, "fault").unguarded] == [text]


@given(st.lists(CONJUNCTIONS, min_size=1, max_size=5), FACTS)
def test_a_rule_that_is_left_out_is_not_breached(texts: list[str], facts: dict[str, Value]) -> None:
    rules = rules_of(*texts)
    facts = ATTRIBUTES | facts
    attributes = {name: facts[name] for name in ATTRIBUTES}

    possible = guards_of(rules, attributes).possible(rules, facts)

    assert [*possible] == [rule for rule in rules if rule in possible]
    assert all(not rule.when(facts) for rule in rules if rule not in possible)


@settings(max_examples=400)
@given(test_closures.CONDITIONS, test_closures.FACTS, st.sampled_from([-3.0, 0.0, 2.5, 1e300]))
def test_no_condition_holds_that_is_left_out(text: str, facts: dict[str, Value], mean: float) -> None:
    """`mean` stands in the place of some metrics, and the range of others is that of what may be said."""
    profile = test_closures.PROFILE.model_copy(
        update={"metrics": test_closures.PROFILE.metrics | {"pressure": RANGED.metrics["pressure"]}}
    )
    try:
        rule = deriving(text.replace("flow", "mean"), profile)
    except ConditionError:
        assume(False)
    facts |= {"pressure": min(10.0, max(-10.0, float(facts["pressure"])))} if "pressure" in facts else {}

    if not guards_of((rule,), {}, profile).possible((rule,), facts):
        assert rule.when(facts | {"mean": mean}) is not True
