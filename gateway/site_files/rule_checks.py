"""Checks of what rules mean: what can never be raised, what is always raised, what ends while it stands.

None of these is an error: a site that ran yesterday must start today. `facility-gateway check --strict` makes them so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.mistakes import Location
from gateway.core.kernel.times import Micros, written_duration
from gateway.core.kernel.values import Value, exact
from gateway.core.profiles.profile import Profile
from gateway.core.rules.analysis import can_fail, can_hold, example_of_both
from gateway.core.rules.compiling import rules_of
from gateway.core.rules.expressions import with_caret
from gateway.core.rules.limits import Limit, Scope, limits_in
from gateway.core.rules.roles import role_variables
from gateway.core.rules.rule import Rule, RuleSpec
from gateway.core.rules.syntax import Node, names_in, parse, start_of
from gateway.core.site.site import DeviceSpec
from gateway.site_files.catalogue import Catalogues, Entry
from gateway.site_files.intervals import interval_of
from gateway.site_files.problems import Problem, first_of
from gateway.site_files.site_roles import SiteRoles


@dataclass(frozen=True, slots=True)
class Checked:
    """A rule, or one level of it, with its profile, the trees of its conditions, and the devices that it watches."""

    entry: Entry[RuleSpec]
    rule: Rule
    profile_entry: Entry[Profile]
    when: Node
    clear_when: Node | None
    devices: tuple[Entry[DeviceSpec], ...]
    is_own: bool
    """Whether it stands in the site's files."""
    place: Location | None = None
    """Where in the rule's definition its condition stands, if it is one on the members of a group."""

    @property
    def profile(self) -> Profile:
        """The profile of its devices."""
        return self.profile_entry.spec

    @property
    def name(self) -> str:
        """What messages call it: the id, and the severity of a level."""
        return self.rule.key.replace("/", ", ")

    def at(self, key: str) -> Location:
        """Where in the rule's definition its condition of this key stands."""
        if self.place is not None:
            return self.place
        has_deadband = key == "clear_when" and self.rule.spec.deadband is not None
        levels = self.entry.spec.levels
        place = next((index for index, level in enumerate(levels) if level.severity is self.rule.spec.severity), None)
        inside: Location = () if place is None else ("levels", place)
        return (*inside, "deadband" if has_deadband else key)

    @property
    def conditions(self) -> Iterator[tuple[str, str, Node]]:
        """Key, text and tree of each condition. A deadband is a `clear_when`."""
        yield "when", self.rule.when.text, self.when
        if self.clear_when is not None and self.rule.clear_when is not None:
            yield "clear_when", self.rule.clear_when.text, self.clear_when

    def waits_for(self, names: Iterable[str], scope: Scope) -> bool:
        """Whether it is a shipped rule, and one of the names is a limit that only the site can know, such as the flow
        at the acceptance, and that nobody has set for these devices."""
        limits = self.profile.attributes
        return not self.is_own and any(
            limits[name].per_site and limits[name].default == scope.attributes[name]
            for name in limits.keys() & set(names)
        )

    def scopes(self) -> list[tuple[Scope, tuple[Entry[DeviceSpec], ...]]]:
        """The devices that have the same attributes, together; without devices the profile's defaults."""
        groups: dict[tuple[tuple[str, Value], ...], list[Entry[DeviceSpec]]] = {}
        for device in self.devices:
            attributes = self.profile.attributes_of(device.spec.attributes)
            groups.setdefault(tuple(sorted(attributes.items())), []).append(device)
        if not groups:
            return [(Scope(self.profile, self.profile.attributes_of({})), ())]
        return [(Scope(self.profile, dict(key)), tuple(devices)) for key, devices in groups.items()]


