"""Guards: which rules a device's facts cannot breach, found in one pass over a few metrics.

Nearly every reading is well within all limits. A guard holds for all rules of a device that it can: as long as its
metric is within its limits, none of them is breached, so that none needs to be evaluated.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.core.kernel.numbers import EXACT_FLOATS
from gateway.core.profiles.metric import Metric
from gateway.core.rules.analysis import Alternative, ways_to_hold
from gateway.core.rules.domains import Choice, Domain, Numbers
from gateway.core.rules.floors import Floor, floors_of
from gateway.core.rules.limits import Scope
from gateway.core.rules.rule import Rule
from gateway.core.rules.spreading import spread

Places = tuple[int, ...]
"""Which of a device's rules, by their places among all."""
Limit = tuple[str, float, Places]
"""A metric, either the lowest or the highest value with which it breaches none of these rules, and these rules. A bool
counts as 0 or 1."""
Guard = tuple[str, float, float]
"""A metric, and the lowest and the highest value with which it breaches a rule not; one of them is infinite."""


@dataclass(frozen=True, slots=True)
class Guards:
    """The guards of the rules of a device. Most have a limit on one side, so each side has its own."""

    lowest: tuple[Limit, ...]
    highest: tuple[Limit, ...]
    unguarded: tuple[Rule, ...]
    """The rules that no guard holds for. One that no value can breach is not among them, and has none."""
    open: Places
    """The same, by their places."""
    floors: Mapping[str, tuple[Floor, ...]]
    """Of rules that derive values, by their keys: with a breach one of these is reached. None of those without any."""

    @property
    def shared_by(self) -> Hashable:
        """Devices for which this is the same can share them."""
        keys = tuple(rule.key for rule in self.unguarded)
        return self.lowest, self.highest, keys, tuple(self.floors.items())

    def possible(self, rules: Sequence[Rule], facts: Mapping[str, Any]) -> Sequence[Rule]:
        """Those among all its rules that these facts may breach, in their order; some more, at times. What is unknown
        breaches none."""
        passed: Places = ()
        for metric, low, places in self.lowest:
            if facts.get(metric, low) < low:
                passed += places
        for metric, high, places in self.highest:
            if facts.get(metric, high) > high:
                passed += places
        return [rules[place] for place in sorted({*passed, *self.open})] if passed else self.unguarded


NO_GUARDS = Guards((), (), (), (), {})
"""Of no rules."""


class GuardsOfRules:
    """Finds the guards of devices. What a rule needs is found once for all devices with the same attributes."""

    def __init__(self) -> None:
        self._found: dict[object, tuple[Sequence[Guard] | None, tuple[Floor, ...]]] = {}

    def of(self, rules: Iterable[Rule], scope: Scope) -> Guards:
        """The guards of the rules of a device."""
        lowest: dict[str, tuple[float, Places]] = {}
        highest: dict[str, tuple[float, Places]] = {}
        unguarded: dict[int, Rule] = {}
        floors: dict[str, tuple[Floor, ...]] = {}
        for place, rule in enumerate(rules):
            guards, floors_of_rule = self._of_rule(rule, scope)
            if floors_of_rule:
                floors[rule.key] = floors_of_rule
            if guards is None:
                unguarded[place] = rule
                continue
            for metric, low, high in guards:
                if low > -math.inf:
                    limit, places = lowest.get(metric, (low, ()))
                    lowest[metric] = max(low, limit), (*places, place)
                else:
                    limit, places = highest.get(metric, (high, ()))
                    highest[metric] = min(high, limit), (*places, place)
        return Guards(
            tuple((metric, limit, places) for metric, (limit, places) in lowest.items()),
            tuple((metric, limit, places) for metric, (limit, places) in highest.items()),
            tuple(unguarded.values()),
            tuple(unguarded),
            floors,
        )

    def _of_rule(self, rule: Rule, scope: Scope) -> tuple[Sequence[Guard] | None, tuple[Floor, ...]]:
        read = tuple(scope.attributes.get(name) for name in sorted(rule.when.names))
        key = scope.profile.profile, rule.key, tuple((type(each), each) for each in read)
        if key not in self._found:
            self._found[key] = _guards_of(rule, scope), floors_of(rule, scope)
        return self._found[key]


def _guards_of(rule: Rule, scope: Scope) -> Sequence[Guard] | None:
    """With a breach at least one of these is passed; none where nothing can breach it, None where no metric has to."""
    tree = rule.when.tree
    ways = ways_to_hold(spread(tree), scope) if tree is not None else None
    if ways is None:
        return None
    found: set[Guard] = set()
    for way in ways:
        guard = _guard_of(way, scope.profile.metrics)
        if guard is None:
            return None
        found.add(guard)
    return sorted(found)


def _guard_of(way: Alternative, metrics: Mapping[str, Metric]) -> Guard | None:
    """Of all that must hold, one is enough: a limit rather than a state, as states last."""
    guards = [guard for name, each in way.values.items() if (guard := _guard(name, each, metrics[name])) is not None]
    limits = [guard for guard in guards if metrics[guard[0]].type != "bool"]
    return next(iter(limits or guards), None)


def _guard(name: str, breaching: Domain, metric: Metric) -> Guard | None:
    """Where a metric breaches nothing, on one side; None if that is no range, or the values breach on both sides."""
    if isinstance(breaching, Choice):
        if metric.type != "bool" or len(breaching.values) != 1 or breaching.is_complement:
            return None
        return (name, -math.inf, 0.0) if True in breaching.values else (name, 1.0, math.inf)
    low, high = _below(breaching, metric), _above(breaching, metric)
    if low is not None and (high is None or low >= 0.0):
        return (name, -math.inf, low)
    return None if high is None else (name, high, math.inf)


def _below(numbers: Numbers, metric: Metric) -> float | None:
    """The greatest number below all of them; None where the metric has hardly such values."""
    low, has_low = min((each.low, not each.has_low) for each in numbers.ranges)
    if not abs(low) < EXACT_FLOATS or (metric.range is not None and low <= metric.range[0]):
        return None
    return low if has_low else math.nextafter(low, -math.inf)


def _above(numbers: Numbers, metric: Metric) -> float | None:
    """The least number above all of them; None where the metric has hardly such values."""
    high, has_high = max((each.high, each.has_high) for each in numbers.ranges)
    if not abs(high) < EXACT_FLOATS or (metric.range is not None and high >= metric.range[1]):
        return None
    return math.nextafter(high, math.inf) if has_high else high
