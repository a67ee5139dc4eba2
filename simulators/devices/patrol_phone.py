"""The phone of a guard on patrol: where it is, its battery, and the regions it enters and leaves."""

import math
import random
from typing import ClassVar

from simulators.devices import battery
from simulators.dynamics import Wander, lag
from simulators.metrics import Metrics
from simulators.model import Fault, Sensor

CENTRE = (31.2304, 121.4737)  # latitude and longitude in degrees: People's Square, Shanghai
METRE = 1.0 / 111_320.0  # degrees of latitude
RADIUS = 120.0  # m of the path around the estate
PACE = 1.1  # m/s
GATE_ANGLE = 0.5  # rad either side of the gate, which lies due east
BATTERY_HOURS = 14.0
CHANGED_BELOW = 30.0  # %: the guard takes another phone from the charger


class PatrolPhoneFault(Fault):
    STANDS_STILL = "stands_still", "The guard stays where they are until the fault ends."
    OFF_ROUTE = "off_route", "The guard walks out of the estate, 400 m off the path within 5 minutes."
    GPS_LOST = "gps_lost", "Indoors, by the network's cells alone: accuracy 800 m, and the place jumps."
    BATTERY_LOW = battery.LOW
    SOS = "sos", "The guard calls for help: sos until the fault ends."


class PatrolPhone(Sensor[PatrolPhoneFault]):
    """Reports every 30 s, and at once on entering or leaving the gate and on a call for help."""

    report_every: ClassVar[float] = 30.0
    urgent = ("region_event", "sos")
    faults = PatrolPhoneFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._north = Wander(rng, spread=4.0, tau=20.0)
        self._east = Wander(rng, spread=4.0, tau=20.0)
        self._angle = rng.uniform(1.0, 2.0)  # rad along the path, counted from the gate
        self._off = 0.0  # m
        self._battery = battery.Battery(rng, life=BATTERY_HOURS * 3600.0)
        self._at_gate = False

    def _look(self, now: float, dt: float) -> Metrics:
        walks = PatrolPhoneFault.STANDS_STILL not in self.active
        self._angle = (self._angle + PACE * dt / RADIUS * walks) % (2.0 * math.pi)
        self._off = lag(self._off, 450.0 if PatrolPhoneFault.OFF_ROUTE in self.active else 0.0, dt=dt, tau=120.0)
        self._battery.step(dt, failing=PatrolPhoneFault.BATTERY_LOW in self.active)
        if self._battery.level < CHANGED_BELOW and PatrolPhoneFault.BATTERY_LOW not in self.active:
            self._battery.replace()
        lost = PatrolPhoneFault.GPS_LOST in self.active
        blur = 60.0 if lost else 1.0
        distance = RADIUS + self._off
        north = distance * math.sin(self._angle) + blur * self._north.step(dt)
        east = distance * math.cos(self._angle) + blur * self._east.step(dt)
        at_gate = min(self._angle, 2.0 * math.pi - self._angle) < GATE_ANGLE and self._off < 30.0
        crossed = (
            {"region_event": "enter" if at_gate else "leave", "region": "gate"} if at_gate != self._at_gate else {}
        )
        self._at_gate = at_gate
        return {
            "latitude": round(CENTRE[0] + north * METRE, 6),
            "longitude": round(CENTRE[1] + east * METRE / math.cos(math.radians(CENTRE[0])), 6),
            "accuracy": 800 if lost else 8,
            "speed": PACE if walks else 0.0,
            "battery": self._battery.level,
            "sos": PatrolPhoneFault.SOS in self.active,
            **crossed,
        }

    def _repair(self, fault: PatrolPhoneFault) -> None:
        if fault is PatrolPhoneFault.BATTERY_LOW:
            self._battery.replace()
