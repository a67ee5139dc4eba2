"""A site for the state machine: a detector with its own clock, one behind a server, and rules of every kind."""

from __future__ import annotations

from typing import Any

from gateway.core.configuration import Configuration
from gateway.core.profiles.profile import Profile
from gateway.core.rules.compiling import compile_rule
from gateway.core.rules.rule import RuleSpec
from gateway.core.site.site import DeviceSpec, Site, SiteHeader

METRICS: dict[str, Any] = {
    "smoke": {"type": "bool"},
    "level": {"type": "float", "range": [0, 10]},
    "armed": {"type": "bool"},
    "call": {"type": "bool", "event": True},
}
RULES: dict[str, dict[str, Any]] = {
    "fire": {"when": "smoke", "life_safety": True},
    "fire-held": {"when": "smoke", "clear_for": "60s", "latched": True, "life_safety": True},
    "call": {"when": "call", "life_safety": True},
    "low": {"when": "level < 1", "for": "60s", "clear_for": "30s"},
    "low-long": {"when": "level < 1", "clear_when": "level > 2", "for": "5m", "latched": True},
    "low-armed": {"when": "level < 1 && armed", "for": "10s"},
}
"""What every device is watched for."""

DEVICES = {"wired": "detector", "radio": "bridged"}
"""Each device and its profile. A server puts the stamps of `bridged` on."""


def _profile(name: str, time: object) -> Profile:
    messages = [{"topic": f"site/{{site}}/{name}/{{device}}", "time": time}]
    return Profile.model_validate({"profile": name, "title": {"en": name}, "metrics": METRICS, "messages": messages})


def configuration() -> Configuration:
    """The site's files."""
    profiles = {"detector": _profile("detector", "ts"), "bridged": _profile("bridged", {"path": "ts", "by": "server"})}
    header = SiteHeader.model_validate({"id": "s1", "name": {"en": "Site"}, "timezone": "Asia/Shanghai"})
    rules = [
        compile_rule(
            RuleSpec.model_validate(
                {
                    "id": f"{profile}-{name}",
                    "applies_to": {"profile": profile},
                    "severity": "critical",
                    "chatter": "never",  # it has tests of its own
                    "title": {"en": name},
                    **fields,
                }
            ),
            profiles[profile],
        )
        for profile in profiles
        for name, fields in RULES.items()
    ]
    devices = {device: DeviceSpec(id=device, profile=profile) for device, profile in DEVICES.items()}
    return Configuration(site=Site(header=header, devices=devices), profiles=profiles, rules=tuple(rules))
