"""What can be said of a condition before anything runs: whether it can hold, can fail, and what it compares.

A condition is seen as alternatives, each a set of values for every metric that it compares with a constant. What cannot
be seen so (two metrics compared, arithmetic on a metric, a function) is a premise that may hold or not. Hence "it can
never hold" and "it always holds" are proofs, and so is a set of values for which two conditions hold; where neither is
found, nothing is claimed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

from gateway.core.kernel.values import Value
from gateway.core.profiles.metric import Metric
from gateway.core.rules.domains import (
    ANY_NUMBER,
    ANY_TEXT,
    TRUTHS,
    Choice,
    Domain,
    Numbers,
    Range,
    both,
    compared,
    points,
)
from gateway.core.rules.limits import Scope, constant, limit_of
from gateway.core.rules.syntax import LOOP, Call, Constant, Items, Name, Node, names_in

_MOST = 512
"""Alternatives of one condition beyond which it is left alone."""
_INVERSE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


class _TooMany(Exception):
    """The condition has too many alternatives."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way in which a condition can hold."""

    values: Mapping[str, Domain] = field(default_factory=dict)
    """By metric."""
    premises: Mapping[Node, bool] = field(default_factory=dict)
    """What else must hold, or must not."""

    def and_(self, other: Alternative) -> Alternative | None:
        """Both; None if that is impossible."""
        values, premises = dict(self.values), dict(self.premises)
        for name, domain in other.values.items():
            found = both(values[name], domain) if name in values else domain
            if found.some() is None:
                return None
            values[name] = found
        for node, holds in other.premises.items():
            if premises.setdefault(node, holds) is not holds:
                return None
        return Alternative(values, premises)


def can_hold(node: Node, scope: Scope) -> bool:
    """Whether the condition may be true for some values; False is certain."""
    found = _alternatives(node, scope)
    return found is None or bool(found)


def can_fail(node: Node, scope: Scope) -> bool:
    """Whether the condition may be false for some values; False is certain."""
    found = _alternatives(node, scope, holds=False)
    return found is None or bool(found)


def example_of_both(one: Node, other: Node, scope: Scope) -> dict[str, Value] | None:
    """Values for which both conditions hold; None where none were found for certain."""
    first, second = _alternatives(one, scope), _alternatives(other, scope)
    if first is None or second is None:
        return None
    for left, right in product(first, second):
        together = left.and_(right) if not left.premises and not right.premises else None
        if together is not None:
            values = {name: domain.some() for name, domain in together.values.items()}
            return {name: value for name, value in values.items() if value is not None}
    return None


def ways_to_hold(node: Node, scope: Scope) -> list[Alternative] | None:
    """The ways in which the condition can hold: where it does, all that one of them says is known and does as well.

    None if there are too many to tell.
    """
    return _alternatives(node, scope)


def _alternatives(node: Node, scope: Scope, *, holds: bool = True) -> list[Alternative] | None:
    """The ways in which the condition can hold, or fail; None if there are too many to tell."""
    try:
        return _ways(node, scope, holds)
    except _TooMany:
        return None


def _ways(node: Node, scope: Scope, holds: bool) -> list[Alternative]:
    if isinstance(node, Constant) and isinstance(node.value, bool):
        return [Alternative()] if node.value is holds else []
    if isinstance(node, Call):
        if node.function == "!_":
            return _ways(node.parts[0], scope, not holds)
        if node.function in ("_&&_", "_||_"):
            left, right = (_ways(part, scope, holds) for part in node.parts)
            return _all_pairs(left, right) if (node.function == "_&&_") is holds else _few([*left, *right])
        if node.function == "_?_:_":
            test, then, otherwise = node.parts
            chosen = _all_pairs(_ways(test, scope, True), _ways(then, scope, holds))
            return _few([*chosen, *_all_pairs(_ways(test, scope, False), _ways(otherwise, scope, holds))])
    return _leaf(node, scope, holds)


def _all_pairs(left: list[Alternative], right: list[Alternative]) -> list[Alternative]:
    if len(left) * len(right) > _MOST * _MOST:
        raise _TooMany
    return _few([found for one, other in product(left, right) if (found := one.and_(other)) is not None])


def _few(alternatives: list[Alternative]) -> list[Alternative]:
    if len(alternatives) > _MOST:
        raise _TooMany
    return alternatives


def _leaf(node: Node, scope: Scope, holds: bool) -> list[Alternative]:
    read = set(names_in(node))
    if read & scope.unsent:
        # A loop over several may be decided by one of them; anything else is unknown.
        return [Alternative(premises={node: holds})] if _has_loop(node) else []
    if not read & scope.profile.metrics.keys():
        value = constant(node, scope)
        if isinstance(value, bool):
            return [Alternative()] if value is holds else []
    found = _domain(node, scope, holds)
    if found is None:
        return [Alternative(premises={node: holds})]
    name, domain = found
    possible = both(_domain_of(scope.profile.metrics[name]), domain)
    return [Alternative({name: possible})] if possible.some() is not None else []


def _has_loop(node: Node) -> bool:
    return isinstance(node, Call) and (node.function == LOOP or any(map(_has_loop, node.parts)))


def _domain(node: Node, scope: Scope, holds: bool) -> tuple[str, Domain] | None:
    """The metric that the leaf is about, and its values for which the leaf holds, or fails; None if it is another."""
    metrics = scope.profile.metrics
    if isinstance(node, Name):
        return (node.name, Choice(frozenset({holds}))) if node.name in metrics else None
    if not isinstance(node, Call):
        return None
    if (limit := limit_of(node, scope)) is not None:
        sign = limit.operator if holds else _INVERSE[limit.operator]
        if isinstance(limit.value, bool | str):
            if sign not in ("==", "!="):
                return None
            return limit.metric, Choice(frozenset({limit.value}), is_complement=sign == "!=")
        return limit.metric, compared(sign, float(limit.value))
    if node.function == "@in" and isinstance(name := node.parts[0], Name) and name.name in metrics:
        return _listed(name.name, node.parts[1], scope, holds)
    return None


def _listed(name: str, items: Node, scope: Scope, holds: bool) -> tuple[str, Domain] | None:
    """`name in [...]` as a set of values."""
    if not isinstance(items, Items):
        return None
    values = [constant(each, scope) for each in items.items]
    if None in values or scope.profile.metrics[name].type == "list":
        return None
    if all(isinstance(each, str) for each in values):
        return name, Choice(frozenset(str(each) for each in values), is_complement=not holds)
    numbers = sorted(float(each) for each in values if isinstance(each, int | float))
    if len(numbers) < len(values):
        return None
    if holds:
        return name, points(numbers)
    others: Domain = ANY_NUMBER
    for number in numbers:
        others = both(others, compared("!=", number))
    return name, others


def _domain_of(metric: Metric) -> Domain:
    """All values that a metric can have."""
    if metric.type == "bool":
        return TRUTHS
    if metric.type == "enum":
        return Choice(frozenset((metric.values or {}).values()))
    if metric.type in ("int", "float"):
        return Numbers((Range(*metric.range) if metric.range else Range(-math.inf, math.inf),), metric.type == "int")
    return ANY_TEXT
