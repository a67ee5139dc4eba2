"""A sensor of temperature and humidity in a plant room."""

import random
from typing import ClassVar

from simulators.devices import battery
from simulators.devices.battery import BatterySensor
from simulators.dynamics import Wander, lag
from simulators.metrics import Metrics
from simulators.model import Fault


class TemperatureHumidityFault(Fault):
    HOT_ROOM = "hot_room", "The cooling of the room has failed: past 40 degC within 10 minutes."
    FROST = "frost", "A window is open in winter: under 2 degC within 10 minutes, and pipes may freeze."
    DAMP = "damp", "A pipe sweats: past 90 % relative humidity within 10 minutes."
    BATTERY_LOW = battery.LOW


class TemperatureHumidity(BatterySensor[TemperatureHumidityFault]):
    """Reports every minute."""

    report_every: ClassVar[float] = 60.0
    faults = TemperatureHumidityFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._draught = Wander(rng, spread=0.3, tau=900.0)
        self._breath = Wander(rng, spread=1.5, tau=900.0)
        self._usual = rng.uniform(20.0, 25.0)
        self._temperature = self._usual  # degC
        self._humidity = rng.uniform(45.0, 55.0)  # %

    def _sense(self, now: float, dt: float) -> Metrics:
        wanted, tau = self._usual, 300.0
        if TemperatureHumidityFault.HOT_ROOM in self.active:
            wanted = 48.0
        elif TemperatureHumidityFault.FROST in self.active:
            wanted, tau = -6.0, 240.0
        self._temperature = lag(self._temperature, wanted, dt=dt, tau=tau)
        damp = TemperatureHumidityFault.DAMP in self.active
        self._humidity = lag(self._humidity, 97.0 if damp else 50.0, dt=dt, tau=200.0)
        humidity = min(100.0, max(0.0, self._humidity + self._breath.step(dt)))
        return {"temperature": round(self._temperature + self._draught.step(dt), 1), "humidity": round(humidity, 1)}
