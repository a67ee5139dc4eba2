"""Everything of a site's files, checked and compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.core.kernel.urgency import Priority
from gateway.core.profiles.bindings import Binding
from gateway.core.profiles.profile import Profile
from gateway.core.profiles.topics import covers
from gateway.core.rules.rule import Rule
from gateway.core.site.site import DeviceSpec, LocationSpec, SiteHeader
from gateway.core.telemetry.addresses import SPARKPLUG, address_of, deep_topics
from gateway.core.telemetry.decoding.compiled import topics_of
from gateway.core.work.sla import DEFAULT_SLA, Deadlines


@dataclass(frozen=True, slots=True)
class Site:
    """Everything of a site's files, checked and compiled."""

    header: SiteHeader
    profiles: Mapping[str, Profile]
    devices: Mapping[str, DeviceSpec]
    rules: tuple[Rule, ...] = ()
    locations: Mapping[str, LocationSpec] = field(default_factory=dict)
    sla: Mapping[Priority, Deadlines] = field(default_factory=lambda: DEFAULT_SLA)

    def rules_of(self, device: DeviceSpec) -> tuple[Rule, ...]:
        """The rules that watch this device."""
        return tuple(
            rule
            for rule in self.rules
            if rule.spec.applies_to.profile == device.profile
            and (rule.spec.applies_to.devices is None or device.id in rule.spec.applies_to.devices)
        )

    def bindings_of(self, device: DeviceSpec) -> tuple[Binding, ...]:
        """The messages in which this device reports."""
        return self.profiles[device.profile].bindings(device.dialect)

    def subscriptions(self) -> tuple[str, ...]:
        """MQTT filters for all that concerns the site: its own topics, and others on which its devices report."""
        own = f"site/{self.header.id}/#"
        filters = {own}
        for profile, dialect in {(device.profile, device.dialect) for device in self.devices.values()}:
            for binding in self.profiles[profile].bindings(dialect):
                filters |= {topic.filter(site=self.header.id) for topic in topics_of(binding)}
        for device in self.devices.values():
            for binding in self.bindings_of(device):
                filters |= deep_topics(self.header.id, device, binding).keys()
            if any(binding.format == "sparkplug" for binding in self.bindings_of(device)):
                group, edge = (*address_of(device, "sparkplug").split("/"), "+")[:2]
                filters.add(f"{SPARKPLUG}{group}/+/{edge}/#")
        # Brokers may send what two filters take twice over, so what another covers is left out.
        needed = {each for each in filters if not any(covers(wide, each) for wide in filters if wide != each)}
        return (own, *sorted(needed - {own}))
