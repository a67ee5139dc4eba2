"""Devices as their messages are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.core.profiles.bindings import Binding
from gateway.core.profiles.profile import ClockTolerance, Profile
from gateway.core.site.site import DeviceSpec, Site


@dataclass(frozen=True, slots=True)
class Sender:
    """A device that messages tell of.

    With thousands of devices, what stands in objects of their own is not in the processor's cache: `id` and
    `profile_name` stand here so that a message need not go through `spec` to them.
    """

    id: str
    profile_name: str
    spec: DeviceSpec
    profile: Profile
    tolerance: ClockTolerance
    """How far its clock may be off."""

    @classmethod
    def of(cls, spec: DeviceSpec, profile: Profile) -> Sender:
        """The device of these files."""
        return cls(spec.id, spec.profile, spec, profile, profile.tolerance_of(spec.dialect))

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """The messages in which it reports."""
        return self.profile.bindings(self.spec.dialect)


def senders_of(site: Site, profiles: Mapping[str, Profile]) -> dict[str, Sender]:
    """All devices of the site, by id."""
    return {spec.id: Sender.of(spec, profiles[spec.profile]) for spec in site.devices.values()}
