"""The watches of all devices and groups, and what is found among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from gateway.core.devices.device import Device
from gateway.core.devices.latest import Devices
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import SECOND, Micros
from gateway.core.kernel.urgency import rank
from gateway.core.rules.evaluation import Evaluation
from gateway.core.rules.following import calm_of
from gateway.core.rules.groups.part import Groups
from gateway.core.rules.groups.watch import GroupWatch
from gateway.core.rules.guards import NO_GUARDS, GuardsOfRules
from gateway.core.rules.inhibitors import causes_first
from gateway.core.rules.limits import Scope
from gateway.core.rules.rule import Rule
from gateway.core.rules.watch import Follower, Watch
from gateway.core.rules.watching import Watching
from gateway.core.rules.windows.part import Windows
from gateway.core.site.site import Site

SETTLE: Micros = 10 * SECOND
"""For each device on which another depends: so much later people are told that the other is down. What fails together
is noticed within seconds; if it is one cause, its own alarm comes first and inhibits the others."""
_MOST_ANCESTORS = 3
"""That are waited for: a minute would be long."""


def watches_of(
    site: Site,
    rules: Sequence[Rule],
    troubles: Mapping[str, Rule],
    devices: Devices,
    windows: Windows,
    *,
    groups: Groups,
) -> dict[str, Watch]:
    """The devices that rules watch, by id, also as members of groups. Those with the same rules share one tuple, and
    those with the same guards as well: it stays in the cache."""
    watches: dict[str, Watch] = {}
    shared: dict[object, Any] = {}
    guards_of = GuardsOfRules()
    for spec in site.devices.values():
        watching = causes_first([rule for rule in rules if rule.watches(spec)])
        memberships = groups.memberships.get(spec.id, [])
        if watching or memberships:
            device = devices[spec.id]
            scope = Scope(device.profile, device.profile.attributes_of(device.spec.attributes))
            guards = guards_of.of(watching, scope)
            watches[spec.id] = Watch(
                device.facts,
                Subject.of_device(spec.id),
                shared.setdefault(tuple(rule.key for rule in watching), watching),
                shared.setdefault(guards.shared_by, guards),
                troubles.get(spec.id),
                windows,
                settle=SETTLE * len([*islice(site.topology.ancestors_of(spec.id), _MOST_ANCESTORS)]),
                followers=[*memberships],
            )
    for name in [name for name, watch in watches.items() if any(rule.elsewhere for rule in watch.rules)]:
        _follow(watches, name, site, devices, windows)
    for name, watch in watches.items():
        _settle(watch)
        for each in groups.memberships.get(name, ()):
            each.has_settled = partial(_settle, watch)
    return watches


def _settle(watch: Watch) -> None:
    watch.calm = calm_of(watch.followers)


def _follow(watches: dict[str, Watch], name: str, site: Site, devices: Devices, windows: Windows) -> None:
    """Have a device's rules evaluated with the readings of others that they read by role; those are watched then."""
    watch = watches[name]
    neighbours: dict[str, Device] = {}
    for rule in watch.rules:
        for role in sorted({read.role for read in rule.elsewhere.values()}):
            found = site.roles.find(role, site.devices[name].location)
            if len(found) != 1:  # with none the metrics are unknown; two are refused when the files are read
                continue
            other = devices[found[0]]
            neighbours[role] = other
            if other.spec.id not in watches:
                watches[other.spec.id] = Watch(
                    other.facts, Subject.of_device(other.spec.id), (), NO_GUARDS, None, windows
                )
            metrics = frozenset(read.metric for read in rule.elsewhere.values() if read.role == role)
            follower = Follower(watch, rule, metrics)
            watches[other.spec.id].readers.append(follower)
            watches[other.spec.id].followers.append(follower)
    watch.neighbours = neighbours


class Subjects:
    """All that rules watch: devices, and groups of them."""

    def __init__(self, devices: Mapping[str, Watch], groups: Mapping[tuple[str, Subject], GroupWatch]) -> None:
        self.devices, self.groups = devices, groups

    def __iter__(self) -> Iterator[Watching]:
        yield from self.devices.values()
        yield from self.groups.values()

    def of(self, subject: Subject, rule_key: str) -> Watching | None:
        """What watches the subject for a rule; None when the site's files no longer have it."""
        if subject.device is not None:
            return self.devices.get(subject.device)
        return self.groups.get((rule_key.partition("/")[0], subject))

    def find(self, subject: Subject, rule_key: str) -> tuple[Watching, Rule] | None:
        """What watches the subject, and the rule; None when the site's files no longer have both."""
        watch = self.of(subject, rule_key)
        rule = watch.find(rule_key) if watch else None
        return (watch, rule) if watch and rule else None

    def find_raised(self, subject: Subject, rule_id: str, severity: str) -> tuple[Watching, Rule] | None:
        """The same for the rule of an alarm that is raised: of a rule with levels, the level of this severity."""
        return self.find(subject, rule_id) or self.find(subject, f"{rule_id}/{severity}")

    def all_evaluations(self) -> Iterator[Evaluation]:
        """Those of all rules on all subjects."""
        return (evaluation for watch in self for evaluation in watch.evaluations.values())

    def delayed(self) -> Iterator[Evaluation]:
        """The evaluations whose delay runs."""
        return (evaluation for evaluation in self.all_evaluations() if evaluation.elapsed is not None)

    def evaluations_of(self, rule_id: str, begun_before: Micros | None) -> list[tuple[Watching, Evaluation]]:
        """The evaluations of a rule on all subjects, or those that a message from before then began: the worst level
        last, so that an alarm of which all levels end does not fall first."""
        found = [
            (watch, evaluation)
            for watch in self
            for evaluation in watch.evaluations.values()
            if evaluation.rule.id == rule_id and (begun_before is None or evaluation.evidence.received < begun_before)
        ]
        return sorted(found, key=lambda each: rank(each[1].rule.spec.severity), reverse=True)
