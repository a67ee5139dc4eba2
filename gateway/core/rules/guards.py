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

Limit = tuple[str, float]
"""A metric, and either the lowest or the highest value with which it breaches no rule. A bool counts as 0 or 1."""
Guard = tuple[str, float, float]
"""A metric, and the lowest and the highest value with which it breaches no rule; one of them may be infinite."""


@dataclass(frozen=True, slots=True)
class Guards:
    """The guards of the rules of a device. Most have a limit on one side, so each side has its own."""

    lowest: tuple[Limit, ...]
    highest: tuple[Limit, ...]
    unguarded: tuple[Rule, ...]
    """The rules that no guard holds for."""

    def possible(self, rules: tuple[Rule, ...], facts: Mapping[str, Any]) -> tuple[Rule, ...]:
        """Those among all its rules that these facts may breach; some more, at times. What is unknown breaches none."""
        for metric, low in self.lowest:
            if facts.get(metric, low) < low:
                return rules
        for metric, high in self.highest:
            if facts.get(metric, high) > high:
                return rules
        return self.unguarded


def guards_of(rules: Iterable[Rule], profile: Profile, attributes: Mapping[str, Value]) -> Guards:
    """The guards of the rules of a device with these attributes."""
    ranges: dict[str, tuple[float, float]] = {}
    unguarded = []
    for rule in rules:
        guard = _guard_of(rule.when, profile, attributes)
        if guard is None:
            unguarded.append(rule)
        else:
            metric, low, high = guard
            lowest, highest = ranges.get(metric, (-math.inf, math.inf))
            ranges[metric] = max(low, lowest), min(high, highest)
    return Guards(
        tuple((metric, low) for metric, (low, _) in ranges.items() if low > -math.inf),
        tuple((metric, high) for metric, (_, high) in ranges.items() if high < math.inf),
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
