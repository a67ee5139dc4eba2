"""A variable-speed booster pump of a building's drinking water: a pump curve, a pressure vessel, four faults.

The controller holds the outlet at its set point by the speed, lets the pump sleep when nobody draws water, and
wakes it when the vessel has run down.
"""

import math
import random
from typing import ClassVar

from simulators.dynamics import LastHour, Wander, lag
from simulators.metrics import Metrics
from simulators.model import DeviceModel, Fault

SET_POINT = 0.75  # MPa at the outlet
CUT_IN = 0.70  # MPa at which a sleeping pump starts
SLEEP_FLOW = 0.5  # m3/h under which the pump may sleep
SLEEP_AFTER = 20.0  # s
SHUT_OFF_HEAD = 0.80  # MPa at full speed and no flow
CURVE = 0.00174  # MPa/(m3/h)2, the head lost to the pump's own flow
SUPPLY = 0.23  # MPa of the street main, no flow
SUPPLY_CURVE = 0.0005  # MPa/(m3/h)2
VESSEL = 0.1  # m3/MPa that the vessel gives while its pressure falls
WATERLOGGED = 0.25  # of that, once the vessel has lost its air
DRY_INLET = 0.005  # MPa left in an empty suction line
LOST_PRIME_BELOW = 0.02  # MPa
SHORT_RUN = 18.0  # s that a short-cycling pump runs
LEAK_FLOW = 16.0  # m3/h through a burst riser at the set point
WEAR_SECONDS = 300.0  # from the first pitting to a worn-out bearing
AMBIENT = 24.0  # degC
HOUR = 3600.0


class BoosterPumpFault(Fault):
    DRY_RUN = "dry_run", "The inlet falls under 0.02 MPa while the pump runs: flow collapses, current falls."
    BEARING_WEAR = "bearing_wear", "Vibration passes 6 mm/s within 5 minutes and the bearing 80 degC within 10."
    LEAK = "leak", "A riser bursts: the flow is high and the outlet pressure sags under 0.55 MPa."
    SHORT_CYCLING = "short_cycling", "The vessel has lost its air: more than 10 starts within the hour, in 5 minutes."


