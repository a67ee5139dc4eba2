"""The two building blocks that the physical models share: a first-order lag, and a slow random wander."""

import math
import random


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
