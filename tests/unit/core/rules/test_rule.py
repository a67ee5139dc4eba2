from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.times import MINUTE, SECOND
from gateway.core.kernel.urgency import Priority, Severity
from gateway.core.profiles.profile import Profile
from gateway.core.rules.compiling import compile_rule, rules_of
from gateway.core.rules.rule import Rule, RuleSpec
from gateway.core.site.site import DeviceSpec
from gateway.core.work.sla import DEFAULT_SLA

PROFILE = Profile.model_validate(
    {
        "profile": "pump",
        "title": {"en": "Pump"},
        "metrics": {"running": {"type": "bool"}, "pressure": {"type": "float"}, "flow": {"type": "float"}},
        "attributes": {"limit": {"type": "float", "default": 3}},
        "messages": [{"topic": "{device}"}],
    }
)


LEVELS = [
    {"severity": "warning", "when": "pressure > 4", "for": "1m", "deadband": 0.5},
    {"severity": "critical", "when": "pressure > 7", "clear_when": "pressure < 6", "clear_for": "10s"},
]


def spec(**changes: Any) -> RuleSpec:  # noqa: ANN401
    parts: dict[str, Any] = {
        "id": "pressure-low",
        "applies_to": {"profile": "pump"},
        "when": "running && pressure < limit",
        "severity": "warning",
        "title": {"en": "Pressure low", "zh": "压力低"},
    }
    return RuleSpec.model_validate({**parts, **changes})


def rule(**changes: Any) -> Rule:  # noqa: ANN401
    return compile_rule(spec(**changes), PROFILE)


def test_a_rule_waits_as_long_as_its_file_says() -> None:
    found = rule(**{"for": "90s", "clear_for": "5m"})

    assert (found.on_delay, found.off_delay) == (90 * SECOND, 5 * MINUTE)
    assert found.spec.severity is Severity.WARNING


def test_a_rule_watches_the_devices_of_its_profile_or_those_it_names() -> None:
    first, second, fan = (
        DeviceSpec(id="p1", profile="pump"),
        DeviceSpec(id="p2", profile="pump"),
        DeviceSpec(id="f1", profile="fan"),
    )
    rules = [rule(id="all"), rule(id="one", applies_to={"profile": "pump", "devices": ["p2"]})]

    assert [each.id for each in rules if each.watches(first)] == ["all"]
    assert [each.id for each in rules if each.watches(second)] == ["all", "one"]
    assert [each.id for each in rules if each.watches(fan)] == []


def test_a_rule_reads_the_metrics_of_both_conditions() -> None:
    assert rule().metrics == {"running", "pressure"}
    assert rule(clear_when="flow > 1").metrics == {"running", "pressure", "flow"}


@pytest.mark.parametrize(
    ("changes", "facts", "cleared"),
    [
        ({}, {"running": True, "pressure": 2.0, "limit": 3.0}, False),
        ({}, {"running": True, "pressure": 4.0, "limit": 3.0}, True),
        ({}, {"running": False}, True),
        ({}, {"running": True}, None),
        ({"clear_when": "pressure > limit + 1"}, {"running": True, "pressure": 3.5, "limit": 3.0}, False),
        ({"clear_when": "pressure > limit + 1"}, {"running": True, "pressure": 4.5, "limit": 3.0}, True),
        ({"clear_when": "pressure > limit + 1"}, {"running": False, "limit": 3.0}, None),
    ],
)
def test_an_alarm_ends_by_clear_when_or_else_when_the_condition_no_longer_holds(
    changes: dict[str, str], facts: dict[str, bool | int | float | str], cleared: bool | None
) -> None:
    assert rule(**changes).clears(facts) is cleared


