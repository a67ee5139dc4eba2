"""Writes the readings of the journal to the series store, in order; while the store is unavailable it retries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import structlog

from gateway.backoff import Backoff
from gateway.core.telemetry.batch import Batch
from gateway.core.telemetry.readings import Reading
from gateway.errors import SeriesUnavailable, StoreError
from gateway.series.port import SeriesStore
from gateway.series.recent import Recent
from gateway.series.rejected_points import write_accepted
from gateway.store.telemetry.journal import DamagedRow, Journal, Stretch

READER = "series"
"""The forwarder's cursor in the journal."""

STRETCH = 2_000
"""Readings written at a time, about."""
_QUARANTINED_AT_ONCE = 50
"""Rejected points, before other tasks get their turn."""

FIRST_RETRY_S, LAST_RETRY_S = 0.5, 30.0

_WORTH_WRITING = 500
"""Messages; fewer are given `_GATHER_S` to become more. No more than the rows that `Journal.read` takes at a time."""
_GATHER_S = 1.0
_COUNT_EVERY_S = 1.0
_MOVE_EVERY_S = 1.0
"""While more waits: each move of the cursor is a commit, for which others wait."""

log = structlog.get_logger()
T = TypeVar("T")


class Forwarder:
    """Moves its cursor after the store has accepted readings. A crash repeats some, which changes nothing."""

    def __init__(
        self,
        journal: Journal,
        store: SeriesStore,
        *,
        run_in_writer: Callable[[Callable[[], None]], Awaitable[None]],
        quarantine: Callable[[Reading, str | None, str], None],
        damaged: Callable[[DamagedRow], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            run_in_writer: runs a function in the one thread that writes the operational store.
            quarantine: called in the event loop with what the store rejects: a reading, the metric (None for all of
                it) and the store's reason. It is called before the cursor moves, so a crash may repeat it.
            damaged: called in the event loop with each row of the journal that is lost; also before the cursor moves.
            sleep, monotonic: in seconds, of the same clock.
        """
        self._journal = journal
        self._store = store
        self._run_in_writer = run_in_writer
        self._quarantine = quarantine
        self._damaged = damaged
        self._sleep = sleep
        self._monotonic = monotonic
        self._committed = asyncio.Event()
        self._recent = Recent()
        self._position = self._saved = 0
        """Up to where it has written, and up to where the journal knows it."""
        self._backoff = Backoff(FIRST_RETRY_S, LAST_RETRY_S)
        self._failing_since: float | None = None
        self._last_error = ""
        self._forwarded = 0
        self._backlog = 0
        self._counted_at = self._moved_at = float("-inf")

    @property
    def available(self) -> bool:
        """Whether the last attempt succeeded, or none was needed so far."""
        return self._failing_since is None

    @property
    def last_error(self) -> str:
        """Why the present attempts fail; empty when they do not."""
        return self._last_error

    @property
    def forwarded(self) -> int:
        """Readings written since the start, without those rejected as a whole."""
        return self._forwarded

    @property
    def backlog(self) -> int:
        """Messages whose readings are still to be written, as of a second ago or, in an outage, the last attempt."""
        return self._backlog

    @property
    def position(self) -> int:
        """The number of the first message whose readings are still to be written."""
        return self._position

    def notify(self, *batches: Batch) -> None:
        """Say that the journal has new readings: these batches, as they are in it, if they are still in memory."""
        for batch in batches:
            self._recent.add(batch)
        self._committed.set()

    async def run(self) -> None:
        """Write readings until cancelled. An error that is neither store's outage, such as a bug, is raised."""
        self._position = self._saved = await self._retry(partial(asyncio.to_thread, self._journal.position, READER))
        while True:
            await self._retry(self._forward_next)

    async def _forward_next(self) -> None:
        """Forward the next stretch; after an outage it is read anew, as its oldest may have been dropped."""
        await self._forward(await self._next_stretch())

    async def _next_stretch(self) -> Stretch:
        while (stretch := await self._read()) is None:
            await self._committed.wait()
        if stretch.end - self._position < _WORTH_WRITING:
            await self._sleep(_GATHER_S)
            stretch = await self._read() or stretch
        return stretch

    async def _read(self) -> Stretch | None:
        self._committed.clear()  # before reading: a commit from here on wakes us again
        stretch = self._recent.read(self._position, most=STRETCH)
        if stretch is not None:
            self._backlog = self._recent.end - self._position
            return stretch
        stretch = await asyncio.to_thread(self._journal.read, self._position, most=STRETCH)
        if stretch is None:
            self._backlog = 0
        elif self._monotonic() - self._counted_at >= _COUNT_EVERY_S:
            await self._count()
        return stretch

    async def _count(self) -> None:
        self._backlog = await asyncio.to_thread(self._journal.backlog, READER)
        self._counted_at = self._monotonic()

    async def _forward(self, stretch: Stretch) -> None:
        rejected = await asyncio.to_thread(write_accepted, self._store, stretch.readings)
        for index, point in enumerate(rejected, 1):
            self._quarantine(point.reading, point.metric, point.detail)
            if not index % _QUARANTINED_AT_ONCE:
                await asyncio.sleep(0)
        for row in stretch.damaged:
            self._damaged(row)
        if self._recent.end <= stretch.end or self._monotonic() - self._moved_at >= _MOVE_EVERY_S:
            await self._retry(partial(self._save, stretch.end))
        self._forwarded += len(stretch.readings) - sum(point.metric is None for point in rejected)
        self._backlog = max(0, self._backlog - (stretch.end - stretch.start))
        self._position = stretch.end

    async def _save(self, position: int) -> None:
        if position != self._saved:
            await self._run_in_writer(partial(self._journal.move, READER, position))
            self._saved, self._moved_at = position, self._monotonic()

    async def _retry(self, step: Callable[[], Awaitable[T]]) -> T:
        """Repeat the step with back-off until no store fails."""
        while True:
            try:
                if self._failing_since is not None:
                    await self._save(self._position)  # what is written does not wait, and must not count as dropped
                    await self._count()
                done = await step()
            except (SeriesUnavailable, StoreError) as error:
                await self._wait_out(error)
            else:
                self._recovered()
                return done

    async def _wait_out(self, error: SeriesUnavailable | StoreError) -> None:
        self._last_error = str(error)
        if self._failing_since is None:
            self._failing_since = self._monotonic()
            log.warning("the series store is out of reach, its points wait", error=self._last_error)
        await self._sleep(self._backoff.next_delay())

    def _recovered(self) -> None:
        if self._failing_since is not None:
            seconds = round(self._monotonic() - self._failing_since, 1)
            log.info("the series store is back", outage_s=seconds, messages_waiting=self._backlog)
            self._failing_since, self._last_error = None, ""
            self._backoff.reset()
