"""What the physical models share: a first-order lag, a slow random wander, and a count over the last hour."""

import math
import random
from collections import deque


def lag(value: float, target: float, *, dt: float, tau: float) -> float:
    """`value` after `dt` seconds on its way to `target`, with the time constant `tau` (s). Exact for any `dt`."""
    return target + (value - target) * math.exp(-dt / tau)


class Wander:
    """A bounded random walk around zero (a clipped Ornstein-Uhlenbeck process): draughts, demand, mains pressure."""

    def __init__(self, rng: random.Random, *, spread: float, tau: float) -> None:
        """`spread`: standard deviation, in the unit of the quantity; `tau`: how long it remembers (s)."""
        self._rng = rng
        self._spread = spread
        self._tau = tau
        self._value = 0.0

    def step(self, dt: float) -> float:
        """The value `dt` seconds later, never beyond two and a half spreads."""
        keep = math.exp(-dt / self._tau)
        kick = self._spread * math.sqrt(1.0 - keep * keep)
        bound = 2.5 * self._spread
        self._value = min(bound, max(-bound, self._value * keep + self._rng.gauss(0.0, kick)))
        return self._value


class LastHour:
    """Counts what happened within the last hour of model time: the starts of a pump."""

    def __init__(self) -> None:
        self._moments: deque[float] = deque()

    def add(self, now: float) -> None:
        """It happened at `now` (s)."""
        self._moments.append(now)

    def count(self, now: float) -> int:
        """How often until `now` (s)."""
        while self._moments and self._moments[0] <= now - 3600.0:
            self._moments.popleft()
        return len(self._moments)
