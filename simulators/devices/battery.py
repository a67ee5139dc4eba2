"""The battery of a small device, and what all sensors on one have in common."""

import random
from typing import Final, TypeVar

from simulators.dynamics import lag
from simulators.metrics import Metrics
from simulators.model import Fault, Sensor

LOW: Final = "battery_low", "The battery falls under 15 % within 5 minutes; at the end it is replaced."
TAMPER: Final = "tamper", "It is opened or taken from its place: tamper until it is put back."
SELF_TEST: Final = (
    "self_test",
    "Somebody presses the test button: test and the alarm for 10 seconds. It is not an emergency.",
)
SELF_TEST_SECONDS: Final = 10.0
YEAR: Final = 365 * 86400.0  # s
_FLAT: Final = 10.0  # %

F = TypeVar("F", bound=Fault)


class Battery:
    """Empties over its life, or within minutes when it fails."""

    def __init__(self, rng: random.Random, *, life: float = 10 * YEAR) -> None:
        """`life` in seconds."""
        self._life = life
        self._level = rng.uniform(70.0, 100.0)

    def step(self, dt: float, *, failing: bool) -> None:
        """`dt` seconds later."""
        if failing:
            self._level = lag(self._level, _FLAT, dt=dt, tau=60.0)
        else:
            self._level = max(0.0, self._level - 100.0 * dt / self._life)

    def replace(self) -> None:
        """Put a new one in."""
        self._level = 100.0

    @property
    def level(self) -> float:
        """In %."""
        return round(self._level, 1)


class BatterySensor(Sensor[F]):
    """A sensor on a battery. `battery_low`, `tamper` and `self_test` work by themselves where they are its faults."""

    alarm: str | None = None
    """The metric that a self-test sets too."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._battery = Battery(rng)
        self._testing = 0.0  # s since the button was pressed
        self._known = frozenset(str(fault) for fault in self.faults)

    def _sense(self, now: float, dt: float) -> Metrics:
        """What the sensor itself measures `dt` seconds later, at `now`."""
        raise NotImplementedError

    def _look(self, now: float, dt: float) -> Metrics:
        metrics = dict(self._sense(now, dt))
        self._battery.step(dt, failing=LOW[0] in self.active)
        self._testing = self._testing + dt if SELF_TEST[0] in self.active else 0.0
        if SELF_TEST[0] in self._known:
            metrics["test"] = SELF_TEST[0] in self.active and self._testing <= SELF_TEST_SECONDS
            if self.alarm is not None:
                metrics[self.alarm] = metrics[self.alarm] or metrics["test"]
        if TAMPER[0] in self._known:
            metrics["tamper"] = TAMPER[0] in self.active
        return {**metrics, "battery": self._battery.level}

    def _repair(self, fault: F) -> None:
        if fault == LOW[0]:
            self._battery.replace()