class BoosterPump(DeviceModel[BoosterPumpFault]):
    """Reports every second."""

    period: ClassVar[float] = 1.0
    longest_step: ClassVar[float] = 1.0
    faults = BoosterPumpFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._supply = Wander(rng, spread=0.008, tau=300.0)
        self._draw = Wander(rng, spread=0.8, tau=120.0)
        self._day_offset = rng.uniform(0.0, 86400.0)  # s into the day, for the daily pattern of use
        self._lull_from = rng.expovariate(1.0 / 1200.0)  # model time at which the next pause in use begins, s
        self._lull_until = self._lull_from + rng.uniform(60.0, 110.0)
        self._running = True
        self._starts = LastHour()
        self._running_for = 0.0
        self._quiet_for = 0.0
        self._demand = 4.0  # m3/h
        self._leak = 0.0  # 0 tight, 1 burst
        self._wear = 0.0  # 0 new, 1 worn out
        self._prime = 1.0  # share of the pump that is filled with water
        self._speed = 0.85  # of full speed
        self._inlet = SUPPLY
        self._outlet = SET_POINT
        self._flow = 4.0  # m3/h
        self._vibration = 1.4  # mm/s RMS
        self._current = 8.0  # A
        self._bearing = rng.uniform(47.0, 50.0)  # degC

    def _advance(self, now: float, dt: float) -> Metrics:
        self._draw_water(now, dt)
        self._control(now, dt)
        self._pump(dt)
        self._wear_and_heat(dt)
        noise = self._rng.gauss
        return {
            "running": self._running,
            "inlet_pressure": round(max(0.0, self._inlet + noise(0.0, 0.0008)), 4),
            "outlet_pressure": round(max(0.0, self._outlet + noise(0.0, 0.002)), 4),
            "flow": round(max(0.0, self._flow + (noise(0.0, 0.03) if self._running else 0.0)), 2),
            "vibration": round(max(0.0, self._vibration + noise(0.0, 0.04)), 2),
            "current": round(max(0.0, self._current + (noise(0.0, 0.05) if self._running else 0.0)), 2),
            "bearing_temperature": round(self._bearing + noise(0.0, 0.05), 1),
            "starts_last_hour": self._starts.count(now),
        }

    def _draw_water(self, now: float, dt: float) -> None:
        """What the taps draw (m3/h): a daily pattern, a wander, and now and then nearly nothing for a minute or two."""
        if now >= self._lull_until:
            self._lull_from = now + 600.0 + self._rng.expovariate(1.0 / 1200.0)
            self._lull_until = self._lull_from + self._rng.uniform(60.0, 110.0)
        day = math.sin(2.0 * math.pi * (now + self._day_offset) / 86400.0)
        wanted = 5.0 + 1.5 * day + self._draw.step(dt)
        if self._lull_from <= now and not self.active:
            wanted = 0.1
        self._demand = lag(self._demand, wanted, dt=dt, tau=8.0)
        burst = 1.0 if BoosterPumpFault.LEAK in self.active else 0.0
        self._leak = lag(self._leak, burst, dt=dt, tau=5.0)

    def _control(self, now: float, dt: float) -> None:
        """Sleep and wake the pump, and set its speed."""
        self._quiet_for = self._quiet_for + dt if self._demand < SLEEP_FLOW else 0.0
        if not self._running and self._outlet < CUT_IN:
            self._running, self._running_for = True, 0.0
            self._starts.add(now)
        elif self._running:
            self._running_for += dt
            short = BoosterPumpFault.SHORT_CYCLING in self.active and self._running_for >= SHORT_RUN
            at_pressure = self._outlet > SET_POINT - 0.03
            self._running = not (at_pressure and (short or self._quiet_for >= SLEEP_AFTER))
        needed = SET_POINT - self._inlet + CURVE * self._flow**2
        wanted = math.sqrt(max(0.0, needed) / SHUT_OFF_HEAD / max(self._prime, 0.05))
        self._speed = lag(self._speed, min(1.0, wanted) if self._running else 0.0, dt=dt, tau=1.0)

    def _pump(self, dt: float) -> None:
        """Inlet, outlet and flow."""
        drawn = (self._demand + LEAK_FLOW * self._leak) * math.sqrt(max(self._outlet, 0.0) / SET_POINT)
        dry = BoosterPumpFault.DRY_RUN in self.active
        supply = SUPPLY - SUPPLY_CURVE * min(self._flow, 10.0) ** 2 + self._supply.step(dt)
        self._inlet = lag(self._inlet, DRY_INLET if dry else supply, dt=dt, tau=2.0)
        self._prime = lag(self._prime, 0.0 if self._inlet < LOST_PRIME_BELOW else 1.0, dt=dt, tau=4.0)
        self._flow = lag(self._flow, drawn * self._prime if self._running else 0.0, dt=dt, tau=1.0)
        head = SHUT_OFF_HEAD * self._prime * self._speed**2 - CURVE * self._flow**2
        if self._running and self._inlet + head > self._outlet - 0.05:
            self._outlet = lag(self._outlet, self._inlet + head, dt=dt, tau=1.5)
        else:  # the check valve is shut: the taps empty the vessel
            share = WATERLOGGED if BoosterPumpFault.SHORT_CYCLING in self.active else 1.0
            self._outlet = max(self._inlet, self._outlet - drawn / HOUR * dt / (VESSEL * share))

    def _wear_and_heat(self, dt: float) -> None:
        """Vibration, bearing temperature and current."""
        if BoosterPumpFault.BEARING_WEAR in self.active and self._running:
            self._wear = min(1.0, self._wear + dt / WEAR_SECONDS)
        dry = 1.0 - self._prime
        rough = 1.1 + 0.06 * self._flow + 6.5 * self._wear + 1.2 * dry if self._running else 0.05
        self._vibration = lag(self._vibration, rough, dt=dt, tau=2.0)
        heat = 22.0 + 0.6 * self._flow + 50.0 * self._wear + 12.0 * dry if self._running else 0.0
        self._bearing = lag(self._bearing, AMBIENT + heat, dt=dt, tau=300.0)
        hydraulic_kw = self._flow / HOUR * max(0.0, self._outlet - self._inlet) * 1000.0
        self._current = lag(self._current, 4.5 + 4.6 * hydraulic_kw if self._running else 0.0, dt=dt, tau=0.5)

    def _repair(self, fault: BoosterPumpFault) -> None:
        if fault is BoosterPumpFault.BEARING_WEAR:
            self._wear = 0.0