@pytest.mark.parametrize("changes", [{"when": "presure < 3"}, {"clear_when": "presure > 3"}])
def test_a_condition_that_does_not_fit_the_profile_is_rejected(changes: dict[str, str]) -> None:
    with pytest.raises(ConditionError, match="presure"):
        rule(**changes)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"id": "Pressure_Low"}, "is not a rule id"),
        ({"when": ""}, "at least 1 character"),
        ({"for": 5}, "is not a duration"),
        ({"for": "5 parsecs"}, "is not a duration"),
        ({"severity": "fatal"}, "'critical', 'warning' or 'info'"),
        ({"clear_when": " running && pressure < limit "}, "clear_when is the same as when"),
        ({"deadband": 0}, "greater than 0"),
        ({"deadband": 1, "clear_when": "pressure > 4"}, "remove one of them"),
        ({"deadband": 1, "when": "running"}, "needs a `when` of plain limits"),
        ({"deadband": 1, "when": "pressure < 3 || flow < 1"}, "needs a `when` of plain limits"),
        ({"levels": LEVELS}, "each level has its own `when`"),
        ({"titel": {"en": "x"}}, "Extra inputs"),
        ({"title": {"zh": "压力低"}}, "en"),
        ({"ticket": {"category": "pump", "priority": "P9", "team": "engineering"}}, "'P1', 'P2', 'P3' or 'P4'"),
    ],
)
def test_an_invalid_rule_is_rejected(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        spec(**changes)


def test_a_title_is_in_the_site_s_language_or_else_in_english() -> None:
    assert spec().title.in_language("zh") == "压力低"
    assert spec(title={"en": "Pressure low"}).title.in_language("zh") == "Pressure low"


def test_a_priority_leaves_less_time_the_more_urgent_it_is() -> None:
    deadlines = [DEFAULT_SLA[priority] for priority in Priority]

    for urgent, patient in pairwise(deadlines):
        assert urgent.respond < patient.respond
        assert urgent.on_site < patient.on_site
        assert urgent.resolve <= patient.resolve
    for each in deadlines:
        assert each.respond < each.on_site < each.resolve


@pytest.mark.parametrize(
    ("changes", "facts", "cleared"),
    [
        ({"when": "pressure > limit"}, {"pressure": 2.9, "limit": 3.0}, False),
        ({"when": "pressure > limit"}, {"pressure": 2.75, "limit": 3.0}, True),
        ({"when": "pressure <= 3"}, {"pressure": 3.2}, False),
        ({"when": "pressure <= 3"}, {"pressure": 3.3}, True),
        ({"when": "limit < pressure"}, {"pressure": 2.9, "limit": 3.0}, False),
        ({"when": "running && pressure > 3"}, {"running": True, "pressure": 2.9}, False),
        ({"when": "running && pressure > 3"}, {"running": False, "pressure": 2.9}, True),
        ({"when": "running && pressure > 3"}, {"running": True}, None),
    ],
)
def test_with_a_deadband_a_value_must_be_back_beyond_its_limit_by_it(
    changes: dict[str, str], facts: dict[str, bool | int | float | str], cleared: bool | None
) -> None:
    assert rule(deadband=0.2, **changes).clears(facts) is cleared


def levels(**changes: Any) -> tuple[Rule, ...]:  # noqa: ANN401
    parts = {"id": "pressure", "applies_to": {"profile": "pump"}, "title": {"en": "Pressure"}, "levels": LEVELS}
    return rules_of(RuleSpec.model_validate({**parts, **changes}), PROFILE)


def test_a_rule_with_levels_becomes_one_rule_for_each_of_them_the_most_severe_first() -> None:
    critical, warning = levels()
    assert (critical.id, critical.key, critical.spec.severity) == ("pressure", "pressure/critical", Severity.CRITICAL)
    assert (warning.id, warning.key, warning.on_delay, warning.off_delay) == (
        "pressure",
        "pressure/warning",
        MINUTE,
        0,
    )
    assert critical.off_delay == 10 * SECOND
    assert warning.clears({"pressure": 3.6}) is False
    assert warning.clears({"pressure": 3.4}) is True
    assert [each.key for each in rules_of(spec(), PROFILE)] == ["pressure-low"]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"severity": "info"}, "each level has its own `severity`"),
        ({"for": "5s"}, "each level has its own `for`"),
        ({"levels": [LEVELS[0], LEVELS[0]]}, "two levels have one severity"),
        ({"levels": []}, "the key 'when' is missing: add it, or write levels"),
    ],
)
def test_levels_that_contradict_their_rule_or_each_other_are_rejected(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        levels(**changes)
