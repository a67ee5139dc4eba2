"""Blindness: the time in which the gateway cannot hear its devices."""

from __future__ import annotations

from gateway.core.kernel.events import Event
from gateway.core.kernel.times import Micros


class BecameBlind(Event, frozen=True, kw_only=True):
    """The gateway cannot hear, or has started and does not hear yet."""

    since: Micros
    """The last moment at which it heard: in an earlier run, where it has started."""
    noticed: Micros
    """When this run knew."""
    heard_until: Micros = 0
    """The same as `since` by the clock of an earlier run: later if the clock was set back since; 0 if it was none."""


class HearsAgain(Event, frozen=True, kw_only=True):
    """The gateway hears, for the first time in this run or again."""

    time: Micros


class SessionLost(Event, frozen=True, kw_only=True):
    """The broker has dropped what it kept for the gateway: what devices sent in between is gone."""

    since: Micros
    until: Micros


class Blindness:
    """Since when the gateway cannot hear: it starts, the broker is out of reach, or a backlog is still to be read.

    One moment for all parts. The engine changes it, and tells the parts.
    """

    __slots__ = ("reached", "since")

    def __init__(self) -> None:
        self.since: Micros | None = 0
        """None while the gateway hears. A gateway that starts is blind; 0 if no earlier run has heard anything."""
        self.reached: Micros = 0
        """The same of the earlier run, as it was told then: later than the start if the clock was set back then."""

    def heard_until(self, now: Micros) -> Micros:
        """The last moment at which the gateway heard."""
        return now if self.since is None else self.since
