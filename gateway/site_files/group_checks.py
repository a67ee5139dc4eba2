"""Checks of groups: rules that have none, groups that are too small, roles that no member has, devices in no group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.core.configuration import Configuration
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import written_duration
from gateway.core.rules.groups.building import members_by_role
from gateway.core.rules.groups.functions import GroupFunction
from gateway.core.rules.groups.grouping import GroupBy, groups_of
from gateway.core.rules.rule import Rule, RuleSpec
from gateway.site_files.catalogue import Catalogues, Entry
from gateway.site_files.problems import Problem, first_of

_LACKING = {
    GroupBy.ZONE: ("no zone", "write zone: at their location, or at one around it"),
    GroupBy.LOCATION: ("no location", "write location: at each of them"),
    GroupBy.PARENT: ("nothing that powers or carries them", "write powered_by: or reports_via: at each of them"),
    GroupBy.TAG: ("no tag", "write tags: [basement] at each of them"),
    GroupBy.PROFILE: ("no profile", ""),
}
"""What the devices of a rule lack that are in no group, and what to write."""


def check_groups(catalogues: Catalogues, configuration: Configuration) -> Iterator[Problem]:
    """What is hardly meant in rules with `group_by`."""
    compiled = {rule.id: rule for rule in configuration.rules if rule.spec.group_by is not None}
    for name, rule in compiled.items():
        entry = catalogues.rules.entries[name]
        yield from _check_rule(entry, rule, configuration, is_own=name in catalogues.own_rules.entries)


def _check_rule(entry: Entry[RuleSpec], rule: Rule, configuration: Configuration, *, is_own: bool) -> Iterator[Problem]:
    spec, site = entry.spec, configuration.site
    group_by = spec.group_by
    if group_by is None:
        return
    # Whoever has written no zone at his detectors believes that a confirmed fire is told.
    say = entry.warning if is_own or (spec.life_safety and group_by is GroupBy.ZONE) else entry.note
    groups = groups_of(spec.id, spec.applies_to, group_by, site)
    grouped = {member for members in groups.values() for member in members}
    watched = [device.id for device in site.devices.values() if spec.applies_to.includes(device)]
    alone = [device for device in watched if device not in grouped]
    lacking, hint = _LACKING[group_by]
    if not watched:
        if is_own:
            of = " or ".join(spec.applies_to.names)
            what = f"{spec.id} watches no device: the site has none of the profile {of}"
            yield entry.warning(what, "add one, or remove the rule", at=("applies_to",))
        return
    if not groups:
        if not is_own and len(watched) == 1:  # one device is no group that anybody could miss
            return
        yield say(f"{spec.id} has no group: its devices have {lacking}", hint, at=("group_by",))
        return
    if alone:
        yield entry.note(f"{spec.id} does not watch {first_of(alone)}: {lacking}", hint, at=("group_by",))
    if spec.at_least is not None and isinstance(least := spec.at_least.devices, int):
        small = [subject for subject, members in groups.items() if len(members) < least]
        if small:
            what = f"{spec.id} can never be raised for {_named(small)}: there are fewer than {least} devices"
            remedy = "add devices, write a smaller number, or write a share, as in share: 0.5"
            yield say(what, remedy, at=("at_least", "devices"))
    for name, function in rule.functions.items():
        never = [subject for subject, members in groups.items() if _is_never_silent(function, members, configuration)]
        if never:
            what = f"{spec.id} asks for silent devices, and none of {_named(never)} can be silent"
            hint = "write expect_every: 10m at each of them: how often it sends at least"
            yield say(what, hint, at=("at_least", "when") if spec.at_least is not None else ("let", name))
        ahead = [member for member in sorted(grouped) if _may_be_ahead(function, member, configuration)]
        if ahead:
            what = f"{spec.id} counts what devices say within {written_duration(function.within)} of each other, and by"
            what += f" their profile the clock of {first_of(ahead)} may be further ahead than that"
            hint = "let a time server set the clock, and write a smaller ahead: in clock: of the profile"
            yield say(what, hint, at=("at_least", "within") if spec.at_least is not None else ("let", name))
        if function.roles is None:
            continue
        missing = [subject for subject, members in groups.items() if None in members_by_role(function, members, site)]
        if missing:
            what = f"{name} of {spec.id} is unknown for {_named(missing)}: not one member each has the roles"
            what += f" {function.roles[0]} and {function.roles[1]}"
            yield say(what, "write role: at these two devices, and at no other of the group", at=("let", name, "of"))


def _is_never_silent(function: GroupFunction, members: Sequence[str], configuration: Configuration) -> bool:
    """Whether a function asks if members are silent, and nothing says of any how often it sends."""
    devices = [configuration.site.devices[member] for member in members]
    asked = [device for device in devices if function.reads_silence(device.profile)]
    profiles = configuration.profiles
    return bool(asked) and all(profiles[device.profile].expect_every_of(device) is None for device in asked)


def _may_be_ahead(function: GroupFunction, member: str, configuration: Configuration) -> bool:
    """Whether the device's own stamps are believed although they may be ahead of others by more than `within`.

    How far they may be behind says nothing: that is also how late messages may come, with a clock that is right.
    """
    device = configuration.site.devices[member]
    profile = configuration.profiles[device.profile]
    stamps = any(each.time is not None and not each.is_stamped_by_server for each in profile.bindings(device.dialect))
    return bool(function.within) and stamps and profile.tolerance_of(device.dialect).ahead > function.within


def _named(subjects: Sequence[Subject]) -> str:
    return first_of([str(subject) for subject in subjects])
