"""Publishes the MQTT events of the outbox, in order, each until the broker has acknowledged it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Protocol

from gateway.store.outbox import Outbox

_AT_ONCE = 500
_MOST_UNDER_WAY = 1000
_CLEAR_AFTER_S = 0.2
_LOOK_AGAIN_AFTER_S = 0.2


class Publisher(Protocol):
    """Who can publish."""

    online: bool

    def publish(self, topic: str, payload: bytes) -> asyncio.Future[None]:
        """Done when the broker has acknowledged; fails when the connection is lost."""


class Postman:
    """Carries the outbox to the broker. A crash repeats events that were not yet cleared; it never drops one."""

    def __init__(
        self, outbox: Outbox, publisher: Publisher, *, run_in_writer: Callable[[Callable[[], None]], Awaitable[None]]
    ) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._run_in_writer = run_in_writer
        self._sent = 0
        self._under_way: set[int] = set()
        self._delivered: list[int] = []
        self._failed = False
        self._wake = asyncio.Event()
        self._to_clear = asyncio.Event()

    def notify(self) -> None:
        """There is something new in the outbox."""
        self._wake.set()

    @property
    def backlog(self) -> int:
        """Events handed to the broker and not yet acknowledged."""
        return len(self._under_way)

    async def run(self) -> None:
        """Publish what is there and what comes, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._publish(), name="outbox publisher")
            tasks.create_task(self._clear(), name="outbox clearer")

    async def _publish(self) -> None:
        while True:
            full = len(self._under_way) >= _MOST_UNDER_WAY
            if full or not self._publisher.online or (self._failed and self._under_way):
                await asyncio.sleep(_LOOK_AGAIN_AFTER_S)
                continue
            if self._failed:
                self._failed, self._sent = False, 0  # a new connection: begin with the oldest that is left
            self._wake.clear()
            sent = self._sent
            letters = await asyncio.to_thread(partial(self._outbox.read, after=sent, most=_AT_ONCE))
            for letter in letters:
                self._sent = letter.number
                if letter.number in self._delivered:
                    continue
                self._under_way.add(letter.number)
                done = self._publisher.publish(letter.topic, letter.payload)
                done.add_done_callback(partial(self._settle, letter.number))
            if not letters:
                await self._wake.wait()

    def _settle(self, number: int, done: asyncio.Future[Any]) -> None:
        self._under_way.discard(number)
        if done.cancelled() or done.exception() is not None:
            self._failed = True
            self._wake.set()
        else:
            self._delivered.append(number)
            self._to_clear.set()

    async def _clear(self) -> None:
        """Forget delivered events in groups: clearing each at once would slow down the commits."""
        while True:
            await self._to_clear.wait()
            await asyncio.sleep(_CLEAR_AFTER_S)
            self._to_clear.clear()
            delivered = self._delivered.copy()
            await self._run_in_writer(partial(self._outbox.delete, delivered))
            del self._delivered[: len(delivered)]
