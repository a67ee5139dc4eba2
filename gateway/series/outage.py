"""How long to wait before a store is tried again."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 30.0


@dataclass(slots=True)
class Outage:
    """From the first failure to the next success. Times are seconds of one monotonic clock."""

    since: float
    _delay: float = FIRST_DELAY_S

    def next_delay(self) -> float:
        """Seconds to wait after one more failure: half a second at first, then twice as long each time."""
        delay = self._delay
        self._delay = min(2 * delay, LONGEST_DELAY_S)
        return delay

    def lasted(self, now: float) -> float:
        """Seconds since it began."""
        return now - self.since
