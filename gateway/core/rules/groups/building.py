"""Makes what is kept of the groups of a site's rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from gateway.core.kernel.blindness import Blindness
from gateway.core.kernel.subjects import Subject
from gateway.core.rules.groups.functions import GroupFunction
from gateway.core.rules.groups.grouping import groups_of
from gateway.core.rules.groups.keeper import Keeper
from gateway.core.rules.groups.tallies import CountTally, Tally, ValueTally
from gateway.core.rules.groups.watch import GroupWatch
from gateway.core.rules.rule import Rule
from gateway.core.site.site import Site

_MOST_NAMED = 20
"""Members that a sentence names; of more it says how many."""


def build_groups(
    site: Site, rules: Sequence[Rule], blindness: Blindness, keeper: Keeper
) -> dict[tuple[str, Subject], GroupWatch]:
    """Each group of each rule, by the id of the rule and the subject."""
    levels: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.spec.group_by is not None:
            levels.setdefault(rule.id, []).append(rule)
    found: dict[tuple[str, Subject], GroupWatch] = {}
    for name, each in levels.items():
        spec = each[0].spec
        for subject, members in groups_of(name, spec.applies_to, spec.group_by, site).items() if spec.group_by else ():
            tallies = tallies_of(each[0].functions, members, site)
            found[name, subject] = GroupWatch(each, subject, tallies, blindness, keeper, partial(describe, site))
    return found


def tallies_of(functions: Mapping[str, GroupFunction], members: Sequence[str], site: Site) -> dict[str, Tally]:
    """What is kept of these members, of which nothing is known yet, by function."""
    return {
        name: CountTally(function, members)
        if function.is_of_condition
        else ValueTally(function, members, members_by_role(function, members, site))
        for name, function in functions.items()
    }


def members_by_role(function: GroupFunction, members: Sequence[str], site: Site) -> tuple[str | None, str | None]:
    """The two members of a difference; None for a role that none has, or more than one."""
    one, other = function.roles or (None, None)
    return _of_role(one, members, site), _of_role(other, members, site)


def _of_role(role: str | None, members: Sequence[str], site: Site) -> str | None:
    found = [member for member in members if role is not None and site.devices[member].role == role]
    return found[0] if len(found) == 1 else None


def describe(site: Site, members: Sequence[str], count: int) -> str:
    """Which members count, of how many, in the site's language."""
    names = [_named(site, member) for member in members[:_MOST_NAMED]]
    more = len(members) - len(names)
    if site.header.language == "zh":
        rest = f" 等 {more} 个" if more else ""
        return f"{count} 个设备中的 {len(members)} 个：{'、'.join(names)}{rest}"
    rest = f" and {more} more" if more else ""
    return f"{len(members)} of {count}: {', '.join(names)}{rest}"


def _named(site: Site, device: str) -> str:
    name = site.name_of(device)
    return device if name in (None, device) else f"{name} ({device})"
