"""Which stamps of devices are believed, and where in the stream of readings the gateway is."""

from __future__ import annotations

from gateway.core.kernel.times import Micros
from gateway.core.profiles.profile import ClockTolerance

_CAUGHT_UP_AFTER = 100
"""Messages in a row with a stamp within the bounds of their clocks: then what the broker kept has been read, and an
old stamp is a wrong clock again."""


class Stamps:
    """Judges stamps by the time received and, after the gateway was away, by the time since when it was."""

    def __init__(self) -> None:
        self.reached: Micros = 0
        """The last stamp that was believed: where in the stream the gateway is, also while it catches up."""
        self._away_since: Micros = 0
        self._in_bounds = 0

    def restore(self, reached: Micros) -> None:
        """Go on where an earlier run had come to; 0 where there was none."""
        self.reached = self._away_since = reached

    def reconnected(self) -> None:
        """The broker was out of reach: what it kept since the last reading comes late now, but is not wrong."""
        self._away_since = self.reached
        self._in_bounds = 0

    def believes(self, stamp: Micros, received: Micros, tolerance: ClockTolerance) -> bool:
        """Whether the device's own time counts rather than the time received."""
        if received - tolerance.behind <= stamp <= received + tolerance.ahead:
            if self._away_since:
                self._in_bounds += 1
                if self._in_bounds >= _CAUGHT_UP_AFTER:
                    self._away_since = 0
            return True
        if self._away_since and self._away_since - tolerance.behind <= stamp < received:
            self._in_bounds = 0
            return True
        return False
