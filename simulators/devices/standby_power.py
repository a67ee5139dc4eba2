"""What carries a building when the mains is lost: a diesel generator, and a UPS with its battery."""

import random
from typing import ClassVar

from simulators.dynamics import Wander, lag
from simulators.metrics import Metrics
from simulators.model import DeviceModel, Fault, Sensor

CRANKING = 8.0  # s from the loss of the mains to full speed
RATED_POWER = 200.0  # kW
CHARGED, WORN = 13.6, 11.4  # V of the starter battery, on charge
ENGINE_SPEED = 1500.0  # rpm
UPS_POWER = 6.0  # kW
UPS_MINUTES = 20.0  # on battery at the usual load


class GeneratorFault(Fault):
    MAINS_LOST = "mains_lost", "The mains is gone: it starts, and carries the building within 15 seconds."
    TEST_RUN = "test_run", "The monthly test: it runs without load; test is set."
    FAILS_TO_START = "fails_to_start", "The mains is gone, it cranks and does not start: fault."
    LOW_FUEL = "low_fuel", "The tank leaks: the fuel falls under 20 % within 10 minutes; then it is filled up."
    OVERHEAT = "overheat", "It runs with a clogged radiator: the coolant passes 100 degC within 10 minutes."
    LOW_OIL_PRESSURE = "low_oil_pressure", "It runs and the oil pressure falls under 0.1 MPa."
    WEAK_STARTER = "weak_starter", "The starter battery is worn: under 11.8 V though it is charged."
    NOT_AUTOMATIC = "not_automatic", "The selector was left on hand: it would not start by itself."


_RUNS = frozenset(
    {GeneratorFault.MAINS_LOST, GeneratorFault.TEST_RUN, GeneratorFault.OVERHEAT, GeneratorFault.LOW_OIL_PRESSURE}
)


class Generator(DeviceModel[GeneratorFault]):
    """A 200 kW set with a 12 V starter. Reports every 5 s."""

    period: ClassVar[float] = 5.0
    faults = GeneratorFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._noise = Wander(rng, spread=0.6, tau=20.0)
        self._fuel = rng.uniform(70.0, 95.0)  # %
        self._coolant = 40.0  # degC, kept warm by its heater
        self._oil = 0.0  # MPa
        self._battery = CHARGED  # V
        self._wanted_for = 0.0  # s
        self._run_seconds = rng.uniform(80.0, 400.0) * 3600.0

    def _advance(self, now: float, dt: float) -> Metrics:
        mains = not self.active & {GeneratorFault.MAINS_LOST, GeneratorFault.FAILS_TO_START}
        automatic = GeneratorFault.NOT_AUTOMATIC not in self.active
        stuck = GeneratorFault.FAILS_TO_START in self.active
        wanted = automatic and (stuck or bool(self.active & _RUNS))
        self._wanted_for = self._wanted_for + dt if wanted else 0.0
        running = wanted and not stuck and self._wanted_for >= CRANKING
        failed = stuck and self._wanted_for > 3.0 * CRANKING
        self._wear(dt, running=running, cranking=wanted and not running)
        load = 0.55 * RATED_POWER + 4.0 * self._noise.step(dt) if running and not mains else 0.0
        return {
            "running": running,
            "mode": "automatic" if automatic else "hand",
            "mains_present": mains,
            "test": GeneratorFault.TEST_RUN in self.active,
            "voltage": round(400.0 + self._noise.step(dt), 1) if running else 0.0,
            "frequency": round(50.0 - 0.3 * load / RATED_POWER, 2) if running else 0.0,
            "power": round(load, 1),
            "fuel_level": round(self._fuel, 1),
            "coolant_temperature": round(self._coolant, 1),
            "oil_pressure": round(self._oil, 3),
            "battery_voltage": round(self._battery, 2),
            "engine_speed": round(ENGINE_SPEED - 9.0 * load / RATED_POWER) if running else 0,
            "run_hours": round(self._run_seconds / 3600.0, 2),
            "fail_to_start": failed,
            "fault": failed,
        }

    def _wear(self, dt: float, *, running: bool, cranking: bool) -> None:
        self._run_seconds += dt if running else 0.0
        leaks = GeneratorFault.LOW_FUEL in self.active
        self._fuel = lag(self._fuel, 10.0, dt=dt, tau=240.0) if leaks else max(0.0, self._fuel - dt * running / 400.0)
        hot = GeneratorFault.OVERHEAT in self.active and running
        self._coolant = lag(self._coolant, 112.0 if hot else 84.0 if running else 40.0, dt=dt, tau=180.0)
        low = GeneratorFault.LOW_OIL_PRESSURE in self.active
        self._oil = lag(self._oil, (0.05 if low else 0.42) if running else 0.0, dt=dt, tau=4.0)
        charged = WORN if GeneratorFault.WEAK_STARTER in self.active else CHARGED
        self._battery = lag(self._battery, charged - (2.0 if cranking else 0.0), dt=dt, tau=6.0)

    def _repair(self, fault: GeneratorFault) -> None:
        if fault is GeneratorFault.LOW_FUEL:
            self._fuel = 95.0


class BatteryUpsFault(Fault):
    MAINS_LOST = "mains_lost", "It runs on its battery, which is low (20 %) after a quarter of an hour."
    BATTERY_WORN = "battery_worn", "The battery is to be replaced: on battery it would last 3 minutes."
    OVERLOAD = "overload", "More hangs on it than it can carry: the load passes 105 %."
    OVERHEAT = "overheat", "Its fan stands: the battery passes 50 degC within 10 minutes."


class BatteryUps(Sensor[BatteryUpsFault]):
    """A 6 kW UPS of the fire, lift and access controllers. Reports every 30 s, and at once when it takes over."""

    report_every: ClassVar[float] = 30.0
    urgent = ("on_battery", "battery_low", "overload", "replace_battery")
    faults = BatteryUpsFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._noise = Wander(rng, spread=1.2, tau=60.0)
        self._battery = 100.0  # %
        self._load = rng.uniform(35.0, 45.0)  # % of what it can carry
        self._temperature = 27.0

    def _look(self, now: float, dt: float) -> Metrics:
        on_battery = BatteryUpsFault.MAINS_LOST in self.active
        worn = BatteryUpsFault.BATTERY_WORN in self.active
        load = (112.0 if BatteryUpsFault.OVERLOAD in self.active else self._load) + self._noise.step(dt)
        minutes = 3.0 if worn else UPS_MINUTES
        change = -100.0 / (minutes * 60.0) if on_battery else 0.02
        self._battery = min(100.0, max(0.0, self._battery + change * dt))
        hot = BatteryUpsFault.OVERHEAT in self.active
        self._temperature = lag(self._temperature, 62.0 if hot else 27.0, dt=dt, tau=300.0)
        return {
            "on_battery": on_battery,
            "battery": round(self._battery, 1),
            "battery_low": self._battery <= 20.0,
            "battery_voltage": round(22.0 + 0.05 * self._battery, 2),
            "runtime": round(minutes * self._battery / 100.0, 2),
            "load": round(load, 1),
            "power": round(UPS_POWER * load / 100.0, 3),
            "input_voltage": 0.0 if on_battery else round(230.0 + self._noise.step(dt), 1),
            "output_voltage": 0.0 if self._battery <= 0.0 else 230.0,
            "battery_temperature": round(self._temperature, 1),
            "overload": load > 105.0,
            "replace_battery": worn,
        }
