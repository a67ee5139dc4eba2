"""Back-off: how long to wait before the next attempt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Backoff:
    """Delays in seconds: `first` after the first failure, then twice as long each time, at most `longest`."""

    first: float
    longest: float
    failures: int = 0
    """Since the last success."""
    _delay: float = 0.0

    def next_delay(self) -> float:
        """Seconds to wait after one more failure."""
        self._delay = min(2 * self._delay, self.longest) if self.failures else self.first
        self.failures += 1
        return self._delay

    def reset(self) -> None:
        """The attempt succeeded."""
        self.failures = 0
