"""What follows for the rule on a group from what is derived of its members, at present or at a past time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.rules.conditions import Condition
from gateway.core.rules.groups.functions import COUNTED
from gateway.core.rules.groups.shapes import BY_ENDS, Shape, shapes_of
from gateway.core.rules.groups.tallies import CountTally, Tally, ValueTally
from gateway.core.rules.groups.verdicts import judged, towards_breach
from gateway.core.rules.rule import Rule
from gateway.core.rules.windows.window import Derived


class AsOf(NamedTuple):
    """The time for which a group is judged, by its clock."""

    time: Micros
    is_past: bool = False
    """Whether it is judged by when conditions have held; else by what holds now. No value is known of the past."""


class Conclusions:
    """The verdicts of the levels of one rule on one group."""

    __slots__ = ("_clears", "_latest", "_tallies", "_towards", "_when", "_wholes")

    def __init__(self, rules: Sequence[Rule], tallies: Mapping[str, Tally]) -> None:
        counts = {name: tally for name, tally in tallies.items() if isinstance(tally, CountTally)}
        self._tallies = tallies
        self._when = {rule.key: _shapes_of(rule.when) for rule in rules}
        """How the verdict of `when` of each level depends on what it reads."""
        self._clears = {rule.key: _shapes_of(rule.clear_when or rule.when) for rule in rules}
        self._latest: dict[tuple[str, bool], tuple[Mapping[str, Derived], bool | None]] = {}
        """The latest verdicts, by the key of the level and whether it is that of clearing, each with what it followed
        from: while an alarm stands each reading of a member asks for them, and nearly none changes anything."""
        self._wholes = {name: tally.parts for name, tally in counts.items()}
        self._towards = {
            rule.key: towards_breach(rule.when, counts) if rule.spec.let else frozenset(counts) for rule in rules
        }

    def towards(self, rule: Rule) -> frozenset[str]:
        """The counts of which more members lead towards the breach."""
        return self._towards[rule.key]

    def derived(self, names: Iterable[str], as_of: AsOf) -> dict[str, Derived]:
        """What these functions are, without what is unknown."""
        found: dict[str, Derived] = {}
        for name in names:
            tally = self._tallies[name]
            each: Derived | None
            if isinstance(tally, CountTally):
                each = tally.derived_then(as_of.time) if as_of.is_past else tally.derived(as_of.time)
            else:
                each = None if as_of.is_past else tally.derived()
            if each is not None:
                found[name] = each
        return found

    def values(self, rule: Rule, as_of: AsOf) -> dict[str, Value]:
        """What the rule derives, as people see it."""
        return {name: each.value for name, each in self.shown(sorted(rule.names), as_of).items()}

    def shown(self, names: Iterable[str], as_of: AsOf) -> dict[str, Derived]:
        """The same as people see it: how many devices, where `at_least` names a share or all of them."""
        found = self.derived(names, as_of)
        if (share := found.get(COUNTED)) is not None:
            found[COUNTED] = Derived(*(round(float(each) * self._wholes[COUNTED]) for each in share))
        return found

    def breaches(self, rule: Rule, as_of: AsOf) -> bool | None:
        """Whether the group breaches the rule; None where that depends on what is unknown."""
        derived = self.derived(self._when[rule.key], as_of)
        latest = self._latest.get((rule.key, False))
        if latest is None or latest[0] != derived or latest[1] is None:  # each failure is counted
            latest = self._latest[rule.key, False] = derived, self._is_breached(rule, derived)
        return latest[1]

    def clears(self, rule: Rule, as_of: AsOf) -> bool | None:
        """Whether the group clears the rule; None where that depends on what is unknown."""
        shapes = self._clears[rule.key]
        derived = self.derived(shapes, as_of)
        latest = self._latest.get((rule.key, True))
        if latest is None or latest[0] != derived or latest[1] is None:
            verdict = judged(rule.clears, derived, shapes=shapes, wholes=self._wholes)
            latest = self._latest[rule.key, True] = derived, verdict
        return latest[1]

    def counted(self, rule: Rule, as_of: AsOf) -> set[str]:
        """The members that make the rule breached: those for which its conditions hold, or whose values it compares.

        Of a count that is breached by being low they are all members.
        """
        found = set[str]()
        for name in self._deciding(rule, self.derived(self._when[rule.key], as_of)):
            tally = self._tallies[name]
            if isinstance(tally, ValueTally):
                found.update(tally.concerned())
            elif name not in self._towards[rule.key]:
                found.update(tally.verdicts)
            else:
                found.update(tally.counted_then(as_of.time) if as_of.is_past else tally.counted(as_of.time))
        return found

    def _is_breached(self, rule: Rule, derived: Mapping[str, Derived]) -> bool | None:
        return judged(rule.when, derived, shapes=self._when[rule.key], wholes=self._wholes)

    def _deciding(self, rule: Rule, derived: Mapping[str, Derived]) -> frozenset[str]:
        """The functions that make the rule breached: without them it is not, or each by itself is enough."""
        names = frozenset(self._when[rule.key])
        if len(names) == 1:
            return names

        def breaches(chosen: frozenset[str]) -> bool:
            return self._is_breached(rule, {name: each for name, each in derived.items() if name in chosen}) is True

        needed = frozenset(name for name in names if not breaches(names - {name}))
        if needed and breaches(needed):
            return needed
        return frozenset(name for name in names if breaches(frozenset({name}))) or names


def _shapes_of(condition: Condition) -> dict[str, Shape]:
    """By what the condition reads; the one of `at_least` is no text, and orders alone."""
    found = shapes_of(condition.text)
    return {name: BY_ENDS if name == COUNTED else found.get(name, Shape()) for name in sorted(condition.names)}
