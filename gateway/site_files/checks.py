"""Checks across definitions: unknown names, cycles, shared topics, conditions that do not compile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from gateway.core.alarms.builtin import BUILTIN_IDS
from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.mistakes import Location
from gateway.core.profiles.bindings import Binding, Format
from gateway.core.profiles.metric import a_value_of, check_attribute
from gateway.core.profiles.profile import Profile
from gateway.core.rules.compiling import rules_of
from gateway.core.rules.conditions import compile_condition
from gateway.core.rules.expressions import names_in
from gateway.core.rules.inhibitors import circle_of
from gateway.core.rules.level import LevelSpec
from gateway.core.rules.roles import RoleProfiles, role_variables
from gateway.core.rules.rule import Rule, RuleSpec
from gateway.core.site.site import DeviceSpec, LocationSpec
from gateway.core.telemetry.addresses import address_of
from gateway.core.telemetry.decoding.compiled import topics_of
from gateway.site_files.catalogue import Catalogue, Catalogues, Entry
from gateway.site_files.condition_hints import explain
from gateway.site_files.condition_reader import Vocabulary
from gateway.site_files.group_rules import compile_group_rules
from gateway.site_files.let_checks import Lets, check_lets
from gateway.site_files.problems import Problem, did_you_mean
from gateway.site_files.site_roles import SiteRoles

_ADDRESSES: Mapping[Format, tuple[re.Pattern[str], str, str]] = {
    "lorawan": (
        re.compile("[0-9a-fA-F]{16}|[0-9a-fA-F]{2}(?:[:-][0-9a-fA-F]{2}){7}"),
        "LoRaWAN",
        "write the DevEUI that stands on the device, such as address: 24e124136b502156, in quotes if all are digits",
    ),
    "sparkplug": (
        re.compile("[^/]+/[^/]+(/[^/]+)?"),
        "Sparkplug B",
        "write address: group/edge/device, or group/edge for the edge node itself",
    ),
}


def check_locations(locations: Catalogue[LocationSpec]) -> Iterator[Problem]:
    """Unknown parents, and locations that lie within themselves."""
    done: set[str] = set()
    for entry in locations.entries.values():
        parent = entry.spec.parent
        if parent is not None and not locations.knows(parent):
            yield entry.problem(*locations.unknown(parent), at=("parent",))
        path: list[str] = []
        walk: Entry[LocationSpec] | None = entry
        while walk is not None and walk.spec.id not in done:
            done.add(walk.spec.id)
            path.append(walk.spec.id)
            walk = locations.entries.get(walk.spec.parent or "")
        if walk is not None and walk.spec.id in path:
            circle = [*path[path.index(walk.spec.id) :], walk.spec.id]
            what = f"this location lies within itself: {' in '.join(circle)}"
            yield walk.problem(what, "give one of them another parent", at=("parent",))


def check_devices(
    devices: Catalogue[DeviceSpec], profiles: Catalogue[Profile], locations: Catalogue[LocationSpec]
) -> Iterator[Problem]:
    """Unknown profiles and locations, and attributes that do not fit the profile."""
    for entry in devices.entries.values():
        spec = entry.spec
        if spec.location is not None and not locations.knows(spec.location):
            yield entry.problem(*locations.unknown(spec.location), at=("location",))
        if (profile := profiles.entries.get(spec.profile)) is not None:
            yield from _check_attributes(entry, profile.spec)
            yield from _check_computed(entry, profile.spec)
        elif not profiles.knows(spec.profile):
            yield entry.problem(*profiles.unknown(spec.profile), at=("profile",))


def _check_attributes(entry: Entry[DeviceSpec], profile: Profile) -> Iterator[Problem]:
    for name, value in entry.spec.attributes.items():
        attribute = profile.attributes.get(name)
        if attribute is None:
            what = f"the profile {profile.profile} has no attribute {name!r}"
            hint = did_you_mean(name, profile.attributes, kind="attributes")
            yield entry.problem(what, hint, at=("attributes", name), of_key=True)
            continue
        try:
            check_attribute(attribute, value)
        except ValueError as error:
            unit = f" in {attribute.unit}" if attribute.unit else ""
            default = attribute.default
            hint = (
                f"write {a_value_of(attribute)}{unit}"
                if default is None
                else f"write it as {default!r} is written{unit}"
            )
            yield entry.problem(f"{name}: {error}", hint, at=("attributes", name))


def _check_computed(entry: Entry[DeviceSpec], profile: Profile) -> Iterator[Problem]:
    """A metric that the dialect's messages have only by what it is computed from, without the attributes for that."""
    known = profile.attributes_of(entry.spec.attributes)
    carried = {name for binding in profile.bindings(entry.spec.dialect) for name in binding.metrics()}
    for name, metric in profile.metrics.items():
        if (computed := metric.computed) is None or name in carried or computed.from_ not in carried:
            continue
        for attribute in computed.attributes:
            if attribute not in known:
                unit = profile.attributes[attribute].unit
                what = f"{name} is computed from {computed.from_} and the attribute {attribute}, which the device lacks"
                hint = f"write attributes: {{{attribute}: …}}{f', in {unit}' if unit else ''}"
                at = ("attributes",) if entry.spec.attributes else ("profile",)
                yield entry.problem(what, hint, at=at, of_key=bool(entry.spec.attributes))


