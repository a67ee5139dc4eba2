"""A sump pit with its pump: water seeps in, a float starts the pump, and a heavy rain is more than it can lift."""

import random
from typing import ClassVar

from simulators.dynamics import LastHour, Wander, lag
from simulators.metrics import Metrics
from simulators.model import DeviceModel, Fault

AREA = 1.0  # m2
DEPTH = 2.0  # m; what is more runs over the floor
START_LEVEL, STOP_LEVEL, HIGH_LEVEL = 0.8, 0.3, 1.2  # m
SEEPAGE = 1.5  # m3/h
RAIN = 26.0  # m3/h, more than the pump lifts
CAPACITY = 18.0  # m3/h
BACKFLOW = 24.0  # m3/h, and
RISER = 0.48  # m3 of water that comes back
RATED_CURRENT, IDLE_CURRENT = 4.6, 2.1  # A at work, and with nothing to lift
HOUR = 3600.0


class SumpPumpFault(Fault):
    PUMP_FAILS = "pump_fails", "The motor trips: fault, the pump stands, and the water passes the high level."
    HEAVY_RAIN = "heavy_rain", "More runs in than the pump lifts: it runs on, and the high level comes in minutes."
    CHECK_VALVE = "check_valve", "The check valve stays open: the water runs back, more than 10 starts an hour."
    FLOAT_STUCK = "float_stuck", "The float hangs: the pump runs on in an empty pit, at half its current."


class SumpPump(DeviceModel[SumpPumpFault]):
    """Reports every 5 s."""

    period: ClassVar[float] = 5.0
    longest_step: ClassVar[float] = 300.0
    faults = SumpPumpFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._seepage = Wander(rng, spread=0.3, tau=600.0)
        self._ripple = Wander(rng, spread=0.003, tau=5.0)
        self._level = rng.uniform(0.35, 0.75)
        self._running = False
        self._returning = 0.0  # m3 still to come back through the check valve
        self._current = 0.0
        self._starts = LastHour()

    def _advance(self, now: float, dt: float) -> Metrics:
        failed = SumpPumpFault.PUMP_FAILS in self.active
        self._control(now, failed=failed)
        rain = RAIN if SumpPumpFault.HEAVY_RAIN in self.active else 0.0
        inflow = max(0.0, SEEPAGE + self._seepage.step(dt)) + rain
        back = 0.0 if self._running else min(self._returning, BACKFLOW * dt / HOUR)
        self._returning -= back
        lifted = CAPACITY if self._running else 0.0
        self._level = min(DEPTH, max(0.05, self._level + ((inflow - lifted) * dt / HOUR + back) / AREA))
        wanted = (RATED_CURRENT if self._level > 0.1 else IDLE_CURRENT) if self._running else 0.0
        self._current = lag(self._current, wanted, dt=dt, tau=1.0)
        return {
            "running": self._running,
            "level": round(max(0.0, self._level + self._ripple.step(dt)), 3),
            "high_level": self._level >= HIGH_LEVEL,
            "current": round(self._current, 2),
            "mode": "automatic",
            "fault": failed,
            "starts_last_hour": self._starts.count(now),
        }

    @property
    def is_busy(self) -> bool:
        return self._running or self._returning > 0.0

    def _control(self, now: float, *, failed: bool) -> None:
        before = self._running
        if failed:
            self._running = False
        elif not self._running:
            self._running = self._level >= START_LEVEL or SumpPumpFault.FLOAT_STUCK in self.active
        elif self._level <= STOP_LEVEL:
            self._running = SumpPumpFault.FLOAT_STUCK in self.active
        if self._running and not before:
            self._starts.add(now)
        elif before and not self._running and SumpPumpFault.CHECK_VALVE in self.active:
            self._returning = RISER
