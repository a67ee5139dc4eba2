"""Guards: which rules a device's facts cannot breach, found in one pass over a few metrics.

Nearly every reading is well within all limits. A guard holds for all rules of a device that it can: as long as its
metric is within its range, none of them is breached, so that none needs to be evaluated.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from gateway.core.kernel.numbers import EXACT_FLOATS
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.rules.conditions import Comparison, Condition
from gateway.core.rules.rule import Rule

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Guard(NamedTuple):
    """A metric, and the range in which it breaches no rule, both ends included. A bool counts as 0 or 1."""

    metric: str
    low: float
    high: float


class Guards(NamedTuple):
    """The guards of the rules of a device."""

    guards: tuple[Guard, ...]
    unguarded: tuple[Rule, ...]
    """The rules that no guard holds for."""

    def possible(self, rules: tuple[Rule, ...], facts: Mapping[str, Any]) -> tuple[Rule, ...]:
        """Those among all its rules that these facts may breach; some more, at times."""
        for metric, low, high in self.guards:
            value = facts.get(metric)
            if value is not None and not low <= value <= high:
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
            low, high = ranges.get(guard.metric, (-math.inf, math.inf))
            ranges[guard.metric] = max(low, guard.low), min(high, guard.high)
    return Guards(tuple(Guard(metric, low, high) for metric, (low, high) in ranges.items()), tuple(unguarded))


def _guard_of(when: Condition, profile: Profile, attributes: Mapping[str, Value]) -> Guard | None:
    """Of comparisons that must all hold, one is enough: a limit rather than a state, as states last."""
    guards = [guard for each in when.comparisons if (guard := _guard(each, profile, attributes)) is not None]
    limits = [guard for guard in guards if profile.metrics[guard.metric].type != "bool"]
    return next(iter(limits or guards), None)


def _guard(comparison: Comparison, profile: Profile, attributes: Mapping[str, Value]) -> Guard | None:
    """Where a comparison of a metric with a constant does not hold; None if it is another, or that is no range."""
    left, operator, right = comparison.left, comparison.operator, comparison.right
    if comparison.is_with_name:
        if left in attributes:
            left, operator, right = str(right), _FLIPPED.get(operator, operator), left
        right = attributes.get(str(right), "")
    if left not in profile.metrics or isinstance(right, str) or abs(right) >= EXACT_FLOATS:
        return None
    limit = float(right)
    match operator:
        case "<":
            return Guard(left, limit, math.inf)
        case "<=":
            return Guard(left, math.nextafter(limit, math.inf), math.inf)
        case ">":
            return Guard(left, -math.inf, limit)
        case ">=":
            return Guard(left, -math.inf, math.nextafter(limit, -math.inf))
        case "==" if isinstance(right, bool):
            return Guard(left, 1 - limit, 1 - limit)
        case "!=" if isinstance(right, bool):
            return Guard(left, limit, limit)
    return None
