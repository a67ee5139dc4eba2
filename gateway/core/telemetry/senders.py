"""Senders: devices with what is needed to read their messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.profiles.bindings import Binding
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import DeviceSpec, Site
from gateway.core.telemetry.computed import Computation, computations_of, with_computed


class Latest(Protocol):
    """What a device has said last."""

    @property
    def newest(self) -> Micros:
        """The latest stamp that was believed; 0 before the first."""

    @property
    def pace(self) -> tuple[Micros, Micros]:
        """Stamp and time received of the latest message whose stamp was believed, or was a server's and stale."""

    def repeats(self, stamp: Micros, values: Mapping[str, Value]) -> bool:
        """Whether these values say once more what it said last, with the same stamp."""


class _Nothing:
    """Of a device that has not said anything."""

    newest: Micros = 0
    pace: tuple[Micros, Micros] = (0, 0)

    def repeats(self, stamp: Micros, values: Mapping[str, Value]) -> bool:
        return False


_NOTHING = _Nothing()


@dataclass(frozen=True, slots=True)
class Sender:
    """A device that sends messages.

    What each message needs is copied from `spec` and `profile`, and `latest` is found without a search: with thousands
    of devices, each further object that a message touches is a miss in the processor's cache.
    """

    id: str
    profile_name: str
    spec: DeviceSpec
    profile: Profile
    behind: Micros
    """How late its clock may be."""
    ahead: Micros
    """How early its clock may be."""
    events: frozenset[str]
    """The metrics that tell of an event, such as a scan: they are never believed from a retained message. The devices
    of a profile share them."""
    latest: Latest
    computations: tuple[Computation, ...]
    """Of the metrics that follow from others."""

    @classmethod
    def of(cls, spec: DeviceSpec, profile: Profile, events: frozenset[str], latest: Latest) -> Sender:
        """The sender of a device and its profile, which has these events."""
        tolerance = profile.tolerance_of(spec.dialect)
        computations = computations_of(profile, profile.attributes_of(spec.attributes))
        return cls(
            spec.id, spec.profile, spec, profile, tolerance.behind, tolerance.ahead, events, latest, computations
        )

    def with_computed(self, *metrics: frozenset[str]) -> frozenset[str]:
        """All these metrics, and those that follow from them."""
        return with_computed(frozenset[str]().union(*metrics), self.computations)

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """The message bindings of its dialect."""
        return self.profile.bindings(self.spec.dialect)


def senders_of(
    site: Site, profiles: Mapping[str, Profile], latest: Callable[[str], Latest] = lambda _: _NOTHING
) -> dict[str, Sender]:
    """All devices of the site, by id.

    Args:
        latest: gives what the device of an id has said last.
    """
    events = {name: _events_of(profile) for name, profile in profiles.items()}
    return {
        spec.id: Sender.of(spec, profiles[spec.profile], events[spec.profile], latest(spec.id))
        for spec in site.devices.values()
    }


def _events_of(profile: Profile) -> frozenset[str]:
    return frozenset(name for name, metric in profile.metrics.items() if metric.is_event)
