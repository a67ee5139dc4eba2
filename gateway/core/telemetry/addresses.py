"""Addresses: what messages call devices, and the topics that contain an address."""

from __future__ import annotations

from gateway.core.profiles.bindings import Binding, Format
from gateway.core.profiles.topics import TopicPattern
from gateway.core.site.site import DeviceSpec
from gateway.core.telemetry.decoding.compiled import topics_of

SPARKPLUG = "spBv1.0/"
"""The prefix of all topics of Sparkplug B."""


def address_key(name: str, channel: str) -> str:
    """The key of the device that a message names. Channel 0 and no channel are the same."""
    return f"{name}/{channel}" if channel not in ("", "0") else name


def address_of(device: DeviceSpec, form: Format) -> str:
    """The device's address in messages of a format, as a key."""
    address = device.address or device.id
    if form == "lorawan":
        return address.lower()
    return address if form == "sparkplug" else address.removesuffix("/0")


def deep_topics(site: str, device: DeviceSpec, binding: Binding) -> dict[str, TopicPattern]:
    """The topics of a device whose address has several levels, each with its pattern, which does not match it."""
    address = address_of(device, binding.format)
    if "/" not in address:
        return {}
    return {topic.fill(site=site, device=address): topic for topic in topics_of(binding) if topic.is_exact}
