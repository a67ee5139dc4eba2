"""The site: its places, its devices, and which device a topic belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, WithJsonSchema

from gateway.core.bindings import Binding, Format
from gateway.core.decoding.checks import shown
from gateway.core.decoding.compiled import topics_of
from gateway.core.profiles import DEVICE_ID, Name, Profile
from gateway.core.readings import Reason
from gateway.core.rules import Rule
from gateway.core.sla import DEFAULT_SLA, Deadlines, Priority
from gateway.core.spec import Spec
from gateway.core.texts import Language, Text
from gateway.core.topics import TopicPattern, covers

SPARKPLUG = "spBv1.0/"
"""How all topics of Sparkplug B begin."""

_LONGEST_ADDRESS = 256


def _identifier(text: str) -> str:
    if not DEVICE_ID.fullmatch(text):
        raise ValueError(f"{text!r} is not an id: use letters, digits, '.', '_' and '-', at most 64")
    return text


def _timezone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (OSError, ValueError, KeyError) as error:  # a KeyError is what ZoneInfoNotFoundError is
        raise ValueError(f"{text!r} is not a time zone: write a name such as Asia/Shanghai") from error
    return text


def _address(text: str) -> str:
    if not text.strip() or len(text) > _LONGEST_ADDRESS or any(mark in text for mark in "+#\0"):
        raise ValueError(
            f"{text!r} is not an address: write what the device's messages call it, such as 24e124136b502156"
        )
    return text


Identifier = Annotated[
    str, AfterValidator(_identifier), WithJsonSchema({"type": "string", "pattern": f"^(?:{DEVICE_ID.pattern})$"})
]


class SiteHeader(Spec):
    """Who the site is."""

    id: Identifier
    """A level of MQTT topics, such as `riverside`: letters, digits, . _ and -"""
    name: Text
    """What people call it."""
    timezone: Annotated[str, AfterValidator(_timezone)] = Field(default="UTC", examples=["Asia/Shanghai"])
    """The name of its time zone."""
    language: Language = "en"
    """Of titles and guidance."""


class LocationSpec(Spec):
    """A place: a building, a floor, a room."""

    id: Identifier
    """Its name in the site's files, such as `b1.pump-room`."""
    name: Text | None = None
    """What people call it."""
    parent: Identifier | None = None
    """The place that it is in, by id."""
    kind: Name = "room"
    """What it is, such as `building`, `floor` or `room`."""
    zone: Identifier | None = None
    """What it belongs to across buildings and floors, such as a fire zone."""


class DeviceSpec(Spec):
    """One device of the site."""

    id: Identifier
    """Its name in the site's files, in topics and in the API, such as `pump-b1-1`."""
    profile: Name
    """What kind of device it is: the name of a profile."""
    name: Text | None = None
    """What people call it."""
    dialect: Name | None = None
    """Which of the profile's dialects it speaks; None for the native one."""
    address: Annotated[str, AfterValidator(_address)] | None = None
    """What its messages call it; its id where that is None."""
    location: Identifier | None = None
    """Where it is, by the id of a location."""
    criticality: Literal["high", "normal", "low"] = "normal"
    """How much hangs on it."""
    attributes: dict[Name, bool | int | float | str] = Field(default={}, examples=[{"rated_speed": 2.5}])
    """Where it differs from the defaults of its profile's attributes."""


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


class Strangers:
    """Tells why a topic belongs to no device: nobody knows its form, or nobody knows the device."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @cached_property
    def _patterns(self) -> dict[re.Pattern[str], tuple[str, str | None]]:
        """Profile and dialect by topic; made when the first stranger comes."""
        patterns: dict[re.Pattern[str], tuple[str, str | None]] = {}
        for name, profile in self._site.profiles.items():
            for dialect in (None, *profile.dialects):
                for binding in profile.bindings(dialect):
                    for topic in topics_of(binding):
                        if "device" in topic.captures:
                            patterns.setdefault(topic.regex(site=self._site.header.id), (name, dialect))
        return patterns

    def reason(self, topic: str) -> tuple[Reason, str]:
        """The reason and a sentence that says what to do."""
        for pattern, (profile, dialect) in self._patterns.items():
            if match := pattern.fullmatch(topic):
                speaking = f" with the dialect {dialect}" if dialect else ""
                who = f"{profile}{speaking} named {shown(match['device'])}"
                return Reason.UNKNOWN_DEVICE, f"the site's files have no {who}: add it to devices"
        return Reason.UNKNOWN_TOPIC, "no profile has a message binding for this topic"
