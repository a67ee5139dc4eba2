"""The readings of the latest commits, so that they need not be read back from the journal."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from gateway.core.telemetry.batch import Batch
from gateway.core.telemetry.readings import Reading
from gateway.store.telemetry.journal import Stretch

MOST_READINGS = 6_000
"""Some 4 MB. Of a forwarder that lags behind further, the journal has the rest."""


class _Part(NamedTuple):
    """A batch, without its digests and rejections."""

    start: int
    end: int
    readings: list[Reading]


class Recent:
    """The latest batches without a gap, at most about so many readings and messages."""

    def __init__(self, most: int = MOST_READINGS) -> None:
        self._most = most
        self._parts: deque[_Part] = deque()
        self._size = 0
        self.end = 0
        """The number of the first message after them."""

    def add(self, batch: Batch) -> None:
        """Keep a batch that has become durable as it is, and let the oldest go that are too many."""
        if not batch.counts.received:
            return
        if batch.first_message != self.end:
            self.clear()
        self.end = batch.first_message + batch.counts.received
        part = _Part(batch.first_message, self.end, batch.readings)
        self._parts.append(part)
        self._size += _size(part)
        while self._size > self._most:
            self._let_go()

    def clear(self) -> None:
        """Let all of them go."""
        self._parts.clear()
        self._size = 0

    def read(self, start: int, *, most: int) -> Stretch | None:
        """As `Journal.read`; None if the batch of message `start` is not here. Those before it are let go."""
        parts = self._parts
        while parts and parts[0].start < start:
            self._let_go()
        if not parts or parts[0].start != start:
            return None
        readings: list[Reading] = []
        end = start
        for part in parts:
            if readings and len(readings) + len(part.readings) > most:
                break
            readings += part.readings
            end = part.end
        return Stretch(readings, start, end, [])

    def _let_go(self) -> None:
        self._size -= _size(self._parts.popleft())


def _size(part: _Part) -> int:
    """Messages without readings count as well: there may be many."""
    return max(len(part.readings), part.end - part.start)