def checked_rules(catalogues: Catalogues) -> list[Checked]:
    """The rules of the site on single devices whose conditions can be examined."""
    found = []
    profiles, devices = catalogues.profiles.entries, catalogues.devices.entries
    site_roles = SiteRoles.of(catalogues)
    for entry in catalogues.rules.entries.values():
        profile = profiles.get(entry.spec.applies_to.name)
        if profile is None or entry.spec.group_by is not None:
            continue
        watched = tuple(device for device in devices.values() if entry.spec.applies_to.includes(device.spec))
        is_own = entry.spec.id in catalogues.own_rules.entries
        try:
            roles = site_roles.profiles_for(entry.spec)
            for rule in rules_of(entry.spec, profile.spec, roles):
                types = {name: each.type for name, each in rule.let.items()}
                texts = f"{rule.when.text}\n{rule.clear_when.text if rule.clear_when is not None else ''}"
                elsewhere = role_variables(texts, roles, life_safety=entry.spec.life_safety)
                types |= {name: each.type for name, each in elsewhere.items()}
                when = parse(rule.when.text, profile.spec, types)
                clear_when = parse(rule.clear_when.text, profile.spec, types) if rule.clear_when is not None else None
                found.append(Checked(entry, rule, profile, when, clear_when, watched, is_own))
        except ConditionError:  # of a size that nobody examines: any other was reported as an error
            continue
    return found


def check_rules(rules: Sequence[Checked]) -> Iterator[Problem]:
    """What is hardly meant in the rules, and in the attributes of devices that they read."""
    for first in {rule.entry.spec.id: rule for rule in rules if rule.rule.spec.group_by is None}.values():
        yield from _applies_to_nothing(first)
    for rule in rules:
        yield from _conditions(rule)
        yield from _undecided(rule)
        yield from short_delays(rule)
    yield from _crossed_limits(rules)


def _applies_to_nothing(rule: Checked) -> Iterator[Problem]:
    if rule.is_own and not rule.devices and rule.entry.spec.applies_to.devices is None:
        what = f"{rule.entry.spec.id} watches no device: the site has none of the profile {rule.profile.profile}"
        yield rule.entry.warning(what, "add one, or remove the rule", at=("applies_to", "profile"))


@dataclass(frozen=True, slots=True)
class _Claim:
    """What was found of a rule, for some devices."""

    key: str
    what: str
    hint: str
    excerpt: str
    attributes: frozenset[str] = frozenset()
    """The attributes of a device on which it depends."""


def _conditions(rule: Checked) -> Iterator[Problem]:
    """What follows from the values that metrics and attributes can have."""
    found: dict[_Claim, list[Entry[DeviceSpec]]] = {}
    for scope, devices in rule.scopes():
        for claim in _claims(rule, scope):
            found.setdefault(claim, []).extend(devices)
    if not found:
        return
    whatever_the_device = set(_claims(rule, Scope(rule.profile, rule.profile.attributes_of({}))))
    for claim, concerned in found.items():
        if len(concerned) == len(rule.devices) and claim in whatever_the_device:
            yield rule.entry.warning(claim.what, claim.hint, at=rule.at(claim.key), excerpt=claim.excerpt)
        else:
            yield from _of_devices(rule, claim, concerned)


def _of_devices(rule: Checked, claim: _Claim, devices: Sequence[Entry[DeviceSpec]]) -> Iterator[Problem]:
    """The claim at the attribute of each device that is given it, and for the others at the rule."""
    others = []
    for device in devices:
        given = next((name for name in sorted(claim.attributes) if name in device.spec.attributes), None)
        if given is None:
            others.append(device)
        else:
            what = f"{device.spec.id}: {claim.what}"
            yield device.warning(what, claim.hint, at=("attributes", given), excerpt=claim.excerpt)
    if others:
        of = f" ({first_of([each.spec.id for each in others])})" if len(others) < len(rule.devices) else ""
        yield rule.entry.warning(f"{claim.what}{of}", claim.hint, at=rule.at(claim.key), excerpt=claim.excerpt)


