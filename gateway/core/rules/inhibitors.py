"""Which rule inhibits which: a rule whose alarm is the cause of another's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gateway.core.rules.rule import Rule


def causes_first(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules, each behind those that inhibit it: one reading that breaches both tells of the cause alone."""
    inhibited_by = {rule.id: rule.spec.inhibited_by for rule in rules}
    if not any(inhibited_by.values()):
        return tuple(rules)
    return tuple(sorted(rules, key=lambda rule: _depth(rule.id, inhibited_by, frozenset())))


def circle_of(rule: str, inhibited_by: Mapping[str, Iterable[str]]) -> list[str] | None:
    """The way from a rule over its inhibitors back to itself; None where there is none."""
    ways = [[rule]]
    seen = set[str]()
    while ways:
        way = ways.pop(0)
        for cause in inhibited_by.get(way[-1], ()):
            if cause == rule:
                return [*way, cause]
            if cause not in seen:
                seen.add(cause)
                ways.append([*way, cause])
    return None


def _depth(rule: str, inhibited_by: Mapping[str, Iterable[str]], above: frozenset[str]) -> int:
    """How many rules stand above it, one over the other. A circle, which no checked site has, ends it."""
    causes = [cause for cause in inhibited_by.get(rule, ()) if cause in inhibited_by and cause not in above]
    return max((1 + _depth(cause, inhibited_by, above | {rule}) for cause in causes), default=0)
