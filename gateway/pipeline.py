"""The loop: batch → engine → commit → acknowledge. People's actions and the ticks of the clock go the same way.

The engine is given messages as they are read. While the writer's thread commits one group of changes, the next one
forms. So commits group themselves under load, and a lone message is committed at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

import structlog

from gateway.backoff import Backoff
from gateway.clock import Clock
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.events import Action
from gateway.core.kernel.times import MILLISECOND, SECOND, Micros
from gateway.core.telemetry.readings import Message
from gateway.errors import StoreError

log = structlog.get_logger()
T = TypeVar("T")

Receipt = tuple[int, int]
"""What an acknowledgement needs of a message: its connection and packet identifier (0 at QoS 0)."""

MOST_UNCOMMITTED = 20_000
"""Messages read but not on disk, beyond which reading stops: at QoS 0 no in-flight window would bound them."""

FIRST_RETRY_S, LAST_RETRY_S = 0.1, 5.0
_TICK_AT_LEAST_EVERY: Micros = 200 * MILLISECOND


class Writer(Protocol):
    """Makes changes durable."""

    def commit(self, group: Sequence[Changes]) -> None:
        """Write them in one transaction, or raise StoreError and write nothing."""


class Source(Protocol):
    """Where messages come from."""

    def acknowledge(self, receipts: Sequence[Receipt]) -> None:
        """Acknowledge these messages: they are on disk."""

    def pause(self) -> None:
        """Stop sending."""

    def resume(self) -> None:
        """Send again."""


class Pipeline:
    """Owns the engine, and calls it in the event loop's thread alone."""

    def __init__(
        self, engine: Engine, writer: Writer, *, clock: Clock, committed: Callable[[Sequence[Changes]], None]
    ) -> None:
        """`committed` is called in the event loop with what has just become durable."""
        self._engine = engine
        self._writer = writer
        self._clock = clock
        self._committed = committed
        self._source: Source | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._changes: list[Changes] = []
        self._receipts: list[Receipt] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._work = asyncio.Event()
        self._uncommitted = 0
        self._paused = False
        self._stopping = False
        self.problem = ""
        """Why commits fail at present; empty when they do not."""
        self.committed_messages = 0
        if not engine.beginning.is_empty:
            self.add(engine.beginning)

    def attach(self, source: Source) -> None:
        """Acknowledge messages to this source from now on."""
        self._source = source

    def receive(self, messages: list[Message]) -> None:
        """Receive a batch; it is acknowledged when it is durable."""
        changes = self._engine.step(messages)
        self._receipts.extend([(message.connection, message.packet_id) for message in messages])
        self._uncommitted += len(messages)
        self.add(changes)
        if self._uncommitted > MOST_UNCOMMITTED and self._source is not None and not self._paused:
            self._paused = True
            self._source.pause()

    def reconnected(self) -> None:
        """The broker was out of reach and is back."""
        self._engine.reconnected()

    async def act(self, action: Action) -> None:
        """Perform a person's action; it is durable when this returns.

        Raises:
            GatewayError: it cannot be done; nothing has changed.
        """
        self.add(self._engine.act(action, self._clock.now()))
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        await done

    def add(self, changes: Changes) -> None:
        """Commit these changes with the next group."""
        self._changes.append(changes)
        self._work.set()

    async def run_in_writer(self, function: Callable[[], T]) -> T:
        """Run a function that writes to the store in the writer's thread, between two commits."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)

    async def run(self) -> None:
        """Commit and acknowledge until stopped. After `stop` it ends once all is committed, or when the store fails."""
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                while self._changes:
                    await self._commit_group()
            except StoreError as error:
                log.warning("the last messages stay with the broker", error=str(error))
                return
            if self._stopping:
                return

    def stop(self) -> None:
        """End `run` once what was received is committed. What cannot be written stays with the broker."""
        self._stopping = True
        self._work.set()

    async def tick(self) -> None:
        """Tick the engine when a time that it waits for has come, until cancelled."""
        while True:
            now = self._clock.now()
            await asyncio.sleep(0)  # read what has arrived first: it may end a delay that is about to be over
            if step := self._clock.set_by():
                log.warning("the clock was set", seconds=step / SECOND)
                self.add(self._engine.clock_set(step))
                now = self._clock.now()
            changes = self._engine.tick(now)
            if not changes.is_empty:
                self.add(changes)
            due = self._engine.next_due()
            wait = _TICK_AT_LEAST_EVERY * self._clock.speed
            await self._clock.sleep(round(wait if due is None else min(wait, max(due - now, MILLISECOND))))

    async def snapshot(self, every: Micros) -> None:
        """Save the latest values every so many microseconds, until cancelled."""
        while True:
            await self._clock.sleep(every)
            changes = self._engine.snapshot()
            if not changes.is_empty:
                self.add(changes)

    async def _commit_group(self) -> None:
        group, receipts, waiting = self._changes, self._receipts, self._waiting
        self._changes, self._receipts, self._waiting = [], [], []
        await self._commit(group)
        self._acknowledge(receipts)
        for done in waiting:
            if not done.done():
                done.set_result(None)
        self._committed(group)

    async def _commit(self, group: list[Changes]) -> None:
        backoff = Backoff(FIRST_RETRY_S, LAST_RETRY_S)
        while True:
            try:
                await self.run_in_writer(lambda: self._writer.commit(group))
            except StoreError as error:
                if not self.problem:
                    log.warning("cannot commit; the broker keeps the messages until it works", error=str(error))
                self.problem = str(error)
                if self._stopping:
                    raise
                await asyncio.sleep(backoff.next_delay())
            else:
                if self.problem:
                    log.info("commits work again")
                self.problem = ""
                return

    def _acknowledge(self, receipts: list[Receipt]) -> None:
        self.committed_messages += len(receipts)
        self._uncommitted -= len(receipts)
        if self._source is not None:
            self._source.acknowledge(receipts)
            if self._paused and self._uncommitted <= MOST_UNCOMMITTED // 2:
                self._paused = False
                self._source.resume()