def _claims(rule: Checked, scope: Scope) -> Iterator[_Claim]:
    """What is certain of the rule for devices of this scope."""
    danger = ", and people are in danger then" if rule.rule.spec.life_safety else ""
    for key, text, tree in rule.conditions:
        name = f"{key} of {rule.name}"
        limits = list(limits_in(tree, scope))
        reasons = [each for each in limits if each.never_holds or each.always_holds]
        if not can_hold(tree, scope):
            if key == "when" and rule.waits_for(names_in(tree), scope):
                return
            reason = min(reasons, key=lambda each: each.always_holds, default=None)
            because = f": {_reason(reason, scope)}" if reason else ": its parts contradict each other"
            ending = f"the alarm never comes{danger}" if key == "when" else "the alarm never ends"
            what = f"{name} can never be true, so {ending}{because}"
            yield _Claim(key, what, _remedy(reason), _excerpt(text, reason), _attributes(reason, limits))
            return  # what else there is to say follows from it
        if not can_fail(tree, scope):
            reason = min(reasons, key=lambda each: each.never_holds, default=None)
            because = f": {_reason(reason, scope)}" if reason else ""
            ending = "the alarm always stands" if key == "when" else "the alarm ends while it stands"
            what = f"{name} is always true, so {ending}{because}"
            yield _Claim(key, what, _remedy(reason), _excerpt(text, reason), _attributes(reason, limits))
        else:
            for each in reasons:
                if rule.waits_for(each.attributes, scope):
                    continue
                what = f"a part of {name} is {'never' if each.never_holds else 'always'} true: {_reason(each, scope)}"
                yield _Claim(key, what, _remedy(each), _excerpt(text, each), each.attributes)
    if rule.clear_when is not None and (both := example_of_both(rule.when, rule.clear_when, scope)) is not None:
        values = ", ".join(f"{name} {exact(value)}" for name, value in sorted(both.items()))
        what = f"when and clear_when of {rule.name} are both true with {values}: the alarm would end while it stands"
        hint = "leave a gap between them, as in when: level > 3 and clear_when: level < 2.8"
        limits = [each for _, _, tree in rule.conditions for each in limits_in(tree, scope)]
        attributes = frozenset[str]().union(*(each.attributes for each in limits if each.metric in both))
        yield _Claim("clear_when", what, hint, "", attributes)


def _reason(limit: Limit | None, scope: Scope) -> str:
    if limit is None or limit.range is None:
        return ""
    low, high = (f"{end:g}" for end in limit.range)
    unit = scope.profile.metrics[limit.metric].unit
    of = " and ".join(f"{name} is {exact(scope.attributes[name])}" for name in sorted(limit.attributes))
    threshold = f"{of}, and " if of else ""
    return f"{threshold}{limit.metric} is within {low} … {high}{f' {unit}' if unit else ''}"


def _remedy(limit: Limit | None) -> str:
    if limit is None:
        return "see which of its comparisons is meant otherwise"
    return "correct the attribute" if limit.attributes else "correct the threshold, or the range in the profile"


def _excerpt(text: str, limit: Limit | None) -> str:
    return with_caret("", text, start_of(limit.node) if limit is not None else 0).removeprefix("\n")


def _attributes(reason: Limit | None, limits: Sequence[Limit]) -> frozenset[str]:
    return reason.attributes if reason is not None else frozenset[str]().union(*(each.attributes for each in limits))


def _undecided(rule: Checked) -> Iterator[Problem]:
    """Devices whose messages never have what the rule depends on."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    read = {key: {*names_in(tree)} for key, _, tree in rule.conditions}
    for scope, devices in rule.scopes():
        for device in devices:
            unsent = unsent_by(rule.profile, device.spec)
            missing = Scope(rule.profile, scope.attributes, unsent)
            if unsent and (found := _without(rule, scope, missing)) is not None:
                lacking = " and ".join(sorted(unsent & read[found[0]]))
                groups.setdefault((*found, lacking), []).append(device.spec.id)
    for (key, ending, lacking), ids in groups.items():
        what = f"{rule.name}: the alarm {ending} for {first_of(ids)}, whose messages never have {lacking}"
        if rule.is_own:
            hint = "say by applies_to which devices it watches, or give the metric a default in the profile"
            yield rule.entry.warning(what, hint, at=rule.at(key))
        else:
            hint = "nothing is wrong where the product does not measure it"
            yield rule.entry.note(what, hint, at=rule.at(key))


def _without(rule: Checked, scope: Scope, missing: Scope) -> tuple[str, str] | None:
    """What becomes of the alarm for a device that lacks metrics: the key to which it is due, and in words."""
    if not can_hold(rule.when, missing):
        return ("when", "never comes") if can_hold(rule.when, scope) else None
    if rule.clear_when is not None:
        is_stuck = can_hold(rule.clear_when, scope) and not can_hold(rule.clear_when, missing)
        return ("clear_when", "never ends") if is_stuck else None
    return ("when", "never ends") if can_fail(rule.when, scope) and not can_fail(rule.when, missing) else None


def unsent_by(profile: Profile, device: DeviceSpec) -> frozenset[str]:
    """The metrics without a default that no message of the device's dialect has."""
    bindings = [each for each in profile.bindings(device.dialect) if not each.ignore]
    if any(each.values is None and not each.is_bytes for each in bindings):
        return frozenset()  # every metric under its own name
    carried = {name for binding in bindings for name in binding.metrics()}
    return frozenset(
        name
        for name, metric in profile.metrics.items()
        if name not in carried
        and metric.default is None
        and (metric.computed is None or metric.computed.from_ not in carried)
    )


