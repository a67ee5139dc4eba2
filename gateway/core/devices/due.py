"""When which device may have been silent for too long, or which value may be too old."""

from __future__ import annotations

import heapq
from typing import Generic, TypeVar

from gateway.core.kernel.times import Micros

K = TypeVar("K", str, tuple[str, str])


class Due(Generic[K]):
    """One time for each device, or metric of a device, by hearing time. One that is put again moves."""

    def __init__(self) -> None:
        self._heap: list[tuple[Micros, K]] = []
        self._due: dict[K, Micros] = {}

    def put(self, key: K, due: Micros) -> None:
        """Look at it then."""
        self._due[key] = due
        heapq.heappush(self._heap, (due, key))

    def drop(self, key: K) -> None:
        """Do not look at it."""
        self._due.pop(key, None)

    def earliest(self) -> Micros | None:
        """When to look at the next; None without one."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop(self, reached: Micros) -> K | None:
        """The next whose time has come by `reached`; None without one."""
        earliest = self.earliest()
        if earliest is None or earliest > reached:
            return None
        key = heapq.heappop(self._heap)[1]
        del self._due[key]
        return key
