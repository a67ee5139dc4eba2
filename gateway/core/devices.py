"""One device as it stands: its facts, its alarms, and how its messages are read."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.core.alarms import Alarm
from gateway.core.decoding import Decoder
from gateway.core.outcomes import DeviceSnapshot
from gateway.core.profiles import Profile
from gateway.core.readings import Reading, Value
from gateway.core.registry import DeviceSpec, Site
from gateway.core.rules import Rule
from gateway.core.times import Micros


@dataclass(slots=True)
class Device:
    """The run-time state of one device."""

    spec: DeviceSpec
    profile: Profile
    rules: tuple[Rule, ...]
    tags: tuple[str, ...]
    """Its metrics of type `tag`: a value of one is a scan."""
    facts: dict[str, Value]
    """Attributes, and the latest value of each metric: its default, where it has one, until it is first reported."""
    times: dict[str, Micros] = field(default_factory=dict)
    """The event time of the latest value of each metric."""
    newest: Micros = 0
    """The latest event time known."""
    received: Micros = 0
    alarms: dict[str, Alarm] = field(default_factory=dict)
    """By rule, those that are not normal."""
    changed: bool = False
    """Whether its latest values have moved since the last snapshot."""

    def lay_over(self, reading: Reading) -> None:
        """Make the reading's values the latest."""
        self.facts.update(reading.values)
        self.times.update(dict.fromkeys(reading.values, reading.time))
        if reading.time > self.newest:
            self.newest = reading.time
        self.changed = True

    @property
    def values(self) -> dict[str, Value]:
        """The latest value of each metric that was ever reported."""
        return {name: self.facts[name] for name in self.times}

    def snapshot(self) -> DeviceSnapshot:
        """The row that a restart begins from."""
        return DeviceSnapshot(self.spec.id, self.newest, self.values, dict(self.times))

    def restore(self, snapshot: DeviceSnapshot) -> None:
        """Take up a snapshot; metrics that the profile no longer has, or has as another type now, are left out."""
        for name, value in snapshot.values.items():
            metric = self.profile.metrics.get(name)
            if metric is not None and _fits(metric.type, value):
                self.facts[name] = float(value) if metric.type == "float" else value
                self.times[name] = snapshot.times[name]
        self.newest = snapshot.newest


def _fits(metric_type: str, value: Value) -> bool:
    if metric_type == "bool":
        return isinstance(value, bool)
    if metric_type in ("int", "float"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a topic leads."""

    device: Device
    decoder: Decoder
    has_time: bool
    """Whether its messages carry the device's own time."""


def build(site: Site) -> tuple[dict[str, Device], dict[str, Route]]:
    """The devices by id, and the routes by exact topic."""
    devices = {}
    for spec in site.devices.values():
        profile = site.profiles[spec.profile]
        facts: dict[str, Value] = {name: attribute.default for name, attribute in profile.attributes.items()}
        facts |= spec.attributes
        facts |= {name: metric.default for name, metric in profile.metrics.items() if metric.default is not None}
        tags = tuple(name for name, metric in profile.metrics.items() if metric.type == "tag")
        devices[spec.id] = Device(spec, profile, site.rules_of(spec), tags, facts)
    decoders: dict[tuple[str, str | None], Decoder] = {}
    routes = {}
    for spec, binding, topic in site.bindings():
        key = (spec.profile, binding.time)
        decoder = decoders.get(key) or decoders.setdefault(key, Decoder(site.profiles[spec.profile], binding.time))
        routes[topic] = Route(devices[spec.id], decoder, binding.time is not None)
    return devices, routes
