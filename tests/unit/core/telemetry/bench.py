"""A router of a small site, for the tests of where topics lead."""

from __future__ import annotations

import json
from typing import Any

from gateway.core.profiles.profile import Profile
from gateway.core.site.site import DeviceSpec, Site, SiteHeader
from gateway.core.telemetry.quarantine import Reason, Rejected
from gateway.core.telemetry.readings import Message
from gateway.core.telemetry.readout import Readout
from gateway.core.telemetry.routing import Router
from gateway.core.telemetry.senders import senders_of
from gateway.core.telemetry.subscriptions import subscriptions
from gateway.core.telemetry.unknown_topics import UnknownTopics

METRICS: dict[str, Any] = {
    "level": {"type": "float"},
    "on": {"type": "bool"},
    "note": {"type": "string"},
    "count": {"type": "int"},
}
LEVEL = {"level": "v"}


def profile(name: str, *messages: dict[str, Any], **dialects: list[dict[str, Any]]) -> Profile:
    """A profile with these native messages and dialects."""
    return Profile.model_validate(
        {
            "profile": name,
            "title": {"en": name},
            "metrics": METRICS,
            "messages": messages,
            "dialects": {dialect: {"messages": bindings} for dialect, bindings in dialects.items()},
        }
    )


class Bench:
    """A site and its router. Devices by id, each as `profile`, `profile/dialect` or `profile/dialect@address`."""

    def __init__(self, profiles: list[Profile], **devices: str) -> None:
        specs = {}
        for name, said in devices.items():
            which, _, address = said.partition("@")
            spoken, _, dialect = which.partition("/")
            specs[name] = DeviceSpec(id=name, profile=spoken, dialect=dialect or None, address=address or None)
        self.site = Site(SiteHeader.model_validate({"id": "s1", "name": {"en": "Site"}}), specs)
        self.profiles = {each.profile: each for each in profiles}
        self.router = Router(self.site.header, senders_of(self.site, self.profiles))
        self._unknown_topics = UnknownTopics(self.site.header.id, self.profiles)

    def read(self, topic: str, message: object) -> Readout:
        """The readings and rejections of a message."""
        route = self.router.find(topic)
        assert route is not None, self.explain(topic)
        payload = message if isinstance(message, bytes) else json.dumps(message).encode()
        return route.read(Message(topic, payload, 0))

    def readings(self, topic: str, message: object) -> list[tuple[str, dict[str, Any]]]:
        """The values of each device in a message; nothing is rejected."""
        readout = self.read(topic, message)
        assert readout.rejected == []
        return [(sender.spec.id, decoded.values) for sender, decoded in readout.readings]

    def rejected(self, topic: str, message: object) -> tuple[Reason, str]:
        """Why a message is rejected."""
        readout = self.read(topic, message)
        assert readout.readings == []
        (rejected,) = readout.rejected
        return rejected.reason, rejected.detail

    def explain(self, topic: str) -> Rejected:
        """Why the topic has no route."""
        return self._unknown_topics.explain(topic)

    def subscriptions(self) -> tuple[str, ...]:
        """What the gateway subscribes to for the site."""
        return subscriptions(self.site, self.profiles)
