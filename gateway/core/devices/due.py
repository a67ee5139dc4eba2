"""When which device may have been silent for too long."""

from __future__ import annotations

import heapq

from gateway.core.kernel.times import Micros


class Due:
    """One time for each device, by hearing time. A device that is put again moves."""

    def __init__(self) -> None:
        self._heap: list[tuple[Micros, str]] = []
        self._due: dict[str, Micros] = {}

    def put(self, device: str, due: Micros) -> None:
        """Look at the device then."""
        self._due[device] = due
        heapq.heappush(self._heap, (due, device))

    def drop(self, device: str) -> None:
        """Do not look at the device."""
        self._due.pop(device, None)

    def earliest(self) -> Micros | None:
        """When the next device is to be looked at; None without one."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop(self, reached: Micros) -> str | None:
        """The next device whose time has come by `reached`; None without one."""
        earliest = self.earliest()
        if earliest is None or earliest > reached:
            return None
        device = heapq.heappop(self._heap)[1]
        del self._due[device]
        return device
