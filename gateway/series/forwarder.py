"""Writes the readings of the journal to the series store, in order, for as long as it takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import structlog

from gateway.core.telemetry.readings import Reading
from gateway.errors import SeriesUnavailable, StoreError
from gateway.series.outage import Outage
from gateway.series.port import SeriesStore
from gateway.series.refusals import write_accepted
from gateway.store.telemetry.journal import Journal, Stretch

READER = "series"
"""The forwarder's cursor in the journal."""

STRETCH = 2_000
"""Readings written at a time, about."""

_WORTH_WRITING = 500
"""Messages; fewer are given `_GATHER_S` to become more. No more than the rows that `Journal.read` takes at a time."""
_GATHER_S = 1.0
_COUNT_EVERY_S = 1.0

log = structlog.get_logger()
T = TypeVar("T")


class Forwarder:
    """Moves its cursor only after the store said yes: after a crash some are written again, which changes nothing."""

    def __init__(
        self,
        journal: Journal,
        store: SeriesStore,
        *,
        run_in_writer: Callable[[Callable[[], None]], Awaitable[None]],
        quarantine: Callable[[Reading, str | None, str], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            run_in_writer: runs a function in the one thread that writes the operational store.
            quarantine: called in the event loop with what the store refuses for good: a reading, the metric (None for
                all of it) and the store's reason. It is called before the cursor moves, so a crash may repeat it.
            sleep, monotonic: in seconds, of the same clock.
        """
        self._journal = journal
        self._store = store
        self._run_in_writer = run_in_writer
        self._quarantine = quarantine
        self._sleep = sleep
        self._monotonic = monotonic
        self._committed = asyncio.Event()
        self._position = 0
        self._outage: Outage | None = None
        self._last_error = ""
        self._forwarded = 0
        self._backlog = 0
        self._counted_at = float("-inf")

    @property
    def available(self) -> bool:
        """Whether the last attempt succeeded, or none was needed so far."""
        return self._outage is None

    @property
    def last_error(self) -> str:
        """What stands in the way at present; empty when nothing does."""
        return self._last_error

    @property
    def forwarded(self) -> int:
        """Readings written since the start, those refused altogether not among them."""
        return self._forwarded

    @property
    def backlog(self) -> int:
        """Messages whose readings are still to be written, as of a second ago, or of the last attempt in an outage."""
        return self._backlog

    @property
    def position(self) -> int:
        """The number of the first message whose readings are still to be written."""
        return self._position

    def notify(self) -> None:
        """Something was committed to the journal."""
        self._committed.set()

    async def run(self) -> None:
        """Carry until cancelled. What cannot be retried, such as a damaged journal, is raised."""
        self._position = await self._insist(partial(asyncio.to_thread, self._journal.position, READER))
        while True:
            stretch = await self._insist(self._next_stretch)
            await self._insist(partial(self._carry, stretch))

    async def _next_stretch(self) -> Stretch:
        while (stretch := await self._look()) is None:
            await self._committed.wait()
        if stretch.end - self._position < _WORTH_WRITING:
            await self._sleep(_GATHER_S)
            stretch = await self._look() or stretch
        return stretch

    async def _look(self) -> Stretch | None:
        self._committed.clear()  # before reading: a commit from here on wakes us again
        stretch = await asyncio.to_thread(self._journal.read, self._position, most=STRETCH)
        if stretch is None:
            self._backlog = 0
        elif self._monotonic() - self._counted_at >= _COUNT_EVERY_S:
            await self._count()
        return stretch

    async def _count(self) -> None:
        self._backlog = await asyncio.to_thread(self._journal.backlog, READER)
        self._counted_at = self._monotonic()

    async def _carry(self, stretch: Stretch) -> None:
        refusals = await asyncio.to_thread(write_accepted, self._store, stretch.readings)
        for refusal in refusals:
            self._quarantine(refusal.reading, refusal.metric, refusal.detail)
        await self._insist(lambda: self._run_in_writer(partial(self._journal.move, READER, stretch.end)))
        self._forwarded += len(stretch.readings) - sum(refusal.metric is None for refusal in refusals)
        self._backlog = max(0, self._backlog - (stretch.end - self._position))
        self._position = stretch.end

    async def _insist(self, step: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                if self._outage is not None:
                    await self._count()
                done = await step()
            except (SeriesUnavailable, StoreError) as error:
                await self._wait_out(error)
            else:
                self._recovered()
                return done

    async def _wait_out(self, error: SeriesUnavailable | StoreError) -> None:
        self._last_error = str(error)
        if self._outage is None:
            self._outage = Outage(self._monotonic())
            log.warning("the series store is out of reach, its points wait", error=self._last_error)
        await self._sleep(self._outage.next_delay())

    def _recovered(self) -> None:
        if self._outage is not None:
            seconds = round(self._outage.lasted(self._monotonic()), 1)
            log.info("the series store is back", outage_s=seconds, messages_waiting=self._backlog)
            self._outage, self._last_error = None, ""
