"""What messages call devices, and on which topics."""

from __future__ import annotations

from gateway.core.profiles.bindings import Binding, Format
from gateway.core.profiles.topics import TopicPattern
from gateway.core.site.site import DeviceSpec
from gateway.core.telemetry.decoding.compiled import topics_of

SPARKPLUG = "spBv1.0/"
"""How all topics of Sparkplug B begin."""


def address_key(name: str, channel: str) -> str:
    """How a device is found by what a message calls it: channel 0 is what an address without a channel means."""
    return f"{name}/{channel}" if channel not in ("", "0") else name


def address_of(device: DeviceSpec, form: Format) -> str:
    """What messages of this format call the device, as a key."""
    address = device.address or device.id
    if form == "lorawan":
        return address.lower()
    return address if form == "sparkplug" else address.removesuffix("/0")


def deep_topics(site: str, device: DeviceSpec, binding: Binding) -> dict[str, TopicPattern]:
    """The topics of a device whose address has several levels: no filter and no pattern would take them for one."""
    address = address_of(device, binding.format)
    if "/" not in address:
        return {}
    return {topic.fill(site=site, device=address): topic for topic in topics_of(binding) if topic.is_exact}
