"""The watches of all devices, and what is found among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from gateway.core.devices.device import Device
from gateway.core.devices.latest import Devices
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import SECOND, Micros
from gateway.core.kernel.urgency import rank
from gateway.core.rules.evaluation import Evaluation
from gateway.core.rules.guards import guards_of
from gateway.core.rules.inhibitors import causes_first
from gateway.core.rules.rule import Rule
from gateway.core.rules.watch import Follower, Watch
from gateway.core.rules.windows.part import Windows
from gateway.core.site.site import Site

SETTLE: Micros = 10 * SECOND
"""For each device on which another depends: so much later people are told that the other is down. What fails together
is noticed within seconds; if it is one cause, its own alarm comes first and inhibits the others."""
_MOST_ANCESTORS = 3
"""That are waited for: a minute would be long."""


def watches_of(
    site: Site, rules: Sequence[Rule], troubles: Mapping[str, Rule], devices: Devices, windows: Windows
) -> dict[str, Watch]:
    """The devices that rules watch, by id. Those with the same rules share one tuple, and those with
    the same guards as well: it stays in the cache."""
    watches: dict[str, Watch] = {}
    shared: dict[object, Any] = {}
    for spec in site.devices.values():
        watching = causes_first([rule for rule in rules if rule.watches(spec)])
        if watching:
            device = devices[spec.id]
            attributes = device.profile.attributes_of(device.spec.attributes)
            guards = guards_of(watching, device.profile, attributes)
            watches[spec.id] = Watch(
                device.facts,
                Subject.of_device(spec.id),
                shared.setdefault(tuple(rule.key for rule in watching), watching),
                shared.setdefault(
                    (guards.lowest, guards.highest, tuple(rule.key for rule in guards.unguarded)), guards
                ),
                troubles.get(spec.id),
                windows,
                settle=SETTLE * len([*islice(site.topology.ancestors_of(spec.id), _MOST_ANCESTORS)]),
            )
    for name in [name for name, watch in watches.items() if any(rule.elsewhere for rule in watch.rules)]:
        _follow(watches, name, site, devices, windows)
    return watches


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
                subject, no_guards = Subject.of_device(other.spec.id), guards_of((), other.profile, {})
                watches[other.spec.id] = Watch(other.facts, subject, (), no_guards, None, windows)
            metrics = frozenset(read.metric for read in rule.elsewhere.values() if read.role == role)
            watches[other.spec.id].followers.append(Follower(watch, rule, metrics))
    watch.neighbours = neighbours


def find(watches: Mapping[str, Watch], subject: Subject, rule_key: str) -> tuple[Watch, Rule] | None:
    """What watches the subject, and the rule; None when the site's files no longer have both."""
    watch = watches.get(subject.device or "")
    rule = watch.find(rule_key) if watch else None
    return (watch, rule) if watch and rule else None


def find_raised(
    watches: Mapping[str, Watch], subject: Subject, rule_id: str, severity: str
) -> tuple[Watch, Rule] | None:
    """The same for the rule of an alarm that is raised: of a rule with levels, the level of this severity."""
    return find(watches, subject, rule_id) or find(watches, subject, f"{rule_id}/{severity}")


def all_evaluations(watches: Mapping[str, Watch]) -> Iterator[Evaluation]:
    """Those of all rules on all devices."""
    return (evaluation for watch in watches.values() for evaluation in watch.evaluations.values())


def delayed(watches: Mapping[str, Watch]) -> Iterator[Evaluation]:
    """The evaluations whose delay runs."""
    return (evaluation for evaluation in all_evaluations(watches) if evaluation.elapsed is not None)


def evaluations_of(
    watches: Mapping[str, Watch], rule_id: str, begun_before: Micros | None
) -> list[tuple[Watch, Evaluation]]:
    """The evaluations of a rule on all devices, or those that a message from before then began: the worst level last,
    so that an alarm of which all levels end does not fall first."""
    found = [
        (watch, evaluation)
        for watch in watches.values()
        for evaluation in watch.evaluations.values()
        if evaluation.rule.id == rule_id and (begun_before is None or evaluation.evidence.received < begun_before)
    ]
    return sorted(found, key=lambda each: rank(each[1].rule.spec.severity), reverse=True)
