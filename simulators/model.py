"""The base of all device models: stepped through model time, with named faults that begin and end."""

import math
import random
from abc import ABC, abstractmethod
from enum import StrEnum
from typing import ClassVar, Generic, Self, TypeVar

from simulators.metrics import Metrics, Value


class Fault(StrEnum):
    """A named fault of a device class. Each member is its name and a sentence on what it shows."""

    sentence: str

    def __new__(cls, name: str, sentence: str) -> Self:
        fault = str.__new__(cls, name)
        fault._value_ = name
        fault.sentence = sentence
        return fault


F = TypeVar("F", bound=Fault)


class DeviceModel(ABC, Generic[F]):
    """A device as a pure function of its seed, its faults and the times it is stepped at."""

    period: ClassVar[float]
    """Model seconds between two steps."""

    longest_step: ClassVar[float] = math.inf
    """The longest step (s) that its physics bear. The rest of a longer one is passed over, as if time stood still."""

    faults: type[F]
    """The faults this model knows."""

    use: float = 1.0
    """How much people use the building, from 0 to 1 by day: what they cause comes less often when it is low."""

    def __init__(self, rng: random.Random) -> None:
        """`rng`: the source of all its randomness."""
        self._rng = rng
        self.active: set[F] = set()
        self._stepped_at: float | None = None

    def begin(self, fault: str) -> None:
        """Start a fault by its name; a `ValueError` if this class of device does not have it."""
        self.active.add(self._named(fault))

    def end(self, fault: str) -> None:
        """End a fault: the device is repaired, rescued or cleaned. Ending one that is not active changes nothing."""
        named = self._named(fault)
        if named in self.active:
            self.active.remove(named)
            self._repair(named)

    def step(self, now: float) -> Metrics | None:
        """Advance to the model time `now` (s, never decreasing); return what the device reports then, if anything."""
        passed = 0.0 if self._stepped_at is None else now - self._stepped_at
        dt = min(passed, self.longest_step)
        if dt < passed:
            self._pass_over(passed - dt)
        self._stepped_at = now
        return self._advance(now, dt)

    @property
    def is_busy(self) -> bool:
        """Whether something is under way that long steps would miss: a trip, a visit, a pump that runs."""
        return False

    def _pass_over(self, seconds: float) -> None:
        """So much time passes in which nothing moves."""

    @abstractmethod
    def _advance(self, now: float, dt: float) -> Metrics | None:
        """Advance the physics by `dt` seconds, to `now`; return what the device reports, if anything."""

    def _repair(self, fault: F) -> None:
        """Undo at once the damage of a fault that has ended."""

    def _named(self, fault: str) -> F:
        for known in self.faults:
            if known == fault:
                return known
        raise ValueError(f"no fault {fault!r} here; there are: {', '.join(self.faults)}")


class Sensor(DeviceModel[F]):
    """A device that measures at every step and reports at its interval, and at once when an urgent metric changes."""

    period: ClassVar[float] = 1.0
    report_every: ClassVar[float]
    """Model seconds between two reports while nothing happens."""
    urgent: ClassVar[tuple[str, ...]] = ()
    """The metrics whose change is reported at once."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._reported: tuple[Value | None, ...] | None = None
        self._reported_at = 0.0

    def _advance(self, now: float, dt: float) -> Metrics | None:
        metrics = self._look(now, dt)
        urgent = tuple(metrics.get(name) for name in self.urgent)
        if urgent == self._reported and now - self._reported_at < self.report_every - 1e-6:
            return None
        self._reported, self._reported_at = urgent, now
        return metrics

    @abstractmethod
    def _look(self, now: float, dt: float) -> Metrics:
        """Advance the physics by `dt` seconds, to `now`; return all metrics."""
