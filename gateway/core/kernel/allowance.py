"""How much of something is let through: so much at once, and then as time brings it back."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.kernel.times import Micros


@dataclass(slots=True)
class Allowance:
    """Lets `burst` through at once, and `rate` a microsecond afterwards."""

    burst: float
    rate: float
    spent: float = 0.0
    at: Micros = 0

    def allows(self, amount: float, now: Micros) -> bool:
        """Whether this amount is within the allowance; if so, it is spent."""
        self.spent = max(0.0, self.spent - max(0, now - self.at) * self.rate)
        self.at = now
        if self.spent + amount > self.burst:
            return False
        self.spent += amount
        return True
