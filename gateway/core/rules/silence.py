"""The built-in rule `silent`: a device that is expected to send has not been heard for long.

Devices find out (`gateway.core.devices.presence`); this says what people are told. How severe it is depends on how
critical the device is. It is not `life_safety` even where the device is: nobody is in danger yet.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.kernel.texts import Text
from gateway.core.kernel.urgency import Priority, Severity
from gateway.core.profiles.profile import Profile
from gateway.core.rules.applies_to import AppliesTo
from gateway.core.rules.conditions import Condition
from gateway.core.rules.rule import Rule, RuleSpec, TicketTemplate
from gateway.core.site.site import Site

SILENT = "silent"
"""Its id. No rule of a site has it."""

SILENT_TITLE = Text(en="The device is silent", zh="设备失联")
_GUIDANCE = Text(
    en="Nothing that happens at this device is noticed until it is heard again. See whether it has power and network, "
    "and for one with a battery, change it. Until then look at what it watches, where people depend on it.",
    zh="恢复之前，该设备处发生的情况无法被发现。请检查其供电和网络；电池供电的设备请更换电池。涉及安全的，在恢复前安排人员巡查其所监测的部位。",
)
_SEVERITIES = {"high": Severity.CRITICAL, "normal": Severity.WARNING, "low": Severity.INFO}
_PRIORITIES = {"high": Priority.P2, "normal": Priority.P3}
"""One that is of low importance opens no ticket: its battery is changed with the next round."""
_CATEGORY, _TEAM = "communication", "engineering"


def silence_rules(site: Site, profiles: Mapping[str, Profile]) -> tuple[Rule, ...]:
    """The rule `silent`, once for the devices of each profile that are equally critical and expected to send."""
    groups: dict[tuple[str, str], list[str]] = {}
    for device in site.devices.values():
        if profiles[device.profile].expect_every_of(device) is not None:
            groups.setdefault((device.profile, device.criticality), []).append(device.id)
    return tuple(_rule(profile, criticality, tuple(ids)) for (profile, criticality), ids in groups.items())


def _rule(profile: str, criticality: str, devices: tuple[str, ...]) -> Rule:
    priority = _PRIORITIES.get(criticality)
    spec = RuleSpec(
        id=SILENT,
        applies_to=AppliesTo(profile=profile, devices=devices),
        when=SILENT,
        severity=_SEVERITIES[criticality],
        title=SILENT_TITLE,
        guidance=_GUIDANCE,
        ticket=None if priority is None else TicketTemplate(category=_CATEGORY, priority=priority, team=_TEAM),
    )
    condition = Condition(SILENT, frozenset(), lambda _facts: None)
    return Rule(
        spec=spec, id=SILENT, key=SILENT, when=condition, clear_when=None, metrics=frozenset(), on_delay=0, off_delay=0
    )
