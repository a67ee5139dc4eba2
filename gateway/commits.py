"""Makes the changes of the engine's steps durable, group by group, in a thread of its own.

While one group is written, the next one forms. So commits group themselves under load, and a lone change is committed
at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import structlog

from gateway.backoff import Backoff
from gateway.core.kernel.changes import Changes, Publication
from gateway.core.kernel.times import Micros
from gateway.core.telemetry.readings import Message
from gateway.errors import StoreError, StoreRefused
from gateway.refusals import quarantined
from gateway.store.writer import Refusal

log = structlog.get_logger()
T = TypeVar("T")

Receipt = tuple[int, Sequence[int]]
"""What the acknowledgement of a batch needs: its connection, and the packet identifier of each message (0 at QoS 0)."""

MOST_FORGOTTEN = 500
"""Messages of which the memory is given back at once, beyond which other tasks get their turn."""

FIRST_RETRY_S, LAST_RETRY_S = 0.1, 5.0


class Writer(Protocol):
    """Makes changes durable."""

    def commit(self, group: Sequence[Changes]) -> None:
        """Write them in one transaction, or raise StoreError and write nothing."""

    def salvage(self, changes: Changes, quarantined: Callable[[Sequence[Refusal]], Changes]) -> Sequence[Refusal]:
        """Write the pieces that are not refused, and what `quarantined` makes of the refused ones, which it returns."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the engine that is to be committed."""

    changes: Changes
    messages: int = 0
    """How many led to it."""
    done: asyncio.Future[None] | None = None
    """Of the person who waits for it."""
    added_at: float = field(default_factory=time.monotonic)
    """In seconds, by a clock that nobody can set."""


class Commits:
    """What waits to be on disk, and what becomes of it."""

    def __init__(
        self,
        writer: Writer,
        *,
        now: Callable[[], Micros],
        acknowledge: Callable[[Sequence[Receipt]], None],
        committed: Callable[[Sequence[Changes]], None],
        lost: Callable[[Publication], None],
    ) -> None:
        """
        Args:
            acknowledge: called in the event loop with the receipts of messages that are on disk.
            committed: called in the event loop with what has just become durable.
            lost: called in the event loop with each MQTT event that the store refuses for good.
        """
        self._writer = writer
        self._now = now
        self._acknowledge = acknowledge
        self._committed = committed
        self._lost = lost
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._steps: list[Step] = []
        self._committing: list[Step] = []
        self._done: list[Step] = []
        """Steps that are on disk, and of which the memory is still to be given back."""
        self._receipts: list[Receipt] = []
        self._work = asyncio.Event()
        self._stopping = False
        self.problem = ""
        """Why commits fail at present; empty when they do not."""
        self.quarantined_changes = 0
        """Pieces of changes that the store has refused for good since the start."""
        self._refusal = ""
        self.is_salvaged = False
        """Whether the store has refused a part of the group that `committed` was last told of."""

    def add(self, changes: Changes) -> None:
        """Commit these changes, if there are any, with the next group."""
        if not changes.is_empty:
            self._add(Step(changes))

    def add_batch(self, changes: Changes, messages: Sequence[Message]) -> None:
        """Commit the outcome of a batch of messages of one connection, then acknowledge them."""
        if messages:
            self._receipts.append((messages[0].connection, [message.packet_id for message in messages]))
        self._add(Step(changes, len(messages)))

    async def complete(self, changes: Changes) -> None:
        """Commit these changes; they are durable when this returns.

        Raises:
            StoreRefused: the store cannot hold them.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._add(Step(changes, done=done))
        await done

    def take_refusal(self) -> str:
        """A sentence on what the store has refused for good since this was last called; empty when it is nothing."""
        refusal, self._refusal = self._refusal, ""
        return refusal

    @property
    def waited_s(self) -> float:
        """Seconds for which the oldest change has waited to be on disk; 0 when everything is."""
        waiting = self._committing or self._steps
        return time.monotonic() - waiting[0].added_at if waiting else 0.0

    def unrecorded(self) -> Iterator[Publication]:
        """The MQTT events that are not yet on disk, and so not yet in the outbox."""
        for changes in self.waiting():
            yield from changes.publications

    def waiting(self) -> Iterator[Changes]:
        """The changes that are not yet on disk, in their order."""
        for step in (*self._committing, *self._steps):
            yield step.changes

    async def run_in_writer(self, function: Callable[[], T]) -> T:
        """Run a function that writes to the store in the writer's thread, between two commits."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)

    async def run(self) -> None:
        """Commit and acknowledge until stopped. After `stop` it ends once all is committed, or when the store fails."""
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                while self._steps:
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

    def _add(self, step: Step) -> None:
        self._steps.append(step)
        self._work.set()

    async def _commit_group(self) -> None:
        steps, receipts = self._steps, self._receipts
        self._steps, self._receipts = [], []
        self._committing = steps
        group = [step.changes for step in steps]
        refused_before = self.quarantined_changes
        try:
            await self._until_written(lambda: self._writer.commit(group))
        except StoreRefused:
            for step in steps:
                await self._commit_alone(step)
        self._committing = []
        self._acknowledge(receipts)
        for step in steps:
            if step.done is not None and not step.done.done():
                step.done.set_result(None)
        self.is_salvaged = self.quarantined_changes > refused_before
        self._committed(group)
        if not self._done:
            asyncio.get_running_loop().call_soon(self._forget)
        self._done += steps

    def _forget(self) -> None:
        """Give the memory of committed steps back, a slice in each turn: it may be that of 20,000 messages."""
        forgotten = 0
        while self._done and forgotten < MOST_FORGOTTEN:
            forgotten += 1 + self._done.pop().messages
        if self._done:
            asyncio.get_running_loop().call_soon(self._forget)

    async def _commit_alone(self, step: Step) -> None:
        """Commit one step; where the store refuses a piece of it for good, quarantine the piece and commit the rest."""
        changes, now = step.changes, self._now()
        try:
            await self._until_written(lambda: self._writer.commit([changes]))
        except StoreRefused:
            refusals = await self._until_written(
                lambda: self._writer.salvage(changes, lambda each: quarantined(each, now))
            )
            self._tell(refusals)
            if refusals and step.done is not None and not step.done.done():
                step.done.set_exception(StoreRefused(f"the store cannot hold this: {refusals[0].reason}"))

    def _tell(self, refusals: Sequence[Refusal]) -> None:
        self.quarantined_changes += len(refusals)
        for refusal in refusals:
            log.error("the store refuses a change for good: quarantined", part=refusal.part, error=refusal.reason)
            if isinstance(refusal.piece, Publication):
                self._lost(refusal.piece)
        if refusals:
            parts = ", ".join(sorted({refusal.part for refusal in refusals}))
            self._refusal = f"the store refuses changes of {parts}: {refusals[0].reason}"

    async def _until_written(self, write: Callable[[], T]) -> T:
        """Run `write` in the writer's thread until it succeeds; what can never succeed is raised, and when stopping."""
        backoff = Backoff(FIRST_RETRY_S, LAST_RETRY_S)
        while True:
            try:
                written = await self.run_in_writer(write)
            except StoreRefused:
                raise
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
                return written
