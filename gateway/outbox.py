"""Publishes the MQTT events of the outbox, in order, and repeats each until the broker has acknowledged it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Protocol

import structlog

from gateway.core.kernel.changes import Publication
from gateway.errors import StoreError
from gateway.store.outbox import Outbox

log = structlog.get_logger()

_READ_AT_ONCE = 500
_PUBLISHED_AT_ONCE = 20
"""Events that are published before other tasks get their turn."""
_MOST_UNDER_WAY = 200
"""The broker has 100 of them at a time; more would only be objects."""
_MOST_IN_MEMORY = 200
"""Events that are published as they were committed; beyond, and after a start, they are read from the store."""
_CLEAR_AFTER_S = 0.2
_RECHECK_AFTER_S = 0.5
_RETRY_STORE_AFTER_S = 5.0


class Publisher(Protocol):
    """Publishes to the broker."""

    @property
    def online(self) -> bool:
        """Whether it is connected."""

    def publish(self, topic: str, payload: bytes) -> asyncio.Future[None]:
        """The future is done when the broker has acknowledged, and fails when the connection is lost.

        Raises:
            ValueError: it never can be published, such as a topic with a wildcard.
        """


class OutboxPublisher:
    """Publishes each event at least once: a crash repeats those that were not yet deleted.

    An event is dropped only when it never can be published, or the broker rejects it, as an MQTT 5 broker can; the log
    says so.
    """

    def __init__(
        self,
        outbox: Outbox,
        publisher: Publisher,
        *,
        run_in_writer: Callable[[Callable[[], None]], Awaitable[None]],
        quarantine: Callable[[Publication, str], None],
    ) -> None:
        """`quarantine` is called in the event loop with an event that never can be published, and why."""
        self._outbox = outbox
        self._publisher = publisher
        self._run_in_writer = run_in_writer
        self._quarantine = quarantine
        self._sent = 0
        self._recent: list[Publication] = []
        """Events of the latest commits."""
        self._has_gap = False
        """Whether there are events that are neither in memory nor read yet."""
        self._is_read = False
        """Whether a read has found no more of them; those that are committed since then are in memory, or a gap."""
        self._under_way: set[int] = set()
        self._delivered: set[int] = set()
        self._failed = False
        self._waiting = 0
        self._wake = asyncio.Event()
        self._to_clear = asyncio.Event()

    def notify(self, events: Sequence[Publication] = ()) -> None:
        """Say that the outbox has new events: these, if they are all of them and still in memory."""
        self._recent += events
        if not events or len(self._recent) > _MOST_IN_MEMORY:
            self._recent, self._has_gap = [], True
        self._wake.set()

    @property
    def backlog(self) -> int:
        """Events that the broker has not yet acknowledged; while it is away, as of half a second ago."""
        return max(len(self._under_way), self._waiting)

    async def run(self) -> None:
        """Publish events until cancelled; when the store fails, retry."""
        self._sent, self._is_read = 0, False  # after a run that died half-way, too, none is skipped
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._retry(self._publish), name="outbox publisher")
            tasks.create_task(self._retry(self._clear), name="outbox clearer")

    async def _retry(self, task: Callable[[], Awaitable[None]]) -> None:
        """Run the task again whenever the store fails."""
        while True:
            try:
                await task()
            except StoreError as error:
                log.warning("the outbox waits for the store", error=str(error))
                await asyncio.sleep(_RETRY_STORE_AFTER_S)

    async def _publish(self) -> None:
        while True:
            full = len(self._under_way) >= _MOST_UNDER_WAY
            if full or not self._publisher.online or (self._failed and self._under_way):
                if not full:
                    self._waiting = await asyncio.to_thread(self._outbox.count)
                await asyncio.sleep(_RECHECK_AFTER_S)
                continue
            if self._failed:
                # A new connection: begin with the oldest that is left.
                self._failed, self._sent, self._is_read = False, 0, False
            self._waiting = 0
            self._wake.clear()
            publications = await self._next()
            for index, publication in enumerate(publications, 1):
                if publication.number not in self._under_way and publication.number not in self._delivered:
                    self._begin(publication)
                self._sent = publication.number
                if not index % _PUBLISHED_AT_ONCE:
                    await asyncio.sleep(0)
                    if self._failed:
                        break
            if not publications:
                await self._wake.wait()

    async def _next(self) -> list[Publication]:
        """The events after the last one that was sent; from memory where it has all of them, as a thread takes time."""
        recent = [event for event in self._recent if event.number > self._sent]
        self._recent = []
        is_next = not recent or recent[-1].number == self._sent + len(recent)
        if self._is_read and not self._has_gap and is_next:
            return recent
        self._is_read = self._has_gap = False  # `notify` may be called during the read, and the read may fail
        read = await asyncio.to_thread(partial(self._outbox.read, after=self._sent, most=_READ_AT_ONCE))
        self._is_read = not read
        return read

    def _begin(self, publication: Publication) -> None:
        try:
            done = self._publisher.publish(publication.topic, publication.payload)
        except ValueError as error:  # it never can be: such as a topic with a wildcard
            self._give_up(publication, str(error))
        else:
            self._under_way.add(publication.number)
            done.add_done_callback(partial(self._settle, publication.number))

    def _give_up(self, publication: Publication, reason: str) -> None:
        log.error("an event cannot be published: quarantined", topic=publication.topic, error=reason)
        self._quarantine(publication, reason)
        self._delivered.add(publication.number)
        self._to_clear.set()

    def _settle(self, number: int, done: asyncio.Future[Any]) -> None:
        self._under_way.discard(number)
        if done.cancelled() or done.exception() is not None:
            self._failed = True
            self._wake.set()
        else:
            self._delivered.add(number)
            self._to_clear.set()

    async def _clear(self) -> None:
        """Delete delivered events in groups: deleting each at once would slow down the commits."""
        while True:
            await self._to_clear.wait()
            await asyncio.sleep(_CLEAR_AFTER_S)
            delivered = self._delivered.copy()
            await self._run_in_writer(partial(self._outbox.delete, sorted(delivered)))
            self._delivered -= delivered
            if not self._delivered:
                self._to_clear.clear()
