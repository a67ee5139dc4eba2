"""Which stamps of devices are believed, and the gateway's position in the stream of readings."""

from __future__ import annotations

from gateway.core.kernel.times import Micros
from gateway.core.profiles.profile import ClockTolerance

_CAUGHT_UP_AFTER = 100
"""Messages in a row whose stamps are within the bounds of their clocks. The broker's backlog has then been read, and an
old stamp means a wrong clock again."""


class Stamps:
    """Compares stamps with the time received and, after an outage, with the time at which the outage began."""

    def __init__(self) -> None:
        self.reached: Micros = 0
        """The last believed stamp: the gateway's position in the stream, also while it catches up."""
        self._outage_since: Micros = 0
        self._in_bounds = 0

    def restore(self, reached: Micros) -> None:
        """Continue from the position of an earlier run; 0 if there was none."""
        self.reached = self._outage_since = reached

    def reconnected(self) -> None:
        """The connection was lost and is back: what the broker kept since comes late, but its stamps are right."""
        self._outage_since = self.reached
        self._in_bounds = 0

    def believes(self, stamp: Micros, received: Micros, tolerance: ClockTolerance) -> bool:
        """Whether the device's stamp is used rather than the time received."""
        if received - tolerance.behind <= stamp <= received + tolerance.ahead:
            if self._outage_since:
                self._in_bounds += 1
                if self._in_bounds >= _CAUGHT_UP_AFTER:
                    self._outage_since = 0
            return True
        if self._outage_since and self._outage_since - tolerance.behind <= stamp < received:
            self._in_bounds = 0
            return True
        return False
