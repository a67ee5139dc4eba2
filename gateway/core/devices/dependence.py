"""Which devices are down, and which others wait to know that."""

from __future__ import annotations

from collections.abc import Container, Iterator

from gateway.core.site.topology import Topology


class Dependence:
    """Knows for each device whether something on which it depends is down: silent or out of order, as people know."""

    def __init__(self, topology: Topology, watched: Container[str]) -> None:
        """`watched` holds the devices that are expected to send."""
        self._topology = topology
        self._watched = watched
        self._down: dict[str, set[str]] = {}
        """What says so, by device."""
        self._waiting: dict[str, set[str]] = {}
        """The devices that wait for each parent."""

    def parents_of(self, device: str) -> Iterator[str]:
        """The nearest of what powers or carries it that is expected to send, on each way up."""
        seen, ways = {device}, [*self._topology.parents_of(device)]
        while ways:
            parent = ways.pop(0)
            if parent in seen:
                continue
            seen.add(parent)
            if parent in self._watched:
                yield parent
            else:
                ways += self._topology.parents_of(parent)

    def descendants_of(self, device: str) -> Iterator[str]:
        """All that it powers or carries, at whatever distance, the nearest first."""
        return self._topology.descendants_of(device)

    def ancestors_of(self, device: str) -> Iterator[str]:
        """All on which it depends, at whatever distance, the nearest first."""
        return self._topology.ancestors_of(device)

    def set_down(self, device: str, source: str, *, is_down: bool) -> bool:
        """A source says that a device is down, or no longer. Returns whether that changes the device."""
        before = self._down.get(device, set())
        after = before | {source} if is_down else before - {source}
        if after:
            self._down[device] = after
        else:
            self._down.pop(device, None)
        return bool(before) is not bool(after)

    def is_cut_off(self, device: str) -> bool:
        """Whether something that powers or carries it, at whatever distance, is down."""
        return bool(self._down) and any(each in self._down for each in self._topology.ancestors_of(device))

    def wait(self, device: str, parent: str) -> None:
        """A device waits for the next word of a parent."""
        self._waiting.setdefault(parent, set()).add(device)

    def stop_waiting(self, device: str, parent: str) -> None:
        """A device does not wait for a parent any more. It may not have waited."""
        self._waiting.get(parent, set()).discard(device)

    def waiting_for(self, parent: str) -> list[str]:
        """The devices that wait for the next word of this one."""
        return sorted(self._waiting.get(parent, ()))
