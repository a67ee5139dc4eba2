"""A site of detectors in zones for the tests of groups, and rules over them given by their fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.core.configuration import Configuration
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import MILLISECOND
from gateway.core.profiles.profile import Profile
from gateway.core.rules.compiling import group_rules_of, rules_of
from gateway.core.rules.groups.part import Groups
from gateway.core.rules.groups.watch import GroupWatch
from gateway.core.rules.rule import RuleSpec
from gateway.core.site.site import DeviceSpec, LocationSpec, Site, SiteHeader
from gateway.core.telemetry.readings import Message
from tests.unit.core.sites import Bench, Seen, at

DETECTOR = Profile.model_validate(
    {
        "profile": "detector",
        "title": {"en": "Detector"},
        "metrics": {
            "smoke": {"type": "bool"},
            "test": {"type": "bool", "default": False},
            "temperature": {"type": "float", "unit": "°C", "range": [-40, 200]},
            "call": {"type": "bool", "event": True},
            "level": {"type": "float", "stale_after": "10m"},
        },
        "attributes": {"limit": {"type": "float", "default": 50}},
        "messages": [{"topic": "site/{site}/detector/{device}", "time": "ts"}],
    }
)
BUTTON = Profile.model_validate(
    {
        "profile": "button",
        "title": {"en": "Call point"},
        "metrics": {"pressed": {"type": "bool"}, "silent": {"type": "bool"}},
        "messages": [{"topic": "site/{site}/button/{device}", "time": "ts"}],
    }
)
LOCATIONS = (
    {"id": "b1", "zone": "west"},
    {"id": "hall", "parent": "b1"},
    {"id": "attic", "parent": "b1", "zone": "top"},
    {"id": "yard"},
)
DEVICES = (
    {"id": "d1", "profile": "detector", "location": "hall", "role": "duty", "tags": ["old", "loud"]},
    {"id": "d2", "profile": "detector", "location": "hall", "role": "standby", "tags": ["old"]},
    {"id": "d3", "profile": "detector", "location": "b1"},
    {"id": "d4", "profile": "detector", "location": "attic"},
    {"id": "d5", "profile": "detector", "location": "yard", "powered_by": "d1", "reports_via": "d2"},
    {"id": "d6", "profile": "detector"},
    {"id": "b1", "profile": "button", "location": "hall", "name": {"en": "Button at the door", "zh": "门口按钮"}},
)
"""In zone west d1, d2, d3 and b1; in zone top d4; in none d5 and d6."""
FIRE: dict[str, Any] = {
    "id": "fire",
    "applies_to": {"profile": "detector"},
    "group_by": "zone",
    "at_least": {"devices": 2, "when": "smoke && !test"},
    "severity": "critical",
    "title": {"en": "Fire confirmed", "zh": "火警确认"},
}
WEST = Subject.parse("zone:west")


def group_rule(**fields: object) -> RuleSpec:
    """The rule that two detectors of a zone report smoke, with some fields changed; None removes one."""
    return RuleSpec.model_validate({name: value for name, value in (FIRE | fields).items() if value is not None})


def files(
    *rules: RuleSpec, language: str = "en", devices: Sequence[dict[str, Any]] = DEVICES, **header: object
) -> Configuration:
    """The site under these rules."""
    named = {"id": "s1", "name": {"en": "Site"}, "timezone": "Asia/Shanghai", "language": language, **header}
    profiles = {"detector": DETECTOR, "button": BUTTON}
    return Configuration(
        site=Site(
            header=SiteHeader.model_validate(named),
            devices={str(each["id"]): DeviceSpec.model_validate(each) for each in devices},
            locations={str(each["id"]): LocationSpec.model_validate(each) for each in LOCATIONS},
        ),
        profiles=profiles,
        rules=tuple(
            compiled
            for rule in rules
            for compiled in (
                group_rules_of(rule, {name: profiles[name] for name in rule.applies_to.names})
                if rule.group_by is not None
                else rules_of(rule, profiles[rule.applies_to.name])
            )
        ),
    )


class Zones(Bench):
    """An engine of this site."""

    def __init__(
        self,
        *rules: RuleSpec,
        configuration: Configuration | None = None,
        checkpoint: Checkpoint | None = None,
        start_s: float = 0.0,
        hears: bool = True,
        knows_time: bool = True,
    ) -> None:
        super().__init__(
            configuration=configuration or files(*(rules or (group_rule(),))),
            checkpoint=checkpoint,
            start_s=start_s,
            hears=hears,
            knows_time=knows_time,
        )

    def say(self, at_s: float, device: str, *, stamp_s: float | None = None, **values: bool | float | str) -> Seen:
        """One message of a device, stamped as it is received unless said otherwise."""
        return self.step([self.word(at_s, device, stamp_s=stamp_s, **values)])

    def word(self, at_s: float, device: str, *, stamp_s: float | None = None, **values: object) -> Message:
        """The message alone."""
        stamp = at(at_s if stamp_s is None else stamp_s) // MILLISECOND
        profile = self.site.site.devices[device].profile
        self._packet += 1
        payload = msgspec.json.encode({"ts": stamp, **values})
        return Message(f"site/s1/{profile}/{device}", payload, at(at_s), self._packet)

    def group(self, subject: str = "zone:west", rule: str = "fire") -> GroupWatch:
        """A group of a rule."""
        return self.engine.part(Groups).watches[rule, Subject.parse(subject)]

    def blind(self, at_s: float) -> Seen:
        """The gateway cannot hear any more."""
        return Seen(self.engine.set_blind(at(at_s)))

    def hear(self, at_s: float) -> Seen:
        """The gateway hears again."""
        return Seen(self.engine.set_hearing(at(at_s)))


def raised(*seen: Seen) -> list[str]:
    """What was told of alarms: rule, subject, step, and the members, in order."""
    contents = [msgspec.json.decode(each.payload) for one in seen for each in one.announced]
    return [
        f"{content['rule']} {content['subject']} {content['step']} {' '.join(content['members'])}".strip()
        for content in contents
        if "state" in content
    ]


NOTHING = Seen(Changes())