def check_topics(site: str, devices: Catalogue[DeviceSpec], profiles: Catalogue[Profile]) -> Iterator[Problem]:
    """Unknown dialects, invalid addresses, and devices whose messages could not be told apart."""
    owners: dict[tuple[str, str, str], Entry[DeviceSpec]] = {}
    for entry in devices.entries.values():
        profile = profiles.entries.get(entry.spec.profile)
        if profile is None:
            continue
        problem = _check_dialect(entry, profile.spec) or _check_address(entry, profile.spec)
        if problem is not None:
            yield problem
            continue
        reported = {entry.spec.id}
        for binding in profile.spec.bindings(entry.spec.dialect):
            for where in _places(site, entry.spec, binding):
                other = owners.setdefault((entry.spec.profile, *where), entry).spec.id
                if other not in reported:
                    reported.add(other)
                    yield _same_topic(entry, devices.places[other], other, where)


def _places(site: str, device: DeviceSpec, binding: Binding) -> Iterator[tuple[str, str]]:
    """The topics of a device by a binding, each with the address in its messages where the topic has none."""
    address = address_of(device, binding.format)
    for topic in topics_of(binding):
        if topic.is_exact and not binding.channel and not binding.readings:
            yield topic.fill(site=site, device=address), ""
        else:
            yield topic.text, address
    if binding.format == "sparkplug":
        yield "Sparkplug B", address


def _same_topic(entry: Entry[DeviceSpec], place: str, other: str, where: tuple[str, str]) -> Problem:
    topic, address = where
    same = f", by the same address {address}" if address else ""
    what = f"{entry.spec.id} and {other} report on one topic, {topic}{same}"
    if entry.spec.address is None:
        return entry.problem(what, f"the other stands at {place}; rename one", at=("id",))
    return entry.problem(what, f"the other stands at {place}; give one another address", at=("address",))


def _check_dialect(entry: Entry[DeviceSpec], profile: Profile) -> Problem | None:
    dialect = entry.spec.dialect
    if dialect is None and not profile.messages:
        what = f"the profile {profile.profile} has no native messages"
        return entry.problem(what, f"say which dialect: {', '.join(profile.dialects)}", at=("profile",))
    if dialect is not None and dialect not in profile.dialects:
        what = f"the profile {profile.profile} has no dialect {dialect!r}"
        return entry.problem(what, did_you_mean(dialect, profile.dialects, kind="dialects"), at=("dialect",))
    return None


def _check_address(entry: Entry[DeviceSpec], profile: Profile) -> Problem | None:
    """The address must have the form that the device's network uses."""
    formats = {binding.format for binding in profile.bindings(entry.spec.dialect)}
    if len(formats) > 1 or (form := formats.pop()) not in _ADDRESSES:
        return None
    pattern, network, hint = _ADDRESSES[form]
    address = entry.spec.address or entry.spec.id
    if pattern.fullmatch(address):
        return None
    what = f"{address!r} is no address of {network}"
    return entry.problem(what, hint, at=("id" if entry.spec.address is None else "address",))


def compile_rules(catalogues: Catalogues, *, every: bool) -> tuple[tuple[Rule, ...], list[Problem]]:
    """The rules that watch any device of the site, or all, compiled; and what is wrong with them."""
    devices, profiles = catalogues.devices, catalogues.profiles
    used = {entry.spec.profile for entry in devices.entries.values()}
    known = {name: entry.spec for name, entry in profiles.entries.items()}
    site_roles = SiteRoles.of(catalogues)
    compiled: list[Rule] = []
    problems: list[Problem] = []
    for entry in catalogues.rules.entries.values():
        names = entry.spec.applies_to.names
        if any(name not in profiles.entries for name in names):
            problems += _unknown_profiles(entry, profiles)
            continue
        name, profile = names[0], profiles.entries[names[0]]
        if entry.spec.id in BUILTIN_IDS:
            what = f"{entry.spec.id} is the id of an alarm that is built in"
            problems.append(entry.problem(what, "give the rule another id", at=("id",)))
            continue
        problems += _check_named_devices(entry, devices)
        if entry.spec.group_by is not None:
            if every or not used.isdisjoint(names):
                of_groups, found = compile_group_rules(entry, profiles)
                compiled += of_groups
                problems += found
            continue
        if every or name in used:
            problems += site_roles.problems(entry)
            roles = site_roles.profiles_for(entry.spec)
            try:
                compiled += rules_of(entry.spec, profile.spec, roles)
            except ConditionError:
                words = Vocabulary(profile.spec, known, roles=site_roles.roles.names)
                found = list(_explain_conditions(entry, words, roles))
                if name in catalogues.own_profiles.entries and entry.spec.id not in catalogues.own_rules.entries:
                    hint = f"{profiles.places[name]} replaces the shipped profile; keep its names, or disable the rule"
                    found = [replace(problem, hint=hint) for problem in found]
                problems += found
    return tuple(compiled), problems


