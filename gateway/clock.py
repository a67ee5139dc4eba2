"""The clock: the only place that reads the time of day. Everything else is given a `Clock`, or `now`."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from gateway.core.times import SECOND, Micros


@dataclass(slots=True)
class Clock:
    """The wall clock or, at another speed than 1, one that set out from it and runs faster: for the demo and tests."""

    speed: float = 1.0
    _wall: Micros = field(default_factory=lambda: time.time_ns() // 1_000)
    _monotonic: float = field(default_factory=time.monotonic)

    def now(self) -> Micros:
        """Microseconds since the epoch, UTC."""
        if self.speed == 1.0:
            return time.time_ns() // 1_000
        return self._wall + round((time.monotonic() - self._monotonic) * self.speed * SECOND)

    async def sleep(self, duration: Micros) -> None:
        """Wait for `duration` of this clock's time; not at all when it is over."""
        await asyncio.sleep(max(0.0, duration / SECOND / self.speed))
