"""The timers of all parts, in one heap."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterator
from typing import Any

from gateway.core.kernel.times import Micros

_Timer = tuple[str, Any]
"""The part that owns it, and the part's own key."""


class Timers:
    """One timer for each key of a part. A key that is set again moves.

    The keys of a part can be compared: timers that are due at the same time come in the order of their keys, in
    whatever order they were set. So a run with a restart does the same as one without.
    """

    def __init__(self) -> None:
        self._due: dict[_Timer, Micros] = {}
        self._queued: dict[_Timer, Micros] = {}
        """The due time of each timer's valid heap entry. If it is earlier than `_due`, the timer is queued again."""
        self._heap: list[tuple[Micros, _Timer]] = []

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
        """The due time of the next timer; None when none is set."""
        while self._heap:
            due, timer = self._heap[0]
            if self._queued.get(timer) == due == self._due.get(timer):
                return due
            self._pop()
        return None

    def due(self, now: Micros) -> Iterator[_Timer]:
        """The timers due by `now`, the earliest first, including those set during the iteration."""
        while (due := self.next_due()) is not None and due <= now:
            timer = self._heap[0][1]
            del self._due[timer]
            self._pop()
            yield timer

    def _queue(self, timer: _Timer, due: Micros) -> None:
        self._queued[timer] = due
        heapq.heappush(self._heap, (due, timer))

    def _pop(self) -> None:
        """Drop the first entry of the heap; queue its timer again if it was set for later."""
        due, timer = heapq.heappop(self._heap)
        if self._queued.get(timer) != due:
            return
        del self._queued[timer]
        if timer in self._due:
            self._queue(timer, self._due[timer])
