"""The fire pumps of a building: a jockey pump keeps the pressure, the main pump starts when it falls.

The pressures are this model's own: a hydrant system held at 0.95 to 1.05 MPa.
"""

import random
from typing import ClassVar

from simulators.dynamics import LastHour, Wander, lag
from simulators.metrics import Metrics
from simulators.model import DeviceModel, Fault

JOCKEY_ON, JOCKEY_OFF = 0.95, 1.05  # MPa
MAIN_ON = 0.70  # MPa
MAIN_PRESSURE = 1.12  # MPa at full flow
SEEP = 0.1 / 1800.0  # MPa/s that a tight system loses
LEAK = 0.1 / 60.0
DRAW = 0.02  # MPa/s with a hydrant open
JOCKEY_RISE = 0.008  # MPa/s
SUCTION = 0.08  # MPa, from a tank
RATED_CURRENT = 84.0  # A


class FirePumpFault(Fault):
    HYDRANT_OPEN = "hydrant_open", "Somebody fights a fire: the pressure falls, and the main pump starts at 0.7 MPa."
    NOT_AUTOMATIC = "not_automatic", "The selector was left on hand: no pump would start by itself."
    MAINS_LOST = "mains_lost", "The supply of the pump controller is gone: no pump can start, pressure seeps away."
    FAILS_TO_START = "fails_to_start", "A hydrant is open and the main pump does not start: fault, no pressure left."
    PIPE_LEAK = "pipe_leak", "A buried pipe leaks: the jockey pump starts more than 10 times an hour."


class FirePump(DeviceModel[FirePumpFault]):
    """Reports every 2 s."""

    period: ClassVar[float] = 2.0
    longest_step: ClassVar[float] = 300.0
    faults = FirePumpFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._noise = Wander(rng, spread=0.002, tau=3.0)
        self._pressure = rng.uniform(0.97, 1.04)  # MPa
        self._jockey = False
        self._running = False
        self._refused = False
        self._current = 0.0
        self._jockey_starts = LastHour()

    def _advance(self, now: float, dt: float) -> Metrics:
        mains = FirePumpFault.MAINS_LOST not in self.active
        automatic = FirePumpFault.NOT_AUTOMATIC not in self.active
        drawing = bool(self.active & {FirePumpFault.HYDRANT_OPEN, FirePumpFault.FAILS_TO_START})
        self._control(now, able=mains and automatic, drawing=drawing)
        loss = DRAW if drawing else LEAK if FirePumpFault.PIPE_LEAK in self.active else SEEP
        if self._running:
            self._pressure = lag(self._pressure, MAIN_PRESSURE, dt=dt, tau=4.0)
        else:
            rise = JOCKEY_RISE if self._jockey else 0.0
            self._pressure = min(1.2, max(0.0, self._pressure + (rise - loss) * dt))
        self._current = lag(self._current, RATED_CURRENT if self._running else 0.0, dt=dt, tau=2.0)
        return {
            "running": self._running,
            "jockey_running": self._jockey,
            "mode": "automatic" if automatic else "hand",
            "power_fault": not mains,
            "inlet_pressure": round(SUCTION - (0.02 if self._running else 0.0), 3),
            "pressure": round(max(0.0, self._pressure + self._noise.step(dt)), 3),
            "current": round(self._current, 1),
            "fault": self._refused,
            "jockey_starts_last_hour": self._jockey_starts.count(now),
        }

    @property
    def is_busy(self) -> bool:
        return self._running or self._jockey

    def _control(self, now: float, *, able: bool, drawing: bool) -> None:
        refuses = FirePumpFault.FAILS_TO_START in self.active
        wanted = able and (self._running or self._pressure < MAIN_ON)
        self._refused = refuses and (self._refused or wanted)
        self._running = wanted and not refuses and (drawing or self._pressure < JOCKEY_OFF)
        before = self._jockey
        self._jockey = able and not self._running and self._pressure < (JOCKEY_OFF if before else JOCKEY_ON)
        if self._jockey and not before:
            self._jockey_starts.add(now)
