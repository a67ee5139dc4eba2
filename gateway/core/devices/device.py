"""The state of one device: the latest value of each of its metrics, and the time of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.core.devices.attention import Attention
from gateway.core.devices.hearing import BEGINNING, Hearing, Position
from gateway.core.devices.requests import LatestValue
from gateway.core.kernel.times import SECOND, Micros
from gateway.core.kernel.values import Value
from gateway.core.profiles.metric import AVAILABILITY
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import DeviceSpec
from gateway.core.telemetry.readings import STALE, STAMPED, Reading

LATE_AFTER: Micros = SECOND
"""A reading at most this old is fresh, even if later times are known: the device's clock was corrected."""

PACE_TOLERANCE: Micros = SECOND // 2

_NO_VALUES: Mapping[str, Value] = {}
_NO_METRICS: frozenset[str] = frozenset()


@dataclass(slots=True)
class Device:
    """The run-time state of one device.

    What nearly all have in common is one object for all, and replaced rather than changed: with thousands of devices,
    each further object that a message touches is a miss in the processor's cache.
    """

    spec: DeviceSpec
    profile: Profile
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
    """When it was last heard: what was retained comes from elsewhere, and what only says that it is online, unless it
    has a heartbeat."""
    attention: Attention | None = None
    """What is to be done with its readings beside this; None for most."""
    changed: bool = False
    """Whether its latest values have changed since the last snapshot."""
    aged: frozenset[str] = _NO_METRICS
    """Metrics of `earlier` whose values became too old, as nothing was heard of the device."""
    outdated: frozenset[str] = _NO_METRICS
    """Metrics of `earlier` whose values are older than their highest age."""
    _heard: Position = BEGINNING
    _heard_of: Micros = 0
    """The `received` to which `_heard` belongs."""

    @classmethod
    def of(cls, spec: DeviceSpec, profile: Profile) -> Device:
        """A device that has not reported yet."""
        facts = profile.attributes_of(spec.attributes)
        facts |= {name: metric.default for name, metric in profile.metrics.items() if metric.default is not None}
        attention = Attention.of(profile, spec.dialect)
        return cls(spec, profile, facts, attention=attention if attention.is_needed else None)

    def is_sign_of_life(self, values: Mapping[str, Value]) -> bool:
        """Whether the device itself says these values."""
        return self.attention is None or self.attention.is_sign_of_life(values)

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
            self._renew(values)
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
        self._renew(values)
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
        return elapsed >= PACE_TOLERANCE and abs(elapsed - by_stamps) <= max(PACE_TOLERANCE, elapsed // 10)

    def heard(self, hearing: Hearing) -> Position | None:
        """When it was last heard, in hearing time; None if it never was."""
        if self.received != self._heard_of:
            self._heard, self._heard_of = hearing.at(self.received), self.received
        return self._heard if self.received else None

    def set_heard(self, received: Micros, heard: Position) -> None:
        """An earlier run has last heard it then."""
        self.received = self._heard_of = received
        self._heard = heard

    def move_received(self, by: Micros) -> None:
        """Move along when it was last heard, as the clock was set. In hearing time it was then all the same."""
        self._heard_of += by if self._heard_of == self.received else 0
        self.received += by

    def age(self) -> frozenset[str]:
        """Set aside the values, as nothing was heard of the device for long. Returns the metrics.

        Whether it is online is said by others.
        """
        metrics = self.profile.metrics
        aged = frozenset(
            name
            for name in self.times
            if name not in self.earlier and name != AVAILABILITY and metrics[name].stale_after is None
        )
        self._set_aside(aged)
        self.aged |= aged
        return aged

    def outdate(self, metric: str) -> bool:
        """Set aside a value that is older than its highest age. Returns whether it was known."""
        is_known = metric in self.times and metric not in self.earlier
        if is_known:
            self._set_aside((metric,))
            self.outdated |= {metric}
        return is_known

    def revive(self) -> frozenset[str]:
        """Believe the values again that were set aside, as the device sends. Returns the metrics."""
        revived = self.aged
        self.facts.update({name: self.earlier[name] for name in self.aged})
        self.earlier = {name: value for name, value in self.earlier.items() if name not in self.aged} or _NO_VALUES
        self.aged = _NO_METRICS
        return revived

    def _set_aside(self, metrics: Iterable[str]) -> None:
        self.earlier = {**self.earlier, **{name: self.facts.pop(name) for name in metrics}}

    def _renew(self, values: Mapping[str, Value]) -> None:
        """These values are new, or of a past that is later."""
        if self.aged or self.outdated:
            self.aged = self.aged.difference(values) or _NO_METRICS
            self.outdated = self.outdated.difference(values) or _NO_METRICS

    def latest(self, metric: str) -> LatestValue | None:
        """The latest value of a metric; None where it was never reported."""
        if metric not in self.times:
            return None
        is_known = metric not in self.earlier
        value = self.facts[metric] if is_known else self.earlier[metric]
        return LatestValue(value, self.profile.metrics[metric].unit, self.times[metric], is_known)

    @property
    def stale(self) -> frozenset[str]:
        """The metrics whose latest values are too old, so that rules do not know them."""
        return self.aged | self.outdated

    @property
    def values(self) -> dict[str, Value]:
        """The latest value of each metric that was ever reported."""
        return {name: self.earlier[name] if name in self.earlier else self.facts[name] for name in self.times}
