"""Guards: which rules a device's facts cannot breach, found in one pass over a few metrics.

Nearly every reading is well within all limits. A guard holds for all rules of a device that it can: as long as its
metric is within its limits, none of them is breached, so that none needs to be evaluated.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.core.kernel.numbers import EXACT_FLOATS
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.rules.conditions import Comparison, Condition
from gateway.core.rules.rule import Rule

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}

Places = tuple[int, ...]
"""Which of a device's rules, by their places among all."""
Limit = tuple[str, float, Places]
"""A metric, either the lowest or the highest value with which it breaches none of these rules, and these rules. A bool
counts as 0 or 1."""
Guard = tuple[str, float, float]
"""A metric, and the lowest and the highest value with which it breaches a rule not; one of them may be infinite."""


@dataclass(frozen=True, slots=True)
class Guards:
    """The guards of the rules of a device. Most have a limit on one side, so each side has its own."""

    lowest: tuple[Limit, ...]
    highest: tuple[Limit, ...]
    unguarded: tuple[Rule, ...]
    """The rules that no guard holds for."""
    open: Places
    """The same, by their places."""

    def possible(self, rules: tuple[Rule, ...], facts: Mapping[str, Any]) -> tuple[Rule, ...]:
        """Those among all its rules that these facts may breach, in their order; some more, at times. What is unknown
        breaches none."""
        passed: Places = ()
        for metric, low, places in self.lowest:
            if facts.get(metric, low) < low:
                passed += places
        for metric, high, places in self.highest:
            if facts.get(metric, high) > high:
                passed += places
        return tuple([rules[place] for place in sorted({*passed, *self.open})]) if passed else self.unguarded


def guards_of(rules: Iterable[Rule], profile: Profile, attributes: Mapping[str, Value]) -> Guards:
    """The guards of the rules of a device with these attributes."""
    lowest: dict[str, tuple[float, Places]] = {}
    highest: dict[str, tuple[float, Places]] = {}
    unguarded: dict[int, Rule] = {}
    for place, rule in enumerate(rules):
        guard = _guard_of(rule.when, profile, attributes)
        if guard is None:
            unguarded[place] = rule
            continue
        metric, low, high = guard
        if low > -math.inf:
            limit, places = lowest.get(metric, (low, ()))
            lowest[metric] = max(low, limit), (*places, place)
        if high < math.inf:
            limit, places = highest.get(metric, (high, ()))
            highest[metric] = min(high, limit), (*places, place)
    return Guards(
        tuple((metric, limit, places) for metric, (limit, places) in lowest.items()),
        tuple((metric, limit, places) for metric, (limit, places) in highest.items()),
        tuple(unguarded.values()),
        tuple(unguarded),
    )


def _guard_of(when: Condition, profile: Profile, attributes: Mapping[str, Value]) -> Guard | None:
    """Of comparisons that must all hold, one is enough: a limit rather than a state, as states last."""
    guards = [guard for each in when.comparisons if (guard := _guard(each, profile, attributes)) is not None]
    limits = [guard for guard in guards if profile.metrics[guard[0]].type != "bool"]
    return next(iter(limits or guards), None)


def _guard(comparison: Comparison, profile: Profile, attributes: Mapping[str, Value]) -> Guard | None:
    """Where a comparison of a metric with a constant does not hold; None if it is another, or that is no range."""
    left, operator, right = comparison.left, comparison.operator, comparison.right
    if comparison.is_with_name:
        if left in attributes:
            left, operator, right = str(right), _FLIPPED.get(operator, operator), left
        right = attributes.get(str(right), "")
    if left not in profile.metrics or isinstance(right, str) or not abs(right) < EXACT_FLOATS:  # nor is NaN
        return None
    limit = float(right)
    match operator:
        case "<":
            return (left, limit, math.inf)
        case "<=":
            return (left, math.nextafter(limit, math.inf), math.inf)
        case ">":
            return (left, -math.inf, limit)
        case ">=":
            return (left, -math.inf, math.nextafter(limit, -math.inf))
        case "==" if isinstance(right, bool):
            return (left, -math.inf, 0.0) if right else (left, 1.0, math.inf)
        case "!=" if isinstance(right, bool):
            return (left, limit, limit)
    return None
