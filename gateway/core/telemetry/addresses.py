"""Addresses: what messages call devices, and the topics that contain an address."""

from __future__ import annotations

from gateway.core.profiles.bindings import EVERYONE, Binding, Format
from gateway.core.profiles.element_paths import captures_of
from gateway.core.profiles.topics import TopicPattern
from gateway.core.site.site import DeviceSpec
from gateway.core.telemetry.decoding.compiled import topics_of
from gateway.core.telemetry.decoding.lorawan import dev_eui_of

SPARKPLUG = "spBv1.0/"
"""The prefix of all topics of Sparkplug B."""


def address_key(name: str, channel: str) -> str:
    """The key of the device that a message names. Channel 0 and no channel are the same."""
    return f"{name}/{channel}" if channel not in ("", "0") else name


def address_of(device: DeviceSpec, form: Format) -> str:
    """The device's address in messages of a format, as a key."""
    address = device.address or device.id
    if form == "lorawan":
        return dev_eui_of(address)
    return address if form == "sparkplug" else address.removesuffix("/0")


def names_of(device: DeviceSpec, binding: Binding) -> tuple[str, ...]:
    """What messages of the binding call the device: its address; without its channel where they concern all of them."""
    address = address_of(device, binding.format)
    if binding.channel != EVERYONE or "/" not in address:
        return (address,)
    return (address, address.rpartition("/")[0])


def deep_topics(device: DeviceSpec, binding: Binding) -> list[tuple[TopicPattern, TopicPattern, dict[str, str]]]:
    """The topics with a name of several levels, which the binding's own pattern does not match.

    Each is that pattern, the one with the name in place of `{device}`, and what a match of it captures besides.
    """
    return [
        (topic, topic.with_device(name, channel), {"device": name} | ({"channel": channel} if channel else {}))
        for topic in topics_of(binding)
        if "device" in topic.captures
        for name, channel in _parts_of(device, binding, in_topic="channel" in topic.captures)
        if "/" in name
    ]


def _parts_of(device: DeviceSpec, binding: Binding, *, in_topic: bool) -> list[tuple[str, str]]:
    """Name and channel in the topic: the last level of an address may be its channel, there or in the message."""
    address = address_of(device, binding.format)
    name, _, channel = address.rpartition("/")
    if in_topic:
        return [(address, "0"), (name, channel)]
    in_keys = binding.readings is not None and "channel" in captures_of(binding.readings)
    has_channel = binding.channel is not None or in_keys
    return [(address, ""), (name, "")] if has_channel else [(address, "")]
