"""A guard who walks a round: past each point in order, again at every interval."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from simulators.devices.nfc_reader import NfcReader, NfcReaderFault

HURRY: Final = 0.6  # of the usual walking time, while behind the plan
PACE_SPREAD: Final = 0.05  # no two walks take exactly the same time


@dataclass(frozen=True, slots=True)
class Stop:
    """A point of a round: the reader there, its tag, and the walk to it from the point before."""

    reader: str
    uid: str
    after: float
    """Walking time in seconds."""


@dataclass(frozen=True, slots=True)
class Scan:
    reader: str
    uid: str


class Guard:
    """Walks the round at `start`, `start + every`, ...; late on one point, they hurry to be punctual on the next."""

    def __init__(
        self,
        rng: random.Random,
        *,
        stops: Sequence[Stop],
        every: float,
        start: float,
        readers: dict[str, NfcReader],
    ) -> None:
        """`every` and `start` in seconds of model time; `readers` by device id."""
        self._rng = rng
        self._stops = stops
        self._every = every
        self.readers = readers
        """By device id."""
        self._round_start = start
        self._next = 0
        self._planned = start + self._walk(stops[0])
        self.due = self._planned
        """The model time (s) of the next arrival."""

    def arrive(self, now: float) -> Scan | None:
        """Arrive at the next point at `now`, its due time: scan it, pass it without a scan, or be late for it."""
        stop = self._stops[self._next]
        faults = self.readers[stop.reader].active
        if NfcReaderFault.MISSING_POINT not in faults and NfcReaderFault.LATE_POINT in faults:
            self.due = now + 1.0
            return None
        self._plan_next(now)
        return None if NfcReaderFault.MISSING_POINT in faults else Scan(stop.reader, stop.uid)

    def _plan_next(self, now: float) -> None:
        self._next = (self._next + 1) % len(self._stops)
        walk = self._walk(self._stops[self._next])
        if self._next == 0:
            self._round_start += self._every
            self._planned = max(self._round_start, now) + walk
            self.due = self._planned
        else:
            self._planned += walk
            self.due = max(self._planned, now + HURRY * walk)

    def _walk(self, stop: Stop) -> float:
        return stop.after * self._rng.uniform(1.0 - PACE_SPREAD, 1.0 + PACE_SPREAD)
