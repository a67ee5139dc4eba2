"""Roles: by which devices of one place find each other, such as the duty pump of a pump room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self


class Placed(Protocol):
    """A device as far as its role and place are concerned."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def role(self) -> str | None:
        """What it is among the devices of its place."""

    @property
    def location(self) -> str | None:
        """Its location, by id."""


class Enclosed(Protocol):
    """A location as far as what contains it is concerned."""

    @property
    def parent(self) -> str | None:
        """The location that contains it, by id."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The devices that have a role, by place."""

    _devices: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """By location and role."""
    _parents: Mapping[str, str | None] = field(default_factory=dict)
    """The location that contains each."""

    @classmethod
    def of(cls, devices: Mapping[str, Placed], locations: Mapping[str, Enclosed]) -> Self:
        """Of these devices and locations, by id."""
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for device in devices.values():
            if device.role is not None and device.location is not None:
                key = device.location, device.role
                found[key] = (*found.get(key, ()), device.id)
        return cls(found, {name: location.parent for name, location in locations.items()})

    @property
    def names(self) -> frozenset[str]:
        """All roles that a device has."""
        return frozenset(role for _, role in self._devices)

    def find(self, role: str, location: str | None) -> tuple[str, ...]:
        """The devices of this role at the location, or at the nearest one around it that has some. More than one is
        for the caller to refuse; a circle of locations ends the search."""
        seen = set[str]()
        while location is not None and location not in seen:
            if found := self._devices.get((location, role)):
                return found
            seen.add(location)
            location = self._parents.get(location)
        return ()
