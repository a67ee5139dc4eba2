"""The small computer in a plant room that collects from the equipment around it and sends it on."""

import random
from typing import ClassVar

from simulators.dynamics import Wander, lag
from simulators.metrics import Metrics
from simulators.model import DeviceModel, Fault


class EdgeBoxFault(Fault):
    DISK_FULL = "disk_full", "A log runs wild: the disk passes 95 % within 5 minutes."
    MEMORY_LEAK = "memory_leak", "A process keeps what it takes: memory passes 95 % within 5 minutes."
    BUSY = "busy", "A process spins: the processor is at 100 %, and the box grows warm."
    HOT = "hot", "Its vents are covered: past 85 degC within 10 minutes."
    RESTARTS = "restarts", "It restarts every two minutes: the uptime begins again and again."
    SILENT = "silent", "It is cut off: nothing comes from it until the fault ends."


class EdgeBox(DeviceModel[EdgeBoxFault]):
    """Reports every 10 s."""

    period: ClassVar[float] = 10.0
    faults = EdgeBoxFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._work = Wander(rng, spread=4.0, tau=60.0)
        self._air = Wander(rng, spread=0.8, tau=600.0)
        self._link = Wander(rng, spread=3.0, tau=120.0)
        self._cpu = 18.0  # %
        self._memory = rng.uniform(38.0, 46.0)
        self._disk = rng.uniform(30.0, 50.0)
        self._temperature = 48.0  # degC
        self._uptime = rng.uniform(5.0, 90.0) * 86400.0  # s

    def _advance(self, now: float, dt: float) -> Metrics | None:
        busy, hot = EdgeBoxFault.BUSY in self.active, EdgeBoxFault.HOT in self.active
        self._cpu = lag(self._cpu, 100.0 if busy else 18.0, dt=dt, tau=10.0)
        self._memory = lag(self._memory, 99.0 if EdgeBoxFault.MEMORY_LEAK in self.active else 42.0, dt=dt, tau=80.0)
        if EdgeBoxFault.DISK_FULL in self.active:
            self._disk = lag(self._disk, 99.5, dt=dt, tau=80.0)
        self._temperature = lag(self._temperature, 48.0 + 14.0 * busy + 46.0 * hot, dt=dt, tau=240.0)
        self._uptime = 0.0 if EdgeBoxFault.RESTARTS in self.active and now % 120.0 < dt else self._uptime + dt
        if EdgeBoxFault.SILENT in self.active:
            return None
        return {
            "cpu": round(min(100.0, max(0.0, self._cpu + self._work.step(dt))), 1),
            "memory": round(self._memory, 1),
            "disk": round(self._disk, 1),
            "temperature": round(self._temperature + self._air.step(dt), 1),
            "uptime": round(self._uptime / 3600.0, 3),
            "signal": round(min(100.0, max(0.0, 72.0 + self._link.step(dt)))),
        }

    def _repair(self, fault: EdgeBoxFault) -> None:
        if fault is EdgeBoxFault.DISK_FULL:
            self._disk = 35.0