def _unknown_profiles(entry: Entry[RuleSpec], profiles: Catalogue[Profile]) -> Iterator[Problem]:
    applies_to = entry.spec.applies_to
    for index, name in enumerate(applies_to.names):
        if not profiles.knows(name):
            at = ("applies_to", "profiles", index) if applies_to.profiles else ("applies_to", "profile")
            yield entry.problem(*profiles.unknown(name), at=at)


def check_inhibitors(catalogues: Catalogues) -> Iterator[Problem]:
    """Rules in `inhibited_by` that there are not, and rules that inhibit each other in a circle."""
    rules = catalogues.rules
    entries = rules.entries
    inhibited_by = {name: entry.spec.inhibited_by for name, entry in entries.items()}
    told: set[str] = set()
    for name, entry in entries.items():
        for index, cause in enumerate(entry.spec.inhibited_by):
            if not rules.knows(cause) and cause not in BUILTIN_IDS:
                yield entry.problem(*rules.unknown(cause), at=("inhibited_by", index))
            elif cause in entries and entries[cause].spec.group_by is not None:
                what = f"{cause} is a rule of groups, and an alarm inhibits those of its own device"
                yield entry.problem(what, "name a rule without group_by", at=("inhibited_by", index))
        circle = circle_of(name, inhibited_by)
        if circle is not None and told.isdisjoint(circle):
            told.update(circle)
            what = f"these rules inhibit each other, so nobody would be told: {' by '.join(circle)}"
            yield entry.problem(what, "remove one of them from `inhibited_by`", at=("inhibited_by",))


def _check_named_devices(entry: Entry[RuleSpec], devices: Catalogue[DeviceSpec]) -> Iterator[Problem]:
    applies_to = entry.spec.applies_to
    if applies_to.devices == ():
        yield entry.problem("the rule watches no device", "name some, or remove the key", at=("applies_to", "devices"))
    for index, name in enumerate(applies_to.devices or ()):
        at = ("applies_to", "devices", index)
        device = devices.entries.get(name)
        if device is None:
            if not devices.knows(name):
                yield entry.problem(*devices.unknown(name), at=at)
        elif device.spec.profile not in applies_to.names:
            what = f"{name} is of the profile {device.spec.profile}, the rule of {' and '.join(applies_to.names)}"
            yield entry.problem(what, "write one rule for each profile", at=at)


def _explain_conditions(entry: Entry[RuleSpec], words: Vocabulary, roles: RoleProfiles) -> Iterator[Problem]:
    lets = check_lets(entry, words)
    yield from lets.problems
    own = frozenset(lets.variables) | lets.broken
    words = replace(words, further=own | words.roles, roles=words.roles - own)
    yield from _explain(entry, entry.spec, (), words, lets, roles)
    for index, level in enumerate(entry.spec.levels):
        yield from _explain(entry, level, ("levels", index), words, lets, roles)


def _explain(
    entry: Entry[RuleSpec],
    spec: RuleSpec | LevelSpec,
    at: Location,
    words: Vocabulary,
    lets: Lets,
    roles: RoleProfiles,
) -> Iterator[Problem]:
    """What does not fit in the conditions of a rule, or of the level of it that stands at `at`."""

    def compile_(text: str) -> None:
        elsewhere = role_variables(text, roles, life_safety=entry.spec.life_safety)
        compile_condition(text, words.profile, lets.variables | elsewhere)

    for key, text in (("when", spec.when), ("clear_when", spec.clear_when)):
        if text is None or (not text and key == "when") or not lets.broken.isdisjoint(names_in(text)):
            continue
        try:
            compile_(text)
        except ConditionError as error:
            for each in explain(text, error, words, compile_):
                what = f"{key} of {entry.spec.id}: {each.what}"
                yield entry.document.problem((*entry.at, *at, key), what, each.hint, excerpt=each.excerpt)
