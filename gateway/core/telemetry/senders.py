"""Devices as their messages are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.core.profiles.bindings import Binding
from gateway.core.profiles.profile import ClockTolerance, Profile
from gateway.core.site.site import DeviceSpec, Site


@dataclass(frozen=True, slots=True)
class Sender:
    """A device that messages tell of."""

    spec: DeviceSpec
    profile: Profile
    tolerance: ClockTolerance
    """How far its clock may be off."""

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """The messages in which it reports."""
        return self.profile.bindings(self.spec.dialect)


def senders_of(site: Site, profiles: Mapping[str, Profile]) -> dict[str, Sender]:
    """All devices of the site, by id."""
    senders = {}
    for spec in site.devices.values():
        profile = profiles[spec.profile]
        senders[spec.id] = Sender(spec, profile, profile.tolerance_of(spec.dialect))
    return senders
