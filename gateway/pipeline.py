"""The loop: batch → engine → commit → acknowledge. People's actions and the ticks of the clock go the same way.

The engine is given messages as they are read. While the writer's thread commits one group of changes, the next one
forms. So commits group themselves under load, and a lone message is committed at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import msgspec
import structlog

from gateway.backoff import Backoff
from gateway.clock import Clock
from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes, Publication
from gateway.core.kernel.events import Action
from gateway.core.kernel.times import MILLISECOND, SECOND, Micros, Now
from gateway.core.telemetry.batch import Batch
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.quarantine import Reason
from gateway.core.telemetry.readings import Message
from gateway.errors import StoreError, StoreRefused
from gateway.refusals import quarantined
from gateway.store.writer import Refusal

log = structlog.get_logger()
T = TypeVar("T")

Receipt = tuple[int, int]
"""What an acknowledgement needs of a message: its connection and packet identifier (0 at QoS 0)."""

MOST_UNCOMMITTED = 20_000
"""Messages read but not on disk, beyond which reading stops: at QoS 0 no in-flight window would bound them."""

MOST_HELD_BYTES = 16 * 2**20
"""Of payloads that are not on disk, held so that the message can be found whose outcome the store refuses."""

FIRST_RETRY_S, LAST_RETRY_S = 0.1, 5.0
_TICK_AT_LEAST_EVERY: Micros = 200 * MILLISECOND
_STALLED_AFTER: Micros = 2 * SECOND
"""A tick that comes so late means that the process, too, has heard nothing in between."""
MOST_EVENTS = 60
"""Events of alarms and the like in one step, beyond which it ends and other tasks get their turn: some 5 ms."""
MOST_TIMERS = 20
"""Delays that one step ends, for the same reason."""
MOST_ACKNOWLEDGED = 500
"""Messages acknowledged at once, for the same reason."""
_MOST_REPORTED = 100
"""Topics: a bug that many devices meet must not fill the log."""
_ANSWER_WITHIN_S = 5.0
"""So long may the source take to confirm that nothing is on its way."""


class Writer(Protocol):
    """Makes changes durable."""

    def commit(self, group: Sequence[Changes]) -> None:
        """Write them in one transaction, or raise StoreError and write nothing."""

    def salvage(self, changes: Changes, quarantined: Callable[[Sequence[Refusal]], Changes]) -> Sequence[Refusal]:
        """Write the pieces that are not refused, and what `quarantined` makes of the refused ones, which it returns."""


class Source(Protocol):
    """Where messages come from."""

    async def confirm(self, within_s: float) -> bool:
        """Whether the gateway hears: all that was sent until now has been received when this returns."""

    def doubt(self, since: Now) -> None:
        """The process stood still from `since` on: what came in the meantime is still to be received."""

    def acknowledge(self, receipts: Sequence[Receipt]) -> None:
        """Acknowledge these messages: they are on disk."""

    def pause(self) -> None:
        """Stop sending."""

    def resume(self) -> None:
        """Send again."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of the engine that is to be committed."""

    changes: Changes
    messages: Sequence[Message] = ()
    """Those that led to it; none where they are too many to hold."""
    done: asyncio.Future[None] | None = None
    """Of the person who waits for it."""
    added_at: float = field(default_factory=time.monotonic)
    """In seconds, by a clock that nobody can set."""


