"""What powers and carries what: the devices on which others depend to be heard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self


class Supplied(Protocol):
    """A device as far as its supply is concerned."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def powered_by(self) -> str | None:
        """The device that feeds it, by id."""

    @property
    def reports_via(self) -> str | None:
        """The device that carries its messages, by id."""


@dataclass(frozen=True, slots=True)
class Topology:
    """The parents of a device are what powers it and what carries its messages. A circle ends each search of it."""

    _parents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _children: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, devices: Mapping[str, Supplied]) -> Self:
        """Of these devices, by id. A parent that is none of them is left out."""
        parents: dict[str, tuple[str, ...]] = {}
        children: dict[str, list[str]] = {}
        for device in devices.values():
            given = (device.powered_by, device.reports_via)
            known = tuple(dict.fromkeys(each for each in given if each is not None and each in devices))
            if known:
                parents[device.id] = known
            for parent in known:
                children.setdefault(parent, []).append(device.id)
        return cls(parents, {parent: tuple(each) for parent, each in children.items()})

    def parents_of(self, device: str) -> tuple[str, ...]:
        """What powers it, and what carries its messages: none, one or two."""
        return self._parents.get(device, ())

    def children_of(self, device: str) -> tuple[str, ...]:
        """What it powers or carries itself, in the order of the site's files."""
        return self._children.get(device, ())

    def ancestors_of(self, device: str) -> Iterator[str]:
        """Its parents, their parents, and so on, the nearest first, each once."""
        return _reached(self._parents, device)

    def descendants_of(self, device: str) -> Iterator[str]:
        """Its children, their children, and so on, the nearest first, each once."""
        return _reached(self._children, device)


def _reached(steps: Mapping[str, tuple[str, ...]], start: str) -> Iterator[str]:
    seen = {start}
    ring = [start]
    while ring:
        following: list[str] = []
        for device in ring:
            for each in steps.get(device, ()):
                if each not in seen:
                    seen.add(each)
                    following.append(each)
                    yield each
        ring = following
