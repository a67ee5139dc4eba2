"""Floors: what a value that a rule derives must reach, or the rule is not breached.

`starts > 6` cannot hold while there are six starts in the window, and `lowest > 3` not while the latest reading is 3.
That is known without deriving the value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from gateway.core.rules.analysis import Alternative, ways_to_hold
from gateway.core.rules.limits import Scope, constant
from gateway.core.rules.rule import Rule
from gateway.core.rules.spreading import spread
from gateway.core.rules.syntax import Call, Name

WITH_MOST: Final = frozenset({"rising", "falling", "count", "min"})
"""The functions of which it is known what their value is at most."""
_UPWARD: Final = frozenset({"_>_", "_>=_"})
_DOWNWARD: Final = frozenset({"_<_", "_<=_"})


class Floor(NamedTuple):
    """A derivation, and the least value with which the rule may be breached."""

    derivation: str
    """Its key."""
    least: float


def floors_of(rule: Rule, scope: Scope) -> tuple[Floor, ...]:
    """One of these must be reached for a breach; none where it may come about in another way."""
    ways = ways_to_hold(spread(rule.when.tree), scope) if rule.let and rule.when.tree is not None else None
    floors = [next(_floors(way, rule, scope), None) for way in ways or ()]
    return tuple(each for each in floors if each is not None) if None not in floors else ()


def _floors(way: Alternative, rule: Rule, scope: Scope) -> Iterator[Floor]:
    for node, holds in way.premises.items():
        if not (holds and isinstance(node, Call) and node.function in _UPWARD | _DOWNWARD):
            continue
        left, right = node.parts if node.function in _UPWARD else reversed(node.parts)
        derivation = rule.let.get(left.name) if isinstance(left, Name) else None
        least = constant(right, scope)
        if derivation is not None and derivation.function in WITH_MOST and isinstance(least, float):
            yield Floor(derivation.key, least)
