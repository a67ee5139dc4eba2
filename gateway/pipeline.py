"""The loop: batch → engine → commit → acknowledge. People's actions and the ticks of the clock go the same way.

The engine is given messages as they are read, and `gateway.commits` makes durable what it changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
import structlog

from gateway.clock import Clock
from gateway.commits import Commits, Receipt, Writer
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.alarms.lifecycle import Step
from gateway.core.audit import AuditTrail
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes, Publication
from gateway.core.kernel.events import Action
from gateway.core.kernel.times import MILLISECOND, SECOND, Micros, Now
from gateway.core.telemetry.batch import Batch
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.quarantine import Reason
from gateway.core.telemetry.readings import Message

log = structlog.get_logger()
MOST_UNCOMMITTED = 20_000
"""Messages read but not on disk, beyond which reading stops: at QoS 0 no in-flight window would bound them."""

_TICK_AT_LEAST_EVERY: Micros = 200 * MILLISECOND
_STALLED_AFTER: Micros = 2 * SECOND
"""A tick that comes so late means that the process, too, has heard nothing in between."""
MOST_EVENTS = 40
"""Events of alarms and the like in one step, beyond which it ends and other tasks get their turn: some 5 ms."""
MOST_TIMERS = 12
"""Delays that one step ends, for the same reason."""
_MOST_REPORTED = 100
"""Topics: a bug that many devices meet must not fill the log."""
_ANSWER_WITHIN_S = 5.0
"""So long may the source take to confirm that nothing is on its way."""


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
        self._clock = clock
        self.commits = Commits(writer, now=clock.now, acknowledge=self._acknowledge, committed=committed, lost=lost)
        self._source: Source | None = None
        self._uncommitted = 0
        self._paused = False
        self._looked_at: Now | None = None
        self._failed_topics: set[str] = set()
        self.committed_messages = 0
        _log_removals(engine.beginning)
        self.commits.add(engine.beginning)

    def attach(self, source: Source) -> None:
        """Acknowledge messages to this source from now on."""
        self._source = source

    def receive(self, messages: list[Message]) -> int:
        """Receive a batch; it is acknowledged when it is durable. Returns how many of its messages were taken."""
        if messages and self._looked_at is not None and self._is_stall(self._looked_at, messages[0].steady):
            self._look_for_a_stall()  # these are older than they seem: they waited while the process stood still
        self._follow_clock()
        changes = self._engine.step(self._by_one_clock(messages), most_events=MOST_EVENTS)
        taken = self._engine.taken
        if taken < len(messages):
            messages = messages[:taken]
        self._report_failures(changes)
        self._uncommitted += len(messages)
        self.commits.add_batch(changes, messages)
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
        self.commits.add(self._engine.set_blind(self._now()))

    def set_blind(self, since: Now) -> None:
        """The gateway hears nothing from this moment on."""
        self._follow_clock()
        now = self._clock.moment()
        self.commits.add(self._engine.set_blind(_by_present_clock(since, now), now.wall))

    def set_hearing(self, now: Now) -> None:
        """The gateway hears, and has received what the broker had kept for it."""
        self._follow_clock()
        self.commits.add(self._engine.set_hearing(now.wall))

    def session_lost(self, since: Now) -> None:
        """The broker has dropped what it kept for the gateway from this moment on."""
        self._follow_clock()
        now = self._clock.moment()
        self.commits.add(self._engine.session_lost(_by_present_clock(since, now), now.wall))

    def settle(self, messages: int) -> None:
        """The broker does not send the first so many messages of this run again: it has their acknowledgements."""
        self.commits.add(self._engine.settle(messages))

    def report(self, rule: BuiltinRule, detail: str | None) -> None:
        """Raise an alarm about the gateway itself, with a sentence; None when it is over. Either may be said again."""
        self.commits.add(self._engine.report(rule, detail, self._now()))

    async def act(self, action: Action) -> None:
        """Perform a person's action; it is durable when this returns.

        Raises:
            GatewayError: it cannot be done; nothing has changed.
            StoreRefused: it is done, but the store cannot hold it.
        """
        await self.commits.complete(self._engine.act(action, self._now()))

    async def tick(self) -> None:
        """Tick the engine when a time that it waits for has come, until cancelled."""
        while True:
            begun = self._clock.moment()
            await asyncio.sleep(0)  # read what has arrived first: it may end a delay that is about to be over
            self._look_for_a_stall()
            self._follow_clock()  # a delay may be due only by the clock as it is set now
            await self._confirm_hearing(_by_present_clock(begun, self._clock.moment()))
            while True:
                self._follow_clock()
                now, due = _by_present_clock(begun, self._clock.moment()), self._engine.next_due()
                if due is None or due > now:
                    break
                self.commits.add(self._engine.tick(now, most=MOST_TIMERS))
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
            self.commits.add(self._engine.snapshot(self._now()))
            while self._engine.has_unsaved:
                await asyncio.sleep(0)
                self.commits.add(self._engine.snapshot(self._now()))

    def _now(self) -> Micros:
        """The time of day, by which the engine reckons already."""
        self._follow_clock()
        return self._clock.now()

    def _follow_clock(self) -> None:
        """Tell the engine if the clock was set."""
        was_certain = self._clock.is_certain
        step = self._clock.set_by()
        if step:
            log.warning("the clock was set", seconds=step / SECOND)
        if step or was_certain != self._clock.is_certain:
            self.commits.add(self._engine.clock_set(step, knows_time=self._clock.is_certain))

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
        if self._is_stall(before, self._looked_at.steady):
            self._source.doubt(before)

    def _is_stall(self, before: Now, steady: Micros) -> bool:
        return steady - before.steady > _STALLED_AFTER * self._clock.speed

    async def _confirm_hearing(self, now: Micros) -> None:
        """Before a delay ends by time alone: receive all that is on its way, or learn that the gateway is blind."""
        due = self._engine.next_due()
        if self._source is None or due is None or due > now or self._engine.blind_since is not None:
            return
        self._looked_at = None  # it waits for an answer, and the process goes on
        await self._source.confirm(_ANSWER_WITHIN_S)
        self._looked_at = self._clock.moment()

    def _acknowledge(self, receipts: Sequence[Receipt]) -> None:
        messages = sum(len(packet_ids) for _, packet_ids in receipts)
        self.committed_messages += messages
        self._uncommitted -= messages
        if self._source is not None:
            self._source.acknowledge(receipts)
            if self._paused and self._uncommitted <= MOST_UNCOMMITTED // 2:
                self._paused = False
                self._source.resume()


def _log_removals(beginning: Changes) -> None:
    """Warn of each alarm that stood when the last run ended, and cannot stand any more."""
    alarms = {alarm.number: alarm for alarm in beginning.parts.get(Annunciator.name, ())}
    for record in beginning.parts.get(AuditTrail.name, ()):
        if record.kind == "alarm" and record.data["step"] == Step.REMOVE:
            alarm = alarms[record.data["alarm"]]
            told = {
                "alarm": alarm.number,
                "rule": alarm.rule,
                "subject": alarm.subject.level,
                "because": record.data["note"],
            }
            if alarm.ticket is None:
                log.warning("an alarm is removed", **told)
            else:
                log.warning("an alarm is removed, its ticket stays open", **told, ticket=alarm.ticket)


def _by_present_clock(moment: Now, now: Now) -> Micros:
    """The wall time of a moment by the clock as it is set now, which the moment's own may not be."""
    return now.wall - (now.steady - moment.steady)
