"""Meters of electric power: one phase at an outlet or a small board, and three phases at a distribution panel."""

import math
import random
from typing import ClassVar

from simulators.dynamics import Wander, lag
from simulators.metrics import Metrics
from simulators.model import DeviceModel, Fault

NOMINAL = 230.0  # V between a phase and neutral
PHASES = ("a", "b", "c")
ALWAYS_ON = 0.4  # of the usual load of a meter


class Load:
    """What hangs on one phase: a current that wanders, at a voltage that sags a little with it."""

    def __init__(self, rng: random.Random, *, current: float, power_factor: float = 0.92) -> None:
        """`current`: its usual one, in A."""
        self._usual = current
        self._wander = Wander(rng, spread=0.12 * current, tau=180.0)
        self._mains = Wander(rng, spread=1.5, tau=300.0)
        self.power_factor = power_factor
        self.voltage = NOMINAL
        self.current = current

    def step(self, dt: float, *, times: float = 1.0, voltage: float = NOMINAL) -> None:
        """`dt` seconds later, with the load `times` its usual one, at a mains of `voltage` (V); 0 is an outage."""
        self.voltage = max(0.0, voltage + self._mains.step(dt) - 0.02 * self.current) if voltage else 0.0
        wanted = max(0.0, self._usual * times + self._wander.step(dt)) if voltage else 0.0
        self.current = lag(self.current, wanted, dt=dt, tau=4.0 if voltage else 0.1)

    @property
    def power(self) -> float:
        """Active power in kW."""
        return self.voltage * self.current * self.power_factor / 1000.0


class PowerMeterFault(Fault):
    OVERLOAD = "overload", "Somebody plugs in heaters: the current passes 32 A within a minute."
    UNDERVOLTAGE = "undervoltage", "The mains sags to about 190 V."
    OVERVOLTAGE = "overvoltage", "The neutral is loose: the mains rises to about 265 V."
    OUTAGE = "outage", "The mains is gone: no voltage, no current; the meter lives on."
    POOR_POWER_FACTOR = "poor_power_factor", "The capacitor bank has failed: the power factor falls to 0.6."


class PowerMeter(DeviceModel[PowerMeterFault]):
    """One phase. Reports every 10 s."""

    period: ClassVar[float] = 10.0
    faults = PowerMeterFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._load = Load(rng, current=rng.uniform(6.0, 12.0))
        self._frequency = Wander(rng, spread=0.015, tau=30.0)
        self._energy = rng.uniform(1000.0, 9000.0)  # kWh

    @property
    def _share(self) -> float:
        """Of the usual load: some of it runs at night as well."""
        return ALWAYS_ON + (1.0 - ALWAYS_ON) * self.use

    def _advance(self, now: float, dt: float) -> Metrics:
        voltage = NOMINAL
        if PowerMeterFault.OUTAGE in self.active:
            voltage = 0.0
        elif PowerMeterFault.UNDERVOLTAGE in self.active:
            voltage = 190.0
        elif PowerMeterFault.OVERVOLTAGE in self.active:
            voltage = 265.0
        self._load.power_factor = 0.6 if PowerMeterFault.POOR_POWER_FACTOR in self.active else 0.92
        self._load.step(dt, times=7.0 if PowerMeterFault.OVERLOAD in self.active else self._share, voltage=voltage)
        self._energy += self._load.power * dt / 3600.0
        return {
            "voltage": round(self._load.voltage, 1),
            "current": round(self._load.current, 3),
            "power": round(self._load.power, 4),
            "power_factor": self._load.power_factor,
            "frequency": round(50.0 + self._frequency.step(dt), 2) if voltage else 0.0,
            "energy": round(self._energy, 3),
        }


class DistributionPanelFault(Fault):
    OVERLOAD = "overload", "All three phases carry twice their usual current."
    IMBALANCE = "imbalance", "Phase A carries nearly everything, and the neutral with it."
    PHASE_LOSS = "phase_loss", "Phase B is gone: no voltage on it, no current."
    HOT_JOINT = "hot_joint", "A loose terminal: the busbar passes 80 degC within 10 minutes; the load is as usual."
    EARTH_LEAKAGE = "earth_leakage", "Damp insulation: the residual current passes 300 mA within 2 minutes."
    BREAKER_TRIP = "breaker_trip", "The main breaker trips: open, and no current in any phase."
    DOOR_OPEN = "door_open", "Somebody left the door of the panel open."


class DistributionPanel(DeviceModel[DistributionPanelFault]):
    """Three phases with their breaker. Reports every 10 s."""

    period: ClassVar[float] = 10.0
    faults = DistributionPanelFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._loads = {phase: Load(rng, current=rng.uniform(50.0, 60.0)) for phase in PHASES}
        self._leak = Wander(rng, spread=3.0, tau=120.0)
        self._residual = 22.0  # mA
        self._temperature = 34.0  # degC
        self._energy = rng.uniform(100_000.0, 400_000.0)  # kWh

    def _advance(self, now: float, dt: float) -> Metrics:
        closed = DistributionPanelFault.BREAKER_TRIP not in self.active
        for phase, load in self._loads.items():
            lost = phase == "b" and DistributionPanelFault.PHASE_LOSS in self.active
            load.step(dt, times=self._times(phase) if closed else 0.0, voltage=0.0 if lost else NOMINAL)
            load.current = load.current if closed else 0.0
        power = math.fsum(load.power for load in self._loads.values())
        self._energy += power * dt / 3600.0
        leaking = DistributionPanelFault.EARTH_LEAKAGE in self.active
        self._residual = lag(self._residual, 450.0 if leaking else 22.0, dt=dt, tau=60.0)
        busiest = max(load.current for load in self._loads.values())
        hot = 60.0 if DistributionPanelFault.HOT_JOINT in self.active else 0.0
        self._temperature = lag(self._temperature, 26.0 + busiest**2 / 450.0 + hot, dt=dt, tau=240.0)
        return {
            **{f"voltage_{phase}": round(load.voltage, 1) for phase, load in self._loads.items()},
            **{f"current_{phase}": round(load.current, 2) for phase, load in self._loads.items()},
            "power": round(power, 3),
            "power_factor": 0.92,
            "energy": round(self._energy, 2),
            "residual_current": round(max(0.0, self._residual + self._leak.step(dt)), 1),
            "temperature": round(self._temperature, 1),
            "breaker_closed": closed,
            "door_open": DistributionPanelFault.DOOR_OPEN in self.active,
        }

    def _times(self, phase: str) -> float:
        if DistributionPanelFault.IMBALANCE in self.active:
            return 2.2 if phase == "a" else 0.2
        return 2.0 if DistributionPanelFault.OVERLOAD in self.active else 1.0
