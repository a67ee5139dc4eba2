"""Addresses: what messages call devices, and the topics that contain an address."""

from __future__ import annotations

from gateway.core.profiles.bindings import EVERYONE, Binding, Format
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


def names_of(device: DeviceSpec, binding: Binding) -> tuple[str, ...]:
    """What messages of the binding call the device: its address; without its channel where they concern all of them."""
    address = address_of(device, binding.format)
    if binding.channel != EVERYONE or "/" not in address:
        return (address,)
    return (address, address.rpartition("/")[0])


def deep_topics(site: str, device: DeviceSpec, binding: Binding) -> dict[str, tuple[TopicPattern, str]]:
    """The topics with a name of several levels, each with its pattern, which does not match it, and that name."""
    return {
        topic.fill(site=site, device=name): (topic, name)
        for name in names_of(device, binding)
        if "/" in name
        for topic in topics_of(binding)
        if topic.is_exact
    }
