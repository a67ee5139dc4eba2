"""A tag reader at a checkpoint: a heartbeat, and a message for each tag held to it."""

import random
from typing import ClassVar

from simulators.metrics import Metrics
from simulators.model import DeviceModel, Fault

BATTERY_LIFE = 2 * 365 * 86400.0  # s


class NfcReaderFault(Fault):
    MISSING_POINT = "missing_point", "The guard passes this point without scanning it."
    LATE_POINT = "late_point", "The guard is held up: this point is scanned only when the fault ends."


class NfcReader(DeviceModel[NfcReaderFault]):
    """Reports its battery (%) every 30 s. Its faults are acts of the guard: see `simulators.guard`."""

    period: ClassVar[float] = 30.0
    faults = NfcReaderFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._battery = rng.uniform(60.0, 100.0)

    def _advance(self, now: float, dt: float) -> Metrics:
        self._battery = max(0.0, self._battery - 100.0 * dt / BATTERY_LIFE)
        return {"battery": self._level}

    def scan(self, uid: str) -> Metrics:
        """What the reader reports when the tag `uid` (upper-case hex) is held to it."""
        return {"uid": uid, "battery": self._level}

    @property
    def _level(self) -> float:
        return round(self._battery, 1)
