"""The state of one device: the latest value of each of its metrics, and the time of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.core.devices.hearing import BEGINNING, Hearing, Position
from gateway.core.devices.snapshot import DeviceSnapshot, fits
from gateway.core.kernel.times import SECOND, Micros
from gateway.core.kernel.values import Value
from gateway.core.profiles.metric import AVAILABILITY
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import DeviceSpec
from gateway.core.telemetry.readings import STALE, STAMPED, Reading

LATE_AFTER: Micros = SECOND
"""A reading at most this old is fresh, even if later times are known: the device's clock was corrected."""

_PACE_TOLERANCE: Micros = SECOND // 2

_NO_VALUES: Mapping[str, Value] = {}
_NO_METRICS: frozenset[str] = frozenset()
_SAID_BY_OTHERS = frozenset({AVAILABILITY})


@dataclass(slots=True)
class Device:
    """The run-time state of one device.

    What nearly all have in common is one object for all, and replaced rather than changed: with thousands of devices,
    each further object that a message touches is a miss in the processor's cache.
    """

    spec: DeviceSpec
    profile: Profile
    tags: tuple[str, ...]
    """Its metrics of type `tag`. Each value of one is a scan."""
    facts: dict[str, Value]
    """What rules read: attributes, and the latest value of each metric without those of `earlier`; before the first
    report, the metric's default if it has one."""
    earlier: Mapping[str, Value] = field(default_factory=lambda: _NO_VALUES)
    """The latest values of metrics of which the latest is of the past."""
    times: dict[str, Micros] = field(default_factory=dict)
    """The event time of the latest value of each metric."""
    newest: Micros = 0
    """The latest stamp that was believed."""
    unstamped: frozenset[str] = _NO_METRICS
    """Metrics whose latest value came without a believed stamp: its time is the time received."""
    pace_stamp: Micros = 0
    """See `pace`: the stamp."""
    pace_received: Micros = 0
    """See `pace`: the time received."""
    received: Micros = 0
    """When it was last heard: what only says that it is online, or was retained, comes from elsewhere."""
    attended: bool = False
    """Whether something is to be done when it is heard."""
    changed: bool = False
    """Whether its latest values have changed since the last snapshot."""
    aged: frozenset[str] = _NO_METRICS
    """Metrics of `earlier` whose values became too old, as nothing was heard of the device."""
    _heard: Position = BEGINNING
    _heard_of: Micros = 0
    """The `received` to which `_heard` belongs."""

    @classmethod
    def of(cls, spec: DeviceSpec, profile: Profile) -> Device:
        """A device that has not reported yet."""
        facts = profile.attributes_of(spec.attributes)
        facts |= {name: metric.default for name, metric in profile.metrics.items() if metric.default is not None}
        tags = tuple(name for name, metric in profile.metrics.items() if metric.type == "tag")
        return cls(spec, profile, tags, facts)

    @property
    def pace(self) -> tuple[Micros, Micros]:
        """Stamp and time received of the latest message whose stamp was believed, or was a server's and stale."""
        return self.pace_stamp, self.pace_received

    def repeats(self, stamp: Micros, values: Mapping[str, Value]) -> bool:
        """Whether these values say once more what the device said last, with the same stamp."""
        times, facts = self.times, self.facts
        return stamp == self.newest and all(
            times.get(name) == stamp
            and name not in self.earlier
            and facts[name] == value
            and name not in self.unstamped
            for name, value in values.items()
        )

    def apply(self, reading: Reading) -> dict[str, Value]:
        """Make the reading's values the latest and return them, without those for which a newer value is known.

        Only times that are the device's own are compared.
        """
        values, time = reading.values, reading.time
        if reading.origin == STAMPED:
            if time < self.newest:
                values = self._newer_than_known(reading)
            self.pace_stamp, self.pace_received = time, reading.received
            if values:
                self.newest = time if values is reading.values else self.newest
                if self.unstamped:
                    self.unstamped = self.unstamped.difference(values) or _NO_METRICS
        elif not self.unstamped >= values.keys():
            self.unstamped = self.unstamped.union(values)
        self.facts.update(values)
        times = self.times
        for name in values:
            times[name] = time
        if self.earlier:
            if self.aged:
                self.aged = self.aged.difference(values) or _NO_METRICS
            self.earlier = {name: value for name, value in self.earlier.items() if name not in values} or _NO_VALUES
        self.changed = True
        return values

    def reject(self, reading: Reading) -> dict[str, Value]:
        """The rejected values of a reading, without those for which a newer value is known. None becomes the latest.

        Nothing changes: the good values of the same message are still to be compared with what was known before it.
        """
        if reading.origin != STAMPED or reading.time >= self.newest:
            return reading.values
        return self._newer_than_known(reading)

    def backfill(self, reading: Reading) -> dict[str, Value]:
        """Apply a reading of the past: set the metrics without a value and those with an older one. Returns these.

        People see them, but rules go on with what they knew: neither a fire nor the end of a test may follow from them.
        Neither newer values nor the latest believed stamp change.
        """
        if reading.origin == STALE:
            # The next one shows whether the server's clock is slow.
            self.pace_stamp, self.pace_received = reading.time, reading.received
        time, times, unstamped = reading.time, self.times, self.unstamped
        values = {
            name: value for name, value in reading.values.items() if name not in unstamped and times.get(name, 0) < time
        }
        self.earlier = {**self.earlier, **values} or _NO_VALUES
        self.aged = self.aged.difference(values) or _NO_METRICS
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
        """Whether the device's clock was set back; otherwise the reading was delayed.

        The clock was set back if the stamp is close to the time received, or if the stamps have advanced as fast as the
        gateway's clock since the message before. Delayed readings arrive in a burst: faster than they were made.
        """
        if reading.received - reading.time <= LATE_AFTER:
            return True
        elapsed, by_stamps = reading.received - self.pace_received, reading.time - self.pace_stamp
        return elapsed >= _PACE_TOLERANCE and abs(elapsed - by_stamps) <= max(_PACE_TOLERANCE, elapsed // 10)

    def heard(self, hearing: Hearing) -> Position | None:
        """When it was last heard, in hearing time; None if it never was."""
        if self.received != self._heard_of:
            self._heard, self._heard_of = hearing.at(self.received), self.received
        return self._heard if self.received else None

    def move_received(self, by: Micros) -> None:
        """Move along when it was last heard, as the clock was set. In hearing time it was then all the same."""
        self._heard_of += by if self._heard_of == self.received else 0
        self.received += by

    def age(self) -> frozenset[str]:
        """Set aside the values, as nothing was heard of the device for long. Returns the metrics.

        Whether it is online is said by others.
        """
        aged = frozenset(name for name in self.times if name not in self.earlier and name not in _SAID_BY_OTHERS)
        self.earlier = {**self.earlier, **{name: self.facts.pop(name) for name in aged}}
        self.aged |= aged
        return aged

    def revive(self) -> frozenset[str]:
        """Believe the values again that were set aside, as the device sends. Returns the metrics."""
        revived = self.aged
        self.facts.update({name: self.earlier[name] for name in self.aged})
        self.earlier = {name: value for name, value in self.earlier.items() if name not in self.aged} or _NO_VALUES
        self.aged = _NO_METRICS
        return revived

    @property
    def stale(self) -> frozenset[str]:
        """The metrics whose latest values are too old, so that rules do not know them."""
        return self.aged

    @property
    def values(self) -> dict[str, Value]:
        """The latest value of each metric that was ever reported."""
        return {name: self.earlier[name] if name in self.earlier else self.facts[name] for name in self.times}

    def snapshot(self, position: int, hearing: Hearing) -> DeviceSnapshot:
        """The row to store, when message `position` is the next. What was set aside is not stored as such."""
        earlier = {name: value for name, value in self.earlier.items() if name not in self.aged}
        values = self.values
        return DeviceSnapshot(
            self.spec.id,
            self.newest,
            {name: value for name, value in values.items() if name not in earlier},
            dict(self.times),
            sorted(self.unstamped),
            self.pace,
            position,
            earlier,
            self.received,
            self.heard(hearing) or (0, 0),
        )

    def restore(self, snapshot: DeviceSnapshot) -> None:
        """Restore a snapshot, without metrics that the profile no longer has or has with another type."""
        values, self.earlier = self.compatible(snapshot.values), self.compatible(snapshot.earlier) or _NO_VALUES
        self.facts.update(values)
        self.times.update({name: snapshot.times[name] for name in (*values, *self.earlier)})
        self.newest = snapshot.newest
        self.pace_stamp, self.pace_received = snapshot.pace
        self.received = self._heard_of = snapshot.received
        self._heard = Position(*snapshot.heard)
        self.unstamped = frozenset(name for name in snapshot.unstamped if name in values) or _NO_METRICS

    def compatible(self, values: dict[str, Value]) -> dict[str, Value]:
        """The values of an earlier run whose metrics the profile still has, with the same type."""
        compatible: dict[str, Value] = {}
        for name, value in values.items():
            metric = self.profile.metrics.get(name)
            if metric is not None and fits(metric.type, value):
                compatible[name] = float(value) if metric.type == "float" else value
        return compatible
