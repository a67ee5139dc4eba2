"""When which part must be woken: one heap for all."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterator

from gateway.core.kernel.times import Micros

_Timer = tuple[str, Hashable]
"""The part that owns it, and the part's own key."""


class Timers:
    """One timer for each key of a part. A key that is set again moves."""

    def __init__(self) -> None:
        self._due: dict[_Timer, Micros] = {}
        self._queued: dict[_Timer, Micros] = {}
        """The entry of the heap that counts. It may come up too early: then it is queued again."""
        self._heap: list[tuple[Micros, int, _Timer]] = []
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._heap)

    def set(self, part: str, key: Hashable, due: Micros) -> None:
        """Wake the part at `due` with this key."""
        timer = (part, key)
        self._due[timer] = due
        queued = self._queued.get(timer)
        if queued is None or due < queued:
            self._queue(timer, due)

    def cancel(self, part: str, key: Hashable) -> None:
        """Do not wake the part with this key."""
        self._due.pop((part, key), None)

    def next_due(self) -> Micros | None:
        """When the next part must be woken; None when none is waiting."""
        while self._heap:
            due, _, timer = self._heap[0]
            if self._queued.get(timer) == due == self._due.get(timer):
                return due
            self._pop()
        return None

    def due(self, now: Micros) -> Iterator[_Timer]:
        """The timers that are due by `now`, the earliest first; those that are set meanwhile among them."""
        while (due := self.next_due()) is not None and due <= now:
            timer = self._heap[0][2]
            del self._due[timer]
            self._pop()
            yield timer

    def _queue(self, timer: _Timer, due: Micros) -> None:
        self._queued[timer] = due
        self._sequence += 1
        heapq.heappush(self._heap, (due, self._sequence, timer))

    def _pop(self) -> None:
        """Drop the first entry of the heap, and queue its timer again where it is set for later."""
        due, _, timer = heapq.heappop(self._heap)
        if self._queued.get(timer) != due:
            return
        del self._queued[timer]
        if timer in self._due:
            self._queue(timer, self._due[timer])
