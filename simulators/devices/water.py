"""Sensors that watch water: a tank's level, a flooded floor, a leak under a basin, a hydrant's pressure."""

import math
import random
from typing import ClassVar

from simulators.devices import battery
from simulators.devices.battery import BatterySensor
from simulators.dynamics import Wander, lag
from simulators.metrics import Metrics
from simulators.model import Fault


class WaterTankFault(Fault):
    OVERFLOW = "overflow", "The fill valve does not close: the tank passes 2.9 m within 10 minutes and runs over."
    SUPPLY_CUT = "supply_cut", "Nothing flows in while the building draws on: under 0.5 m within 10 minutes."
    SENSOR_STUCK = "sensor_stuck", "The sensor reports the very same level, whatever the water does."
    BATTERY_LOW = battery.LOW


class WaterTank(BatterySensor[WaterTankFault]):
    """A roof tank of 3 m, filled by a valve between 2.2 and 2.5 m. Reports every 30 s."""

    report_every: ClassVar[float] = 30.0
    longest_step: ClassVar[float] = 60.0
    faults = WaterTankFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._draw = Wander(rng, spread=0.00006, tau=120.0)  # m/s
        self._ripple = Wander(rng, spread=0.004, tau=3.0)
        self._level = rng.uniform(2.25, 2.45)  # m
        self._filling = False
        self._shown = self._level

    def _sense(self, now: float, dt: float) -> Metrics:
        overflow = WaterTankFault.OVERFLOW in self.active
        cut = WaterTankFault.SUPPLY_CUT in self.active
        self._filling = overflow or (not cut and self._level < (2.5 if self._filling else 2.2))
        drawn = 0.0043 if cut else max(0.0, 0.00015 + self._draw.step(dt))
        rise = 0.002 if overflow else 0.0006 if self._filling else 0.0
        self._level = min(3.0, max(0.02, self._level + (rise - drawn) * dt))
        ripple = self._ripple.step(dt)
        if WaterTankFault.SENSOR_STUCK not in self.active:
            self._shown = min(3.0, max(0.0, self._level + ripple))
        return {"level": round(self._shown, 2)}


class FloodSensorFault(Fault):
    FLOOD = "flood", "Water rises over the floor, 0.3 m in 5 minutes, and stands until the fault ends."
    PUDDLE = "puddle", "The floor was mopped: a few millimetres for a minute, then it is dry again."
    BATTERY_LOW = battery.LOW


class FloodSensor(BatterySensor[FloodSensorFault]):
    """A probe just above the floor of a basement or garage. Reports every minute, and at once when it gets wet."""

    report_every: ClassVar[float] = 60.0
    urgent = ("water",)
    faults = FloodSensorFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._level = 0.0  # m
        self._wet_for = 0.0

    def _sense(self, now: float, dt: float) -> Metrics:
        self._wet_for = self._wet_for + dt if FloodSensorFault.PUDDLE in self.active else 0.0
        if FloodSensorFault.FLOOD in self.active:
            self._level = min(0.5, self._level + 0.001 * dt)
        else:
            puddle = 0.006 if 0.0 < self._wet_for < 60.0 else 0.0
            self._level = max(puddle, lag(self._level, 0.0, dt=dt, tau=20.0))
        return {"water": self._level > 0.005, "level": round(self._level, 2)}


class WaterLeakFault(Fault):
    LEAK = "leak", "Water reaches the probe: leak until it is dried."
    DRIP = "drip", "It drips: the probe is wet for 5 seconds in 20, again and again."
    BATTERY_LOW = battery.LOW
    TAMPER = battery.TAMPER


class WaterLeak(BatterySensor[WaterLeakFault]):
    """A spot sensor that also knows the air around it. Reports every minute, and at once when it gets wet."""

    report_every: ClassVar[float] = 60.0
    urgent = ("leak", "tamper")
    faults = WaterLeakFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._warmth = Wander(rng, spread=0.8, tau=1800.0)
        self._humidity = 52.0
        self._base = rng.uniform(16.0, 22.0)  # degC

    def _sense(self, now: float, dt: float) -> Metrics:
        drips = WaterLeakFault.DRIP in self.active and math.fmod(now, 20.0) < 5.0
        wet = WaterLeakFault.LEAK in self.active
        self._humidity = lag(self._humidity, 85.0 if wet else 52.0, dt=dt, tau=300.0)
        temperature = self._base + self._warmth.step(dt)
        return {"leak": wet or drips, "temperature": round(temperature, 1), "humidity": round(self._humidity, 1)}


class HydrantPressureFault(Fault):
    VALVE_CLOSED = "valve_closed", "The valve before the hydrant is shut and the pipe drains: under 0.05 MPa."
    LOW_PRESSURE = "low_pressure", "The pressure sinks slowly under 0.1 MPa, the least a hydrant must have."
    WATER_DRAWN = "water_drawn", "Somebody takes water: the cap is off (open), the pressure swings about 0.2 MPa."
    BATTERY_LOW = battery.LOW


class HydrantPressure(BatterySensor[HydrantPressureFault]):
    """The pressure in an outdoor hydrant. Reports every minute, and at once when its cap is taken off."""

    report_every: ClassVar[float] = 60.0
    urgent = ("open",)
    faults = HydrantPressureFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._main = Wander(rng, spread=0.012, tau=600.0)
        self._surge = Wander(rng, spread=0.03, tau=4.0)
        self._usual = rng.uniform(0.32, 0.42)
        self._pressure = self._usual  # MPa

    def _sense(self, now: float, dt: float) -> Metrics:
        open_ = HydrantPressureFault.WATER_DRAWN in self.active
        target, tau = self._usual, 5.0
        if HydrantPressureFault.VALVE_CLOSED in self.active:
            target, tau = 0.0, 20.0
        elif HydrantPressureFault.LOW_PRESSURE in self.active:
            target, tau = 0.06, 120.0
        elif open_:
            target = 0.2
        self._pressure = lag(self._pressure, target, dt=dt, tau=tau)
        swing = self._surge.step(dt) if open_ else self._main.step(dt) * self._pressure / self._usual
        return {"pressure": round(max(0.0, self._pressure + swing), 3), "open": open_}
