"""What follows for the rule on a group from what is derived of its members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.core.rules.conditions import Condition
from gateway.core.rules.groups.functions import COUNTED
from gateway.core.rules.groups.shapes import BY_ENDS, Shape, shapes_of
from gateway.core.rules.groups.tallies import CountTally, Tally
from gateway.core.rules.groups.verdicts import judged, towards_breach
from gateway.core.rules.rule import Rule
from gateway.core.rules.windows.window import Derived


class Conclusions:
    """The verdicts of the levels of one rule on one group."""

    __slots__ = ("_clears", "_towards", "_when", "_wholes")

    def __init__(self, rules: Sequence[Rule], tallies: Mapping[str, Tally]) -> None:
        counts = {name: tally for name, tally in tallies.items() if isinstance(tally, CountTally)}
        self._when = {rule.key: _shapes_of(rule.when) for rule in rules}
        """How the verdict of `when` of each level depends on what it reads."""
        self._clears = {rule.key: _shapes_of(rule.clear_when or rule.when) for rule in rules}
        self._wholes = {name: tally.parts for name, tally in counts.items()}
        self._towards = {
            rule.key: towards_breach(rule.when, counts) if rule.spec.let else frozenset(counts) for rule in rules
        }

    def read_by_when(self, rule: Rule) -> Mapping[str, Shape]:
        """What `when` reads, by name."""
        return self._when[rule.key]

    def read_by_clears(self, rule: Rule) -> Mapping[str, Shape]:
        """What that reads which clears the rule, by name."""
        return self._clears[rule.key]

    def towards(self, rule: Rule) -> frozenset[str]:
        """The counts of which more members lead towards the breach."""
        return self._towards[rule.key]

    def breaches(self, rule: Rule, derived: Mapping[str, Derived]) -> bool | None:
        """Whether the group breaches the rule; None where that depends on what is unknown."""
        return judged(rule.when, derived, shapes=self._when[rule.key], wholes=self._wholes)

    def clears(self, rule: Rule, derived: Mapping[str, Derived]) -> bool | None:
        """Whether the group clears the rule; None where that depends on what is unknown."""
        return judged(rule.clears, derived, shapes=self._clears[rule.key], wholes=self._wholes)

    def deciding(self, rule: Rule, derived: Mapping[str, Derived]) -> frozenset[str]:
        """The functions that make the rule breached: without them it is not, or each by itself is enough."""
        names = frozenset(self._when[rule.key])
        if len(names) == 1:
            return names

        def breaches(chosen: frozenset[str]) -> bool:
            return self.breaches(rule, {name: each for name, each in derived.items() if name in chosen}) is True

        needed = frozenset(name for name in names if not breaches(names - {name}))
        if needed and breaches(needed):
            return needed
        return frozenset(name for name in names if breaches(frozenset({name}))) or names


def _shapes_of(condition: Condition) -> dict[str, Shape]:
    """By what the condition reads; the one of `at_least` is no text, and orders alone."""
    found = shapes_of(condition.text)
    return {name: BY_ENDS if name == COUNTED else found.get(name, Shape()) for name in sorted(condition.names)}
