"""The built-in rule `trouble`: what a device says last of a life-safety metric cannot be used.

A life-safety metric is one that an enabled rule with `life_safety` reads. The evaluator runs this rule as any other;
its condition is whether a value of such a metric is rejected at present.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from gateway.core.devices.device import LATE_AFTER
from gateway.core.kernel.texts import Text
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import Priority, Severity
from gateway.core.profiles.profile import Profile
from gateway.core.rules.applies_to import AppliesTo
from gateway.core.rules.conditions import Condition
from gateway.core.rules.rule import Rule, RuleSpec, TicketTemplate
from gateway.core.site.site import Site
from gateway.core.telemetry.readings import STAMPED, Reading

TROUBLE = "trouble"
"""Its id. No rule of a site has it."""

REJECTED = "rejected"
"""Its condition, and the one fact that this reads."""

TROUBLE_TITLE = Text(en="The device sends safety values that cannot be used", zh="设备上报的安全数据无法使用")
_GUIDANCE = Text(
    en="Until this ends, an alarm of this device may go unnoticed. See whether there is danger where it is, and have a "
    "guard pass by until it is repaired. Check the device, its wiring and its profile: facility-gateway rejects shows "
    "what it sent.",
    zh="在恢复之前，该设备的报警可能无法被发现。请到现场确认有无危险，修复前安排人员巡查。请检查设备、线路及其设备模型；"
    "用 facility-gateway rejects 可查看其上报的内容。",
)
_TEAM = "engineering"
"""As in the shipped rules on faults of detectors."""


class RejectedValue(msgspec.Struct, frozen=True, gc=False):
    """The latest that a device said of a metric, if it was rejected."""

    message: int
    """The number of its message."""
    stamp: Micros | None
    """The device's stamp, if it was believed."""
    detail: str
    """What was wrong, and what was expected."""

    def is_newer_than(self, reading: Reading) -> bool:
        """Whether the reading was delayed, and is older."""
        return (
            self.stamp is not None
            and reading.origin == STAMPED
            and reading.time < self.stamp
            and reading.received - reading.time > LATE_AFTER
        )


def trouble_rules(site: Site, profiles: Mapping[str, Profile], rules: Sequence[Rule]) -> dict[str, Rule]:
    """The rule `trouble` of each device that has life-safety metrics, by device.

    Devices of a profile with the same metrics share one.
    """
    of_profile: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.spec.life_safety:
            for name in rule.spec.applies_to.names:
                of_profile.setdefault(name, []).append(rule)
    devices: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    watching: dict[tuple[str, tuple[str, ...]], list[Rule]] = {}
    for device in site.devices.values():
        found = [rule for rule in of_profile.get(device.profile, ()) if rule.concerns(device)]
        if found:
            key = device.profile, tuple(rule.id for rule in found)
            devices.setdefault(key, []).append(device.id)
            watching[key] = found
    several = {profile for profile in profiles if sum(key[0] == profile for key in devices) > 1}
    by_device: dict[str, Rule] = {}
    for key, ids in devices.items():
        profile = profiles[key[0]]
        only = tuple(ids) if profile.profile in several or len(ids) < _count(site, profile) else None
        by_device |= dict.fromkeys(ids, _trouble_rule(profile, watching[key], only))
    return by_device


def _count(site: Site, profile: Profile) -> int:
    return sum(device.profile == profile.profile for device in site.devices.values())


def _trouble_rule(profile: Profile, rules: Sequence[Rule], devices: tuple[str, ...] | None) -> Rule:
    metrics = frozenset[str]().union(*(rule.metrics_of(profile.profile) for rule in rules))
    category = next((rule.spec.ticket.category for rule in rules if rule.spec.ticket), TROUBLE)
    spec = RuleSpec(
        id=TROUBLE,
        applies_to=AppliesTo(profile=profile.profile, devices=devices),
        when=REJECTED,
        severity=Severity.WARNING,
        title=TROUBLE_TITLE,
        guidance=_GUIDANCE,
        ticket=TicketTemplate(category=category, priority=Priority.P2, team=_TEAM),
    )
    return Rule(
        spec=spec,
        id=TROUBLE,
        key=TROUBLE,
        when=Condition(REJECTED, metrics, lambda facts: bool(facts[REJECTED])),
        clear_when=None,
        metrics=metrics,
        on_delay=profile.trouble_after,
        off_delay=profile.trouble_after,
    )
