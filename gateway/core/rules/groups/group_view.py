"""How a rule stands on a group at present: its state, what it derives, and what is known of each member."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.rules.explanation import Explanation, NamedValue, Origin, quietly, running_delay
from gateway.core.rules.groups.member import Membership, UnknownBecause
from gateway.core.rules.groups.part import Groups
from gateway.core.rules.groups.tallies import CountTally
from gateway.core.rules.groups.watch import GroupWatch
from gateway.core.rules.rule import Rule


class GroupState(StrEnum):
    """The states of a group under a rule."""

    BREACHED = "breached"
    """The rule is breached, or was and is not cleared for its off-delay."""
    DEGRADED = "degraded"
    """It is not, as far as is known; but of a member nothing is known."""
    NORMAL = "normal"
    """It is not, and every member is known."""


class MemberView(msgspec.Struct, frozen=True, gc=False):
    """One member of a group."""

    device: str
    counts: bool
    """Whether it counts towards the breach at present."""
    values: dict[str, Value | None]
    """By the name of the function: whether its condition holds, or the member's value; None where that is unknown."""
    unknown_because: UnknownBecause | None
    """Why one of them is unknown."""
    ended: dict[str, Micros]
    """By the name of the function: when its condition has ended last."""


class GroupView(msgspec.Struct, frozen=True):
    """A rule on a group."""

    rule: str
    subject: Subject
    state: GroupState
    levels: tuple[Explanation, ...]
    """The most severe first; one where the rule has no levels."""
    members: tuple[MemberView, ...]
    """In the order of the site's files."""


def view_of(groups: Groups, group: GroupWatch, blind_since: Micros | None, *, is_outside_hours: bool) -> GroupView:
    """The rule on the group. Nothing changes."""
    now = group.clock.reached
    levels = tuple(_explain(group, rule, now, blind_since, is_outside_hours) for rule in group.rules)
    counted = {member for rule in group.rules for member in group.counted(rule, now)}
    found = {
        each.device.spec.id: each
        for member in group.members
        for each in groups.memberships[member]
        if each.group is group
    }
    members = tuple(_member(group, found[name], counts=name in counted) for name in group.members)
    if any(level.is_active or level.when for level in levels):
        state = GroupState.BREACHED
    else:
        state = GroupState.DEGRADED if group.unknown() else GroupState.NORMAL
    return GroupView(group.rule_id, group.subject, state, levels, members)


def _explain(
    group: GroupWatch, rule: Rule, now: Micros, blind_since: Micros | None, is_outside_hours: bool
) -> Explanation:
    evaluation = group.evaluations.get(rule.key)
    derived = group.derived(rule.names, now)
    names = [name for name in group.tallies if name in rule.names]
    values = tuple(
        NamedValue(
            name,
            Origin.DERIVED,
            derived[name].value if name in derived else None,
            None,
            None,
            name not in derived or derived[name].low == derived[name].high,
        )
        for name in names
    )
    return Explanation(
        rule,
        quietly(rule, lambda: group.breaches(rule, now)),
        quietly(rule, lambda: group.clears(rule, now)),
        values,
        group.is_active(rule),
        running_delay(evaluation, blind_since) if evaluation is not None else None,
        blind_since,
        is_outside_hours,
    )


def _member(group: GroupWatch, member: Membership, *, counts: bool) -> MemberView:
    name = member.device.spec.id
    values: dict[str, Value | None] = {}
    ended: dict[str, Micros] = {}
    because = None
    for key, tally in group.tallies.items():
        if isinstance(tally, CountTally):
            values[key] = tally.verdicts[name]
            stretch = tally.stretches.get(name)
            if stretch is not None and stretch.ended is not None:
                ended[key] = stretch.ended
        else:
            values[key] = tally.values[name]
        if name in tally.unknown():
            because = because or member.unknown_because(tally.function)
    return MemberView(name, counts, values, because, ended)
