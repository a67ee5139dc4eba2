"""Small sites for the tests of the core: a pump and a detector, and rules given by their fields."""

from __future__ import annotations

from typing import Any

import msgspec

from gateway.core.configuration import Site
from gateway.core.engine import Memory, Monitor
from gateway.core.kernel.times import MILLISECOND, SECOND, Micros
from gateway.core.outcomes import Outcome
from gateway.core.profiles.profile import Profile
from gateway.core.rules.rule import RuleSpec, compile_rule
from gateway.core.site.site import DeviceSpec, SiteHeader
from gateway.core.telemetry.readings import Message

NOON: Micros = 1_800_000_000 * SECOND
"""When the tests begin: 2027-01-15T08:00:00Z."""

PUMP = Profile.model_validate(
    {
        "profile": "pump",
        "title": {"en": "Pump", "zh": "水泵"},
        "metrics": {
            "running": {"type": "bool"},
            "pressure": {"type": "float", "unit": "MPa", "range": [0, 2.5]},
            "starts": {"type": "int"},
            "mode": {"type": "enum", "values": {0: "hand", 1: "automatic"}},
        },
        "attributes": {"lowest": {"type": "float", "default": 0.1}},
        "messages": [{"topic": "site/{site}/pump/{device}/telemetry", "time": "ts"}],
    }
)
READER = Profile.model_validate(
    {
        "profile": "reader",
        "title": {"en": "Reader"},
        "metrics": {"uid": {"type": "tag"}, "battery": {"type": "float"}},
        "messages": [{"topic": "site/{site}/reader/{device}"}],
    }
)
TICKET = {"category": "pump", "priority": "P1", "team": "engineering"}
LOW_PRESSURE: dict[str, Any] = {
    "id": "low-pressure",
    "when": "pressure < lowest",
    "severity": "critical",
    "title": {"en": "Low pressure", "zh": "压力低"},
    "ticket": TICKET,
}


def rule_spec(**fields: object) -> RuleSpec:
    """The low-pressure rule of pumps, with some fields changed."""
    return RuleSpec.model_validate({"applies_to": {"profile": "pump"}, **LOW_PRESSURE, **fields})


def site(*rules: RuleSpec, language: str = "en") -> Site:
    """Two pumps `p1` and `p2` and a reader `r1` under these rules."""
    header = {"id": "s1", "name": {"en": "Site"}, "timezone": "Asia/Shanghai", "language": language}
    profiles = {"pump": PUMP, "reader": READER}
    devices = [{"id": "p1", "profile": "pump"}, {"id": "p2", "profile": "pump"}, {"id": "r1", "profile": "reader"}]
    return Site(
        header=SiteHeader.model_validate(header),
        profiles=profiles,
        devices={str(device["id"]): DeviceSpec.model_validate(device) for device in devices},
        rules=tuple(compile_rule(rule, PUMP) for rule in rules),
    )


class Bench:
    """A monitor whose time is set by the test: seconds from noon."""

    def __init__(self, *rules: RuleSpec, memory: Memory | None = None, start_s: float = 0.0) -> None:
        self.site = site(*rules)
        self.monitor = Monitor(self.site, memory or Memory(), now=at(start_s))
        self._packet = 0

    def message(self, device: str, at_s: float, *, stamp_s: float | None = None, **values: object) -> Message:
        """A message of a pump, stamped as it is received unless said otherwise."""
        stamp = at(at_s if stamp_s is None else stamp_s) // MILLISECOND
        self._packet += 1
        payload = msgspec.json.encode({"ts": stamp, **values})
        return Message(f"site/s1/pump/{device}/telemetry", payload, at(at_s), self._packet)

    def pump(self, at_s: float, device: str = "p1", *, stamp_s: float | None = None, **values: object) -> Outcome:
        """One message of a pump."""
        return self.monitor.step([self.message(device, at_s, stamp_s=stamp_s, **values)])

    def send(self, at_s: float, topic: str, payload: bytes, **flags: Any) -> Outcome:  # noqa: ANN401
        """Any message."""
        return self.monitor.step([Message(topic, payload, at(at_s), **flags)])

    def tick(self, at_s: float) -> Outcome:
        """Time passes."""
        return self.monitor.tick(at(at_s))


def at(seconds: float) -> Micros:
    """So many seconds after the tests begin."""
    return NOON + round(seconds * SECOND)


def states(outcome: Outcome) -> list[str]:
    """The state of each alarm that an outcome records, in order."""
    return [record.state.value for record in outcome.alarms]
