"""The MQTT filters to which the gateway subscribes."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.profiles.profile import Profile
from gateway.core.profiles.topics import covers
from gateway.core.site.site import Site
from gateway.core.telemetry.addresses import SPARKPLUG, address_of, deep_topics
from gateway.core.telemetry.decoding.compiled import topics_of


def subscriptions(site: Site, profiles: Mapping[str, Profile]) -> tuple[str, ...]:
    """The filters of a site: its own topics, and the others on which its devices publish."""
    site_id = site.header.id
    own = f"site/{site_id}/#"
    filters = {own}
    for profile, dialect in {(device.profile, device.dialect) for device in site.devices.values()}:
        for binding in profiles[profile].bindings(dialect):
            filters |= {topic.filter(site=site_id) for topic in topics_of(binding)}
    for device in site.devices.values():
        bindings = profiles[device.profile].bindings(device.dialect)
        for binding in bindings:
            filters |= {topic.filter(site=site_id) for _, topic, _ in deep_topics(device, binding)}
        if any(binding.format == "sparkplug" for binding in bindings):
            group, edge = (*address_of(device, "sparkplug").split("/"), "+")[:2]
            filters.add(f"{SPARKPLUG}{group}/+/{edge}/#")
    # A broker may send a message that two filters match twice, so filters that another covers are left out.
    needed = {each for each in filters if not any(covers(wide, each) for wide in filters if wide != each)}
    return (own, *sorted(needed - {own}))
