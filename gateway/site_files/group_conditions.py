"""The conditions of rules of groups as `rule_checks` examines them: those on members, and those on what they derive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.mistakes import Location
from gateway.core.profiles.profile import Profile
from gateway.core.rules.compiling import group_rules_of
from gateway.core.rules.groups.functions import SILENT, GroupFunction, as_profile
from gateway.core.rules.rule import Rule, RuleSpec
from gateway.core.rules.syntax import parse
from gateway.core.site.site import DeviceSpec
from gateway.site_files.catalogue import Catalogues, Entry
from gateway.site_files.rule_checks import Checked


def checked_group_rules(catalogues: Catalogues) -> list[Checked]:
    """The rules of groups of the site, each condition by itself."""
    profiles, devices = catalogues.profiles.entries, catalogues.devices.entries.values()
    found: list[Checked] = []
    for entry in catalogues.rules.entries.values():
        names = entry.spec.applies_to.names
        if entry.spec.group_by is None or any(name not in profiles for name in names):
            continue
        members = [device for device in devices if entry.spec.applies_to.includes(device.spec)]
        is_own = entry.spec.id in catalogues.own_rules.entries
        try:
            rules = group_rules_of(entry.spec, {name: profiles[name].spec for name in names})
            found += _of_group(entry, rules, len(members), is_own=is_own)
            for name in names:
                watched = tuple(device for device in members if device.spec.profile == name)
                found += _of_members(entry, rules[0], profiles[name], watched, is_own=is_own)
        except ConditionError:  # of a size that nobody examines: any other was reported as an error
            continue
    return found


def _of_group(entry: Entry[RuleSpec], rules: Sequence[Rule], members: int, *, is_own: bool) -> Iterator[Checked]:
    """The conditions on what the rule derives: a group has at most all devices as its members."""
    if entry.spec.at_least is not None or not members:
        return
    if members == 1 and not is_own:  # one device is no group that anybody could miss
        return
    derived = Entry(as_profile(rules[0].functions, members), entry.document, entry.at)
    for rule in rules:
        when = parse(rule.when.text, derived.spec)
        clear_when = parse(rule.clear_when.text, derived.spec) if rule.clear_when is not None else None
        yield Checked(entry, rule, derived, when, clear_when, (), is_own)


def _of_members(
    entry: Entry[RuleSpec],
    rule: Rule,
    profile: Entry[Profile],
    devices: tuple[Entry[DeviceSpec], ...],
    *,
    is_own: bool,
) -> Iterator[Checked]:
    """The conditions on members of one profile."""
    variables = {} if SILENT in profile.spec.metrics or SILENT in profile.spec.attributes else {SILENT: "bool"}
    for name, function in rule.functions.items():
        if function.is_of_condition:
            condition = function.conditions[profile.spec.profile]
            on_member = replace(rule, when=condition, clear_when=None, on_delay=0, off_delay=0)
            when = parse(condition.text, profile.spec, variables)
            place = _place(entry.spec, name, function, profile.spec.profile)
            yield Checked(entry, on_member, profile, when, None, devices, is_own, place)


def _place(spec: RuleSpec, name: str, function: GroupFunction, profile: str) -> Location:
    """Where in the rule's definition the condition on a member stands."""
    at: Location = ("at_least", "when") if spec.at_least is not None else ("let", name, function.function)
    given = spec.at_least.when if spec.at_least is not None else getattr(spec.let[name], function.function)
    return (*at, profile) if isinstance(given, dict) else at
