"""How far a place is from where the people start who go there: in metres to walk, and as a ring around that place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Ring(StrEnum):
    """How far a place is from the service point."""

    NEAR = "near"
    """At most 50 m to walk."""
    MIDDLE = "middle"
    """At most 200 m."""
    FAR = "far"
    """Beyond that."""


_WITHIN: Mapping[Ring, float] = {Ring.NEAR: 50.0, Ring.MIDDLE: 200.0}
"""The owner's service rules, in metres."""
_DIGITS = 3
"""To the millimetre: tenths of metres are no exact floats, and 50 m are near."""


class Place(Protocol):
    """A location as far as its distance is concerned."""

    @property
    def parent(self) -> str | None:
        """The location that contains it, by id."""

    @property
    def walking(self) -> float | None:
        """Metres from the entrance of its parent, or of the site."""

    @property
    def ring(self) -> Ring | None:
        """The ring in which it is, whatever the distance."""


@dataclass(frozen=True, slots=True)
class ServicePoints:
    """From where people start who go to a place."""

    everybody: str | None = None
    """The location of teams that have none of their own, by id; None where that is not known."""
    of_team: Mapping[str, str] = field(default_factory=dict)
    """The location of a team, by id."""

    def of(self, team: str) -> str | None:
        """The location of a team, by id."""
        return self.of_team.get(team, self.everybody)


@dataclass(frozen=True, slots=True)
class Distances:
    """The distances of a site's places from the service points of its teams."""

    places: Mapping[str, Place]
    """By id."""
    service_points: ServicePoints

    def ring_of(self, location: str | None, team: str) -> Ring | None:
        """The ring of a place for a team; None where nobody knows how far it is."""
        return self.ring_from(self.service_points.of(team), location)

    def ring_from(self, start: str | None, location: str | None) -> Ring | None:
        """The ring of a place for those who start there: what the place or the nearest around it names, or else by the
        metres to walk."""
        for place in self._upwards(location):
            if (ring := self.places[place].ring) is not None:
                return ring
        metres = self.metres(start, location)
        if metres is None:
            return None
        return next((ring for ring, within in _WITHIN.items() if metres <= within), Ring.FAR)

    def metres(self, start: str | None, end: str | None) -> float | None:
        """The metres to walk between two places: out to the nearest place that contains both, or to the entrance of
        the site, and in again. None where a place on the way does not say how far it is from its parent."""
        out, into = [*self._upwards(start)], [*self._upwards(end)]
        if not out or not into:
            return None
        shared = set(out) & set(into)
        walked = [self.places[each].walking for way in (out, into) for each in way if each not in shared]
        return None if None in walked else round(sum(filter(None, walked)), _DIGITS)

    def _upwards(self, location: str | None) -> list[str]:
        """The place, what contains it, what contains that, and so on; a circle ends where it begins again."""
        way: list[str] = []
        while location is not None and location in self.places and location not in way:
            way.append(location)
            location = self.places[location].parent
        return way
