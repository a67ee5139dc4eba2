"""The readings of the latest commits, so that they need not be read back from the journal."""

from __future__ import annotations

from collections import deque

from gateway.core.telemetry.batch import Batch
from gateway.core.telemetry.readings import Reading
from gateway.store.telemetry.journal import Stretch

MOST_READINGS = 3_000
"""Some 2 MB. Of a forwarder that lags behind further, the journal has the rest."""


class Recent:
    """The latest batches without a gap, at most about so many readings."""

    def __init__(self, most: int = MOST_READINGS) -> None:
        self._most = most
        self._batches: deque[Batch] = deque()
        self._readings = 0
        self.end = 0
        """The number of the first message after them."""

    def add(self, batch: Batch) -> None:
        """Keep a batch that has become durable, and let the oldest go that are too many."""
        if not batch.counts.received:
            return
        self._batches.append(batch)
        self._readings += len(batch.readings)
        self.end = batch.first_message + batch.counts.received
        while self._readings > self._most:
            self._let_go()

    def read(self, start: int, *, most: int) -> Stretch | None:
        """As `Journal.read`; None if the batch of message `start` is not here. Those before it are let go."""
        batches = self._batches
        while batches and batches[0].first_message < start:
            self._let_go()
        if not batches or batches[0].first_message != start:
            return None
        readings: list[Reading] = []
        end = start
        for batch in batches:
            if readings and len(readings) + len(batch.readings) > most:
                break
            readings += batch.readings
            end = batch.first_message + batch.counts.received
        return Stretch(readings, start, end, [])

    def _let_go(self) -> None:
        self._readings -= len(self._batches.popleft().readings)
