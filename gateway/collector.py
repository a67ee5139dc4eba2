"""When Python's garbage collector looks at everything: it stops all threads meanwhile, some 0.5 µs an object.

Left to itself it does so while objects become many, that is, while many alarms are raised. Nothing of the gateway needs
that: what stands is in no cycle (`gc=False`), and what little is, such as requests that have been answered, can wait.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable

EVERY_S = 60.0
AT_LEAST_EVERY = 10
"""Intervals, however busy the gateway is."""

_YOUNG_AFTER = 700, 5
"""Objects, and collections of the youngest, after which the young generations are collected."""
_NEVER = 2**31 - 1


class Collector:
    """Collects all garbage once a minute, when nothing waits."""

    def __init__(
        self,
        is_busy: Callable[[], bool],
        *,
        collect: Callable[[], object] = gc.collect,
        freeze: Callable[[], object] = gc.freeze,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._is_busy = is_busy
        self._collect = collect
        self._freeze = freeze
        self._sleep = sleep

    def begin(self) -> None:
        """Leave out what is loaded, which lives until the end, and collect only the young generations by count."""
        self._collect()
        self._freeze()
        gc.set_threshold(*_YOUNG_AFTER, _NEVER)

    async def run(self) -> None:
        """Collect until cancelled; leave out what was made in the first minute, without looking at it.

        It is as long as what stands: with 10,000 devices it would take 50 ms. What garbage is in it stays, once.
        """
        await self._sleep(EVERY_S)
        self._freeze()
        busy = 0
        while True:
            await self._sleep(EVERY_S)
            busy += 1
            if self._is_busy() and busy < AT_LEAST_EVERY:
                continue
            self._collect()
            busy = 0
