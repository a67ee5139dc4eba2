"""The time by which the members of one group are compared: that at which they sent, as far as it is known."""

from __future__ import annotations

from gateway.core.kernel.blindness import Blindness
from gateway.core.kernel.times import Micros
from gateway.core.telemetry.readings import STAMPED, Reading


class GroupClock:
    """Follows the stamps of the members, so that what arrives late is judged by its own times.

    It runs as late as the latest news of the group was when they arrived, and never back. In blindness stamps alone
    move it on. What it has learned of lateness is forgotten with each blindness, as a restart forgets it, too.
    """

    __slots__ = ("_lag", "_newest", "blindness", "reached")

    def __init__(self, blindness: Blindness) -> None:
        self.blindness = blindness
        self._lag: Micros = 0
        self._newest: Micros = 0
        self.reached: Micros = 0
        """The latest time for which the group was judged."""

    @property
    def lag(self) -> Micros:
        """How late the latest news were."""
        return self._lag

    @property
    def latest(self) -> Micros:
        """The time for which the group was judged last, or in blindness would be."""
        return max(self.reached, self.blindness.since or 0)

    def at(self, now: Micros) -> Micros:
        """The time of the group at this time of the gateway's clock."""
        since = self.blindness.since
        self.reached = max(self.reached, now - self._lag if since is None else since)
        return self.reached

    def read(self, reading: Reading) -> Micros:
        """Follow a reading of a member; returns when it was sent."""
        is_stamped = reading.origin == STAMPED
        time = min(reading.time, reading.received) if is_stamped else reading.received
        if self.blindness.since is not None:
            if is_stamped:
                self.reached = max(self.reached, time)
        elif time >= self._newest:
            self._newest, self._lag = time, reading.received - time
        return time

    def forget(self) -> None:
        """The gateway becomes blind, or its clock was set."""
        self._lag = self._newest = self.reached = 0
