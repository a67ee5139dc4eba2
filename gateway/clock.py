"""The clock: the only module that reads the time of day. All others are given a `Clock`, or `now`."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from gateway.core.kernel.times import SECOND, Micros, Now


@dataclass(slots=True)
class Clock:
    """The wall clock; at another speed than 1, one that starts with it and runs faster, for the demo and tests."""

    speed: float = 1.0
    _start: tuple[Micros, float] = field(default_factory=lambda: (time.time_ns() // 1_000, time.monotonic()))
    _seen: tuple[Micros, float] | None = None

    def now(self) -> Micros:
        """Microseconds since the epoch, UTC."""
        if self.speed == 1.0:
            return time.time_ns() // 1_000
        wall, monotonic = self._start
        return wall + round((time.monotonic() - monotonic) * self.speed * SECOND)

    def moment(self) -> Now:
        """The same time of day, with the steady instant that belongs to it."""
        return Now(round(time.monotonic() * self.speed * SECOND), self.now())

    def set_by(self) -> Micros:
        """By how much the clock was set since the last call; 0 for less than a second, as when NTP slews it."""
        wall, monotonic = self.now(), time.monotonic()
        before, self._seen = self._seen, (wall, monotonic)
        if before is None:
            return 0
        step = wall - before[0] - round((monotonic - before[1]) * self.speed * SECOND)
        return step if abs(step) >= SECOND * max(1.0, self.speed) else 0

    async def sleep(self, duration: Micros) -> None:
        """Wait for `duration` of this clock's time; not at all when it is 0 or less."""
        await asyncio.sleep(max(0.0, duration / SECOND / self.speed))
