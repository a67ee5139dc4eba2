"""The site: its places, its devices, and which device a topic belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict

from gateway.core.profiles import DEVICE_ID, Binding, Name, Profile
from gateway.core.readings import Reason
from gateway.core.rules import Rule
from gateway.core.sla import DEFAULT_SLA, Deadlines, Priority
from gateway.core.texts import Language, Text


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _identifier(text: str) -> str:
    if not DEVICE_ID.fullmatch(text):
        raise ValueError(f"{text!r} is not an id: letters, digits, '.', '_' and '-', at most 64")
    return text


def _timezone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (OSError, ValueError, KeyError) as error:  # a KeyError is what ZoneInfoNotFoundError is
        raise ValueError(f"{text!r} is not a time zone: write a name such as Asia/Shanghai") from error
    return text


Identifier = Annotated[str, AfterValidator(_identifier)]


class SiteHeader(_Model):
    """Who the site is."""

    id: Identifier
    name: Text
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"
    language: Language = "en"


class LocationSpec(_Model):
    """A place: a building, a floor, a room."""

    id: Identifier
    name: Text | None = None
    parent: Identifier | None = None
    kind: Name = "room"
    zone: Identifier | None = None


class DeviceSpec(_Model):
    """One device of the site."""

    id: Identifier
    profile: Name
    name: Text | None = None
    location: Identifier | None = None
    criticality: Literal["high", "normal", "low"] = "normal"
    attributes: dict[Name, bool | int | float | str] = {}


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

    def subscriptions(self) -> tuple[str, ...]:
        """MQTT filters for all that concerns the site: its own topics, and others on which its devices report."""
        own = f"site/{self.header.id}/"
        used = {device.profile for device in self.devices.values()}
        topics = {
            binding.topic_of(site=self.header.id, device="+")
            for name, profile in self.profiles.items()
            for binding in profile.messages
            if name in used
        }
        return (own + "#", *sorted(topic for topic in topics if not topic.startswith(own)))

    def bindings(self) -> Iterable[tuple[DeviceSpec, Binding, str]]:
        """Each exact topic on which a device of this site reports."""
        for device in self.devices.values():
            for binding in self.profiles[device.profile].messages:
                yield device, binding, binding.topic_of(site=self.header.id, device=device.id)


class Strangers:
    """Tells why a topic belongs to no device: nobody knows its form, or nobody knows the device."""

    def __init__(self, site: Site) -> None:
        self._patterns = {
            re.compile(re.escape(binding.topic_of(site=site.header.id, device="\0")).replace("\0", "([^/]+)")): name
            for name, profile in site.profiles.items()
            for binding in profile.messages
        }

    def reason(self, topic: str) -> tuple[Reason, str]:
        """The reason and a sentence that says what to do."""
        for pattern, profile in self._patterns.items():
            if match := pattern.fullmatch(topic):
                detail = f"the site's files have no {profile} named {match[1]!r}: add it to devices"
                return Reason.UNKNOWN_DEVICE, detail
        return Reason.UNKNOWN_TOPIC, "no profile has a message binding for this topic"
