"""Senders: devices with what is needed to read their messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.core.profiles.bindings import Binding
from gateway.core.profiles.profile import ClockTolerance, Profile
from gateway.core.site.site import DeviceSpec, Site


@dataclass(frozen=True, slots=True)
class Sender:
    """A device that sends messages.

    `id` and `profile_name` are copied from `spec`: with thousands of devices, each further object that a message
    touches is a miss in the processor's cache.
    """

    id: str
    profile_name: str
    spec: DeviceSpec
    profile: Profile
    tolerance: ClockTolerance
    """How far its clock may be off."""
    events: frozenset[str]
    """The metrics that tell of an event, such as a scan: they are never believed from a retained message."""

    @classmethod
    def of(cls, spec: DeviceSpec, profile: Profile) -> Sender:
        """The sender of a device and its profile."""
        events = frozenset(name for name, metric in profile.metrics.items() if metric.is_event)
        return cls(spec.id, spec.profile, spec, profile, profile.tolerance_of(spec.dialect), events)

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """The message bindings of its dialect."""
        return self.profile.bindings(self.spec.dialect)


def senders_of(site: Site, profiles: Mapping[str, Profile]) -> dict[str, Sender]:
    """All devices of the site, by id."""
    return {spec.id: Sender.of(spec, profiles[spec.profile]) for spec in site.devices.values()}
