"""One device as it stands: the latest value of each of its metrics, and when that was."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from gateway.core.kernel.times import SECOND, Micros
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import DeviceSpec
from gateway.core.telemetry.readings import Reading

LATE_AFTER: Micros = SECOND
"""A reading that took no longer than this is the present, whatever was known: the device's clock was set right."""

_PACE_SLACK: Micros = SECOND // 2


class DeviceSnapshot(msgspec.Struct, frozen=True):
    """The latest values of one device, so that a restart needs only the journal's tail."""

    device: str
    newest: Micros
    values: dict[str, Value]
    times: dict[str, Micros]
    unstamped: list[str] = []
    """Metrics whose latest value came without a believable stamp."""


@dataclass(slots=True)
class Device:
    """The run-time state of one device."""

    spec: DeviceSpec
    profile: Profile
    tags: tuple[str, ...]
    """Its metrics of type `tag`: a value of one is a scan."""
    facts: dict[str, Value]
    """Attributes, and the latest value of each metric: its default, where it has one, until it is first reported."""
    times: dict[str, Micros] = field(default_factory=dict)
    """The event time of the latest value of each metric."""
    newest: Micros = 0
    """The latest stamp that was believed."""
    unstamped: set[str] = field(default_factory=set)
    """Metrics whose latest value came without a believable stamp: its time is of another clock."""
    pace: tuple[Micros, Micros] = (0, 0)
    """Stamp, and time received, of the latest message with a believable stamp."""
    received: Micros = 0
    changed: bool = False
    """Whether its latest values have moved since the last snapshot."""

    @classmethod
    def of(cls, spec: DeviceSpec, profile: Profile) -> Device:
        """A device that has not reported yet."""
        facts: dict[str, Value] = {name: attribute.default for name, attribute in profile.attributes.items()}
        facts |= spec.attributes
        facts |= {name: metric.default for name, metric in profile.metrics.items() if metric.default is not None}
        tags = tuple(name for name, metric in profile.metrics.items() if metric.type == "tag")
        return cls(spec, profile, tags, facts)

    def apply(self, reading: Reading, *, stamped: bool) -> dict[str, Value]:
        """Make the reading's values the latest, and return them; without those about which newer ones are known.

        Args:
            stamped: whether its time is the device's own, which alone tells what is older.
        """
        values = reading.values
        if stamped:
            if reading.time < self.newest:
                values = self._newer_than_known(reading)
            self.pace = (reading.time, reading.received)
            if values:
                self.newest = reading.time if values is reading.values else self.newest
                self.unstamped.difference_update(values)
        else:
            self.unstamped.update(values)
        self.facts.update(values)
        self.times.update(dict.fromkeys(values, reading.time))
        self.changed = True
        return values

    def recall(self, reading: Reading) -> dict[str, Value]:
        """Apply a record of the past: it fills in what was never known, or known of still earlier. Returns that.

        The present stands, and so does what is known of the device's clock.
        """
        time, times, unstamped = reading.time, self.times, self.unstamped
        values = {
            name: value for name, value in reading.values.items() if name not in unstamped and times.get(name, 0) < time
        }
        self.facts.update(values)
        self.times.update(dict.fromkeys(values, time))
        self.changed = True
        return values

    def _newer_than_known(self, reading: Reading) -> dict[str, Value]:
        if self._was_set_back(reading):
            return reading.values
        time, times, unstamped = reading.time, self.times, self.unstamped
        return {
            name: value for name, value in reading.values.items() if name in unstamped or times.get(name, 0) <= time
        }

    def _was_set_back(self, reading: Reading) -> bool:
        """Whether the device's clock was set back, rather than the reading held up somewhere on its way.

        It was when the stamp is the present, or when clock and stamps have gone on together since the message before:
        readings that were held up come in a burst, and in less time than they took to be made.
        """
        if reading.received - reading.time <= LATE_AFTER:
            return True
        passed, told = reading.received - self.pace[1], reading.time - self.pace[0]
        return passed >= _PACE_SLACK and abs(passed - told) <= max(_PACE_SLACK, passed // 10)

    @property
    def values(self) -> dict[str, Value]:
        """The latest value of each metric that was ever reported."""
        return {name: self.facts[name] for name in self.times}

    def snapshot(self) -> DeviceSnapshot:
        """The row that a restart begins from."""
        return DeviceSnapshot(self.spec.id, self.newest, self.values, dict(self.times), sorted(self.unstamped))

    def restore(self, snapshot: DeviceSnapshot) -> None:
        """Begin from a snapshot; metrics that the profile no longer has, or has as another type now, are left out."""
        values = self.fitting(snapshot.values)
        self.facts.update(values)
        self.times.update({name: snapshot.times[name] for name in values})
        self.newest = snapshot.newest
        self.unstamped.update(name for name in snapshot.unstamped if name in values)

    def fitting(self, values: dict[str, Value]) -> dict[str, Value]:
        """Those of an earlier run's values whose metrics the profile still has, with the same type."""
        fitting: dict[str, Value] = {}
        for name, value in values.items():
            metric = self.profile.metrics.get(name)
            if metric is not None and _fits(metric.type, value):
                fitting[name] = float(value) if metric.type == "float" else value
        return fitting


def _fits(metric_type: str, value: Value) -> bool:
    if metric_type == "bool":
        return isinstance(value, bool)
    if metric_type in ("int", "float"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)
