"""A simple model of silence: of a device that depends on nothing, by the time in which the gateway has heard."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.kernel.times import MINUTE, Micros


class HeardTime:
    """Counts hearing time, and says which devices are silent by it.

    Three intervals without a word are silence. For each of at most three gaps among them, in which a word may have been
    lost, it takes an interval more, or a minute if that is longer.
    """

    def __init__(self, every: Mapping[str, Micros]) -> None:
        self._every = every
        self._total: Micros = 0
        """Of the hearings that are over."""
        self._since: Micros | None = None
        """Since when the present one lasts."""
        self._hearings = 0
        self._said = dict.fromkeys(every, (0, 1))
        """When each device was last heard: at which hearing time, and in or after which hearing."""
        self.silent: set[str] = set()

    def begin(self, now: Micros) -> None:
        """The gateway hears."""
        if self._since is None:
            self._since, self._hearings = now, self._hearings + 1
        self.look(now)

    def end(self, heard_until: Micros) -> None:
        """The gateway does not hear, from then on."""
        if self._since is not None:
            self._total += max(0, heard_until - self._since)
            self._since = None

    def clock_set(self, by: Micros) -> None:
        """The clock was set."""
        self._since = None if self._since is None else self._since + by

    def say(self, device: str, now: Micros) -> None:
        """A device is heard."""
        if device in self._every:
            self._said[device] = self._reached(now), self._hearings
            self.silent.discard(device)

    def look(self, now: Micros) -> None:
        """Time has passed."""
        if self._since is not None:
            self.silent |= {device for device in self._every if self._reached(now) >= self._due(device)}

    def _due(self, device: str) -> Micros:
        (said, hearing), every = self._said[device], self._every[device]
        return said + 3 * every + min(self._hearings - hearing, 3) * max(every, MINUTE)

    def _reached(self, now: Micros) -> Micros:
        return self._total + (0 if self._since is None else now - self._since)
