"""The native format in tests: each metric under the key of its own name, with the stamp of the device."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.configuration import Configuration
from gateway.core.profiles.bindings import Binding
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import DeviceSpec

_VALUES = "site/{site}/%s/{device}/values"
"""On which topic a device of a test sends series where its own messages are not in the native format."""


def with_native_values(configuration: Configuration) -> Configuration:
    """The same, where each device also understands the native format: on its own topic, or else on one for tests."""
    profiles = dict(configuration.profiles)
    for spec in configuration.site.devices.values():
        profile = profiles[spec.profile]
        if _native_binding(profile, spec) is None:
            profiles[spec.profile] = _with_binding(profile, spec.dialect)
    return replace(configuration, profiles=profiles)


def native_topic(configuration: Configuration, device: str) -> str:
    """On which topic the device sends its series."""
    spec = configuration.site.devices[device]
    binding = _native_binding(configuration.profiles[spec.profile], spec)
    assert binding is not None
    assert binding.topic is not None
    filled = binding.topic.replace("{site}", configuration.site.header.id)
    return filled.replace("{device}", spec.address or spec.id)


def _native_binding(profile: Profile, spec: DeviceSpec) -> Binding | None:
    """The binding of the device by which each metric is under the key of its own name, with a stamp."""
    for binding in profile.bindings(spec.dialect):
        parts = (binding.values, binding.readings, binding.device, binding.channel)
        is_plain = binding.format == "json" and not binding.when and all(each is None for each in parts)
        topic = binding.topic or ""
        if (
            is_plain
            and binding.time is not None
            and binding.time.path == ("ts",)
            and topic in (_own_topic(profile), _VALUES % profile.profile)
        ):
            return binding
    return None


def _own_topic(profile: Profile) -> str:
    return f"site/{{site}}/{profile.profile}/{{device}}/telemetry"


def _with_binding(profile: Profile, dialect: str | None) -> Profile:
    binding = Binding.model_validate({"topic": _VALUES % profile.profile, "time": "ts"})
    if dialect is None:
        return profile.model_copy(update={"messages": (*profile.messages, binding)})
    spoken = profile.dialects[dialect]
    spoken = spoken.model_copy(update={"messages": (*spoken.messages, binding)})
    return profile.model_copy(update={"dialects": {**profile.dialects, dialect: spoken}})
