"""Small detectors with one alarm and a test button: heat, gas, and the call point that a person presses."""

import random
from typing import ClassVar

from simulators.devices import battery
from simulators.devices.battery import BatterySensor
from simulators.dynamics import Wander, lag
from simulators.metrics import Metrics
from simulators.model import Fault

HEAT_ALARM = 57.0  # degC, a choice within class A1 of EN 54-5, whose detectors answer between 54 and 65 degC
GAS_ALARM = 10.0  # % of the lower explosive limit, a choice within the 5 to 25 of EN 50194-1


class HeatDetectorFault(Fault):
    FIRE = "fire", "The room burns: the temperature climbs, and heat is set at 57 degC, within two minutes."
    HOT_KITCHEN = "hot_kitchen", "An oven is opened again and again: up to 45 degC and no alarm."
    SELF_TEST = battery.SELF_TEST
    BATTERY_LOW = battery.LOW
    TAMPER = battery.TAMPER


class HeatDetector(BatterySensor[HeatDetectorFault]):
    """Reports every 10 s, and at once when heat, test or tamper changes."""

    report_every: ClassVar[float] = 10.0
    urgent = ("heat", "test", "tamper")
    alarm = "heat"
    faults = HeatDetectorFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._room = rng.uniform(20.0, 26.0)  # degC
        self._draught = Wander(rng, spread=0.5, tau=600.0)
        self._above = 0.0  # K

    def _sense(self, now: float, dt: float) -> Metrics:
        fire, oven = HeatDetectorFault.FIRE in self.active, HeatDetectorFault.HOT_KITCHEN in self.active
        self._above = lag(self._above, 90.0 if fire else 18.0 if oven else 0.0, dt=dt, tau=120.0)
        temperature = self._room + self._above + self._draught.step(dt)
        return {"heat": temperature >= HEAT_ALARM, "temperature": round(temperature, 1)}


class GasDetectorFault(Fault):
    GAS_LEAK = "gas_leak", "Gas gathers: the alarm at 10 % of the lower explosive limit within a minute."
    SOLVENT = "solvent", "Cleaning spirit: up to 6 % for a while, and no alarm."
    SENSOR_FAULT = "sensor_fault", "The sensing element fails: fault, and the concentration stays at zero."
    SELF_TEST = battery.SELF_TEST


class GasDetector(BatterySensor[GasDetectorFault]):
    """For natural gas. Reports every 30 s, and at once when gas, test or fault changes."""

    report_every: ClassVar[float] = 30.0
    urgent = ("gas", "test", "fault")
    alarm = "gas"
    faults = GasDetectorFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._drift = Wander(rng, spread=0.2, tau=300.0)
        self._concentration = 0.0  # %LEL

    def _sense(self, now: float, dt: float) -> Metrics:
        leak, solvent = GasDetectorFault.GAS_LEAK in self.active, GasDetectorFault.SOLVENT in self.active
        fault = GasDetectorFault.SENSOR_FAULT in self.active
        self._concentration = lag(self._concentration, 30.0 if leak else 6.0 if solvent else 0.0, dt=dt, tau=60.0)
        shown = 0.0 if fault else max(0.0, self._concentration + self._drift.step(dt))
        return {"gas": shown >= GAS_ALARM, "gas_concentration": round(shown, 1), "fault": fault}


class ManualCallPointFault(Fault):
    PRESSED = "pressed", "Somebody breaks the glass: pressed, until it is reset with the key."
    SELF_TEST = battery.SELF_TEST
    LINE_FAULT = "line_fault", "The line to it is broken: fault, and pressing it would do nothing."
    BATTERY_LOW = battery.LOW
    TAMPER = battery.TAMPER


class ManualCallPoint(BatterySensor[ManualCallPointFault]):
    """Reports every minute, and at once when anything changes."""

    report_every: ClassVar[float] = 60.0
    urgent = ("pressed", "test", "fault", "tamper")
    alarm = "pressed"
    faults = ManualCallPointFault

    def _sense(self, now: float, dt: float) -> Metrics:
        fault = ManualCallPointFault.LINE_FAULT in self.active
        return {"pressed": ManualCallPointFault.PRESSED in self.active and not fault, "fault": fault}