class Pipeline:
    """Owns the engine, and calls it in the event loop's thread alone."""

    def __init__(
        self,
        engine: Engine,
        writer: Writer,
        *,
        clock: Clock,
        committed: Callable[[Sequence[Changes]], None],
        lost: Callable[[Publication], None] = lambda _event: None,
    ) -> None:
        """
        Args:
            committed: called in the event loop with what has just become durable.
            lost: called in the event loop with each MQTT event that the store refuses for good.
        """
        self._engine = engine
        self._writer = writer
        self._clock = clock
        self._committed = committed
        self._lost = lost
        self._source: Source | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._steps: list[_Step] = []
        self._committing: list[_Step] = []
        self._receipts: list[Receipt] = []
        self._held = 0
        """Bytes of the payloads that the steps hold."""
        self._work = asyncio.Event()
        self._uncommitted = 0
        self._paused = False
        self._looked_at: Now | None = None
        self._stopping = False
        self._failed_topics: set[str] = set()
        self.problem = ""
        """Why commits fail at present; empty when they do not."""
        self.committed_messages = 0
        self.quarantined_changes = 0
        """Pieces of changes that the store has refused for good since the start."""
        self._refusal = ""
        if not engine.beginning.is_empty:
            self.add(engine.beginning)

    def attach(self, source: Source) -> None:
        """Acknowledge messages to this source from now on."""
        self._source = source

    def receive(self, messages: list[Message]) -> int:
        """Receive a batch; it is acknowledged when it is durable. Returns how many of its messages were taken."""
        self._follow_clock()
        changes = self._engine.step(self._by_one_clock(messages), most_events=MOST_EVENTS)
        taken = self._engine.taken
        if taken < len(messages):
            messages = messages[:taken]
        self._report_failures(changes)
        self._receipts.extend([(message.connection, message.packet_id) for message in messages])
        self._uncommitted += len(messages)
        self._add(_Step(changes, self._hold(messages)))
        if self._uncommitted > MOST_UNCOMMITTED and self._source is not None and not self._paused:
            self._paused = True
            self._source.pause()
        return taken

    def _report_failures(self, changes: Changes) -> None:
        """Log once for each topic, of the first 100, that a decoder failed; the quarantine has all of them."""
        batch = changes.parts.get(Intake.name)
        if not isinstance(batch, Batch) or not batch.counts.decoder_failed:
            return
        for kind, rejection in batch.rejections.items():
            known = kind.topic in self._failed_topics or len(self._failed_topics) >= _MOST_REPORTED
            if kind.reason is Reason.DECODER_FAILED and not known:
                self._failed_topics.add(kind.topic)
                log.error("a decoder failed, its message is quarantined", topic=kind.topic, error=rejection.detail)

    def reconnected(self) -> None:
        """The broker was out of reach and is back: first it sends what it has kept."""
        self._add_changed(self._engine.set_blind(self._now()))

    def set_blind(self, since: Now) -> None:
        """The gateway hears nothing from this moment on."""
        self._follow_clock()
        now = self._clock.moment()
        self._add_changed(self._engine.set_blind(_by_present_clock(since, now), now.wall))

    def set_hearing(self, now: Now) -> None:
        """The gateway hears, and has received what the broker had kept for it."""
        self._follow_clock()
        self._add_changed(self._engine.set_hearing(now.wall))

    def session_lost(self, since: Now) -> None:
        """The broker has dropped what it kept for the gateway from this moment on."""
        self._follow_clock()
        now = self._clock.moment()
        self._add_changed(self._engine.session_lost(_by_present_clock(since, now), now.wall))

    def report(self, rule: BuiltinRule, detail: str | None) -> None:
        """Raise an alarm about the gateway itself, with a sentence; None when it is over. Either may be said again."""
        self._add_changed(self._engine.report(rule, detail, self._now()))

    def take_refusal(self) -> str:
        """A sentence on what the store has refused for good since this was last called; empty when it is nothing."""
        refusal, self._refusal = self._refusal, ""
        return refusal

    async def act(self, action: Action) -> None:
        """Perform a person's action; it is durable when this returns.

        Raises:
            GatewayError: it cannot be done; nothing has changed.
            StoreRefused: it is done, but the store cannot hold it.
        """
        changes = self._engine.act(action, self._now())
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._add(_Step(changes, done=done))
        await done

    def add(self, changes: Changes) -> None:
        """Commit these changes with the next group."""
        self._add(_Step(changes))

    @property
    def waited_s(self) -> float:
        """Seconds for which the oldest change has waited to be on disk; 0 when everything is."""
        waiting = self._committing or self._steps
        return time.monotonic() - waiting[0].added_at if waiting else 0.0

    def unrecorded(self) -> Iterator[Publication]:
        """The MQTT events that are not yet on disk, and so not yet in the outbox."""
        for step in (*self._committing, *self._steps):
            yield from step.changes.publications

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

    async def tick(self) -> None:
        """Tick the engine when a time that it waits for has come, until cancelled."""
        while True:
            begun = self._clock.moment()
            await asyncio.sleep(0)  # read what has arrived first: it may end a delay that is about to be over
            self._look_for_a_stall()
            await self._confirm_hearing(begun.wall)
            while True:
                self._follow_clock()
                now, due = _by_present_clock(begun, self._clock.moment()), self._engine.next_due()
                if due is None or due > now:
                    break
                self._add_changed(self._engine.tick(now, most=MOST_TIMERS))
                self._looked_at = self._clock.moment()
                await asyncio.sleep(0)
            wait = _TICK_AT_LEAST_EVERY * self._clock.speed
            await self._clock.sleep(round(wait if due is None else min(wait, max(due - now, MILLISECOND))))

    async def snapshot(self, every: Micros) -> None:
        """Save the latest values every so many microseconds, until cancelled."""
        while True:
            await self._clock.sleep(every)
            if self._source is not None and self._engine.next_due() is not None and self._engine.blind_since is None:
                await self._source.confirm(_ANSWER_WITHIN_S)  # it saves until when delays have counted what was heard
            self._add_changed(self._engine.snapshot(self._now()))
            while self._engine.has_unsaved:
                await asyncio.sleep(0)
                self._add_changed(self._engine.snapshot(self._now()))

    def _now(self) -> Micros:
        """The time of day, by which the engine reckons already."""
        self._follow_clock()
        return self._clock.now()

    def _follow_clock(self) -> None:
        """Tell the engine if the clock was set."""
        was_doubted = bool(self._clock.doubt)
        step = self._clock.set_by()
        if step or was_doubted != bool(self._clock.doubt):
            log.warning("the clock was set", seconds=step / SECOND)
            self._add_changed(self._engine.clock_set(step))

    def _by_one_clock(self, messages: list[Message]) -> list[Message]:
        """The messages as received by the clock as it is set now: it may have been set between two of them.

        Only the first and the last are looked at, for the cost: a batch is read within milliseconds.
        """
        if not messages or not messages[0].steady:
            return messages
        now, far = self._clock.moment(), SECOND * max(1.0, self._clock.speed)
        first = _by_present_clock(Now(messages[0].steady, 0), now)
        if abs(messages[0].received - first) < far and abs(messages[-1].received - first) < far:
            return messages
        return [
            msgspec.structs.replace(message, received=_by_present_clock(Now(message.steady, 0), now) + index)
            for index, message in enumerate(messages)
        ]

    def _look_for_a_stall(self) -> None:
        """Tell the source if this process stood still since the last tick."""
        before, self._looked_at = self._looked_at, self._clock.moment()
        if self._source is None or before is None:
            return
        if self._looked_at.steady - before.steady > _STALLED_AFTER * self._clock.speed:
            self._source.doubt(before)

    async def _confirm_hearing(self, now: Micros) -> None:
        """Before a delay ends by time alone: receive all that is on its way, or learn that the gateway is blind."""
        due = self._engine.next_due()
        if self._source is None or due is None or due > now or self._engine.blind_since is not None:
            return
        await self._source.confirm(_ANSWER_WITHIN_S)
        self._looked_at = self._clock.moment()

    def _add_changed(self, changes: Changes) -> None:
        if not changes.is_empty:
            self.add(changes)

    def _add(self, step: _Step) -> None:
        self._steps.append(step)
        self._work.set()

    def _hold(self, messages: Sequence[Message]) -> Sequence[Message]:
        """The messages, unless too many bytes are held already."""
        size = sum([len(message.payload) for message in messages])
        if self._held + size > MOST_HELD_BYTES:
            return ()
        self._held += size
        return messages

    async def _commit_group(self) -> None:
        steps, receipts = self._steps, self._receipts
        self._steps, self._receipts, self._held = [], [], 0
        self._committing = steps
        group = [step.changes for step in steps]
        try:
            await self._until_written(lambda: self._writer.commit(group))
        except StoreRefused:
            for step in steps:
                await self._commit_alone(step)
        self._committing = []
        await self._acknowledge(receipts)
        for step in steps:
            if step.done is not None and not step.done.done():
                step.done.set_result(None)
        self._committed(group)

    async def _commit_alone(self, step: _Step) -> None:
        """Commit one step; where the store refuses a piece of it for good, quarantine the piece and commit the rest."""
        changes, now = step.changes, self._clock.now()
        try:
            await self._until_written(lambda: self._writer.commit([changes]))
        except StoreRefused:
            refusals = await self._until_written(
                lambda: self._writer.salvage(changes, lambda each: quarantined(each, changes, step.messages, now))
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

    async def _acknowledge(self, receipts: list[Receipt]) -> None:
        self.committed_messages += len(receipts)
        self._uncommitted -= len(receipts)
        if self._source is not None:
            for start in range(0, len(receipts), MOST_ACKNOWLEDGED):
                self._source.acknowledge(receipts[start : start + MOST_ACKNOWLEDGED])
                await asyncio.sleep(0)
            if self._paused and self._uncommitted <= MOST_UNCOMMITTED // 2:
                self._paused = False
                self._source.resume()


def _by_present_clock(moment: Now, now: Now) -> Micros:
    """The wall time of a moment by the clock as it is set now, which the moment's own may not be."""
    return now.wall - (now.steady - moment.steady)