def short_delays(rule: Checked) -> Iterator[Problem]:
    """Delays that end before the device reports again: one reading then decides, as if there were none."""
    for key, delay in (("for", rule.rule.on_delay), ("clear_for", rule.rule.off_delay)):
        slower: dict[Micros, list[str]] = {}
        for device in rule.devices if delay else ():
            interval = interval_of(device, rule.profile_entry)
            if interval is not None and delay < interval:
                slower.setdefault(interval, []).append(device.spec.id)
        for interval, ids in slower.items():
            every, short = written_duration(interval), written_duration(delay)
            ends = "raised" if key == "for" else "ended"
            what = (
                f"{key} of {rule.name}, {short}, is shorter than the {every} in which {first_of(ids)} reports:"
                f" the alarm is {ends} by one reading"
            )
            if rule.is_own:
                yield rule.entry.warning(what, f"write {every} or more, or leave it out", at=rule.at(key))
            else:
                yield rule.entry.note(what, "replace the rule where one reading must not decide", at=rule.at(key))


def _crossed_limits(rules: Sequence[Checked]) -> Iterator[Problem]:
    """Attributes of a device of which the low limit of a metric lies above its high limit."""
    watching: dict[str, list[Checked]] = {}
    devices: dict[str, Entry[DeviceSpec]] = {}
    for rule in rules:
        for device in rule.devices:
            if device.spec.attributes:
                devices[device.spec.id] = device
                watching.setdefault(device.spec.id, []).append(rule)
    for name, device in devices.items():
        yield from _crossed_limits_of(device, watching[name])


def _crossed_limits_of(device: Entry[DeviceSpec], rules: Sequence[Checked]) -> Iterator[Problem]:
    lows: list[Limit] = []
    highs: list[Limit] = []
    for rule in rules:
        scope = Scope(rule.profile, rule.profile.attributes_of(device.spec.attributes))
        for limit in limits_in(rule.when, scope):
            if limit.operator in ("<", "<="):
                lows.append(limit)
            elif limit.operator in (">", ">="):
                highs.append(limit)
    told = set[tuple[str, str]]()
    for low, high in product(lows, highs):
        names = _crossed(low, high, device.spec.attributes)
        if names is None or names in told:
            continue
        told.add(names)
        given = next(name for name in names if name in device.spec.attributes)
        what = (
            f"{device.spec.id}: {names[0]}, the low limit of {low.metric}, is {exact(low.value)},"
            f" and {names[1]}, its high limit, is {exact(high.value)}: every value breaches one of them"
        )
        yield device.warning(what, "write a low limit that is below the high one", at=("attributes", given))


def _crossed(low: Limit, high: Limit, given: Mapping[str, Value]) -> tuple[str, str] | None:
    """The two attributes, where each limit is one and they are the wrong way round; at least one is the device's."""
    if (
        low.metric != high.metric
        or len(low.attributes) != 1
        or len(high.attributes) != 1
        or low.attributes == high.attributes
    ):
        return None
    names = (next(iter(low.attributes)), next(iter(high.attributes)))
    is_crossed = isinstance(low.value, float) and isinstance(high.value, float) and low.value > high.value
    return names if is_crossed and any(name in given for name in names) else None
