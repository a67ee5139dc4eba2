"""The link to the broker: one connection after another, and whether the gateway hears.

The gateway is blind until it has read what the broker kept for it, and again from the last moment at which something
was read, once the connection is lost, silent or not read.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from paho.mqtt.reasoncodes import ReasonCode

from gateway.backoff import Backoff
from gateway.clock import Clock
from gateway.core.kernel.times import DAY, MINUTE, SECOND, Micros, Now, isoformat
from gateway.core.telemetry.readings import Message
from gateway.errors import BrokerError, StoreError
from gateway.mqtt.broker import Broker, Status
from gateway.mqtt.connection import Connection
from gateway.mqtt.fence import Fence
from gateway.mqtt.hearing import Hearing
from gateway.mqtt.overtaking import Overtaking
from gateway.mqtt.settling import Settling
from gateway.mqtt.subscriptions import Subscriptions

log = structlog.get_logger()

FIRST_RETRY_S, LAST_RETRY_S, LONGEST_JITTER = 0.5, 4.0, 1.2
"""One gateway and its broker: an attempt costs little, and alarms wait for each. At most 5 s with the jitter."""
_WATCH_EVERY_S = 1.0
_SAVE_WITHIN_S = 2.0
_UNHEARD_AFTER: Micros = 10 * MINUTE
"""Of hearing, after which a filter from which nothing came is worth a warning."""
_SESSION_TOLD_FOR: Micros = DAY
_LATE_AFTER: Micros = SECOND
"""What comes so long after the broker was asked for an answer, and nothing before it, was held up on its way."""
_MOST_LOSSES = 5
_LOSSES_WITHIN: Micros = 10 * MINUTE
"""So many lost connections are worth a warning: two clients with one id end each other's over and over."""
_DEAF_AFTER_S = 10.0
"""On a connection that the broker has accepted; a backlog that takes longer to read is worth knowing as well."""


class Link:
    """The connection to the broker: reconnects, resubscribes, and counts its connections."""

    def __init__(
        self,
        broker: Broker,
        *,
        subscribe: Sequence[str],
        status: Status,
        fence: str,
        clock: Clock,
        heard_until: Micros | None,
        received: Callable[[list[Message]], int],
        reconnected: Callable[[], None],
        blind: Callable[[Now], None],
        hearing: Callable[[Now], None],
        session_lost: Callable[[Now], None],
        settled: Callable[[int], None],
        earlier_filters: Sequence[str],
        save_filters: Callable[[Sequence[str]], Awaitable[None]],
    ) -> None:
        """All callbacks are called in the event loop.

        Args:
            fence: a topic of this client alone, for messages to itself.
            heard_until: until when an earlier run heard, by the wall clock; None if there was none. After one, the
                broker should have a session.
            received: called with the messages of each read, in order; returns how many it has taken, and gets the rest
                again. Acknowledge each, also those of QoS 0.
            reconnected: called with each connection but the first, before anything is read.
            blind: called once when the gateway cannot hear any more, with the last moment at which it did. A gateway
                that starts is blind without being told.
            hearing: called when it hears, after it has received what the broker kept.
            session_lost: the broker has dropped what it kept from this moment on. If that was in an earlier run, the
                steady instant is reckoned from the wall clock.
            settled: called with a number of messages: the broker sends none of the first so many that `received` has
                taken again, as it has their acknowledgements, and none of an earlier run.
            earlier_filters: those that `save_filters` was last given.
            save_filters: makes the filters durable that may be in the session, so that a later run, whose files do not
                ask for them, can unsubscribe from them.
        """
        self._broker = broker
        self._status = status
        self._clock = clock
        self._fence = Fence(fence)
        self._hearing = Hearing(clock, heard_until=heard_until, blind=blind, hearing=hearing, session_lost=session_lost)
        self._received = received
        self._reconnected = reconnected
        self._settled = settled
        self._reading = asyncio.Event()
        self._reading.set()
        self._present: Connection | None = None
        self._heard_at = clock.moment()
        self._is_silent = False
        self._asked: tuple[Now, Now] | None = None
        """When the broker was asked for an answer, and when something was last read; None once something comes."""
        self._subscriptions = Subscriptions(subscribe, own_topic=fence, earlier=earlier_filters, save=save_filters)
        self._overtaking = Overtaking()
        self._last_received: Micros = 0
        self._settling = Settling()
        self.own_topic = fence
        self.connection = 0
        """Number of the present or latest connection; an acknowledgement of an earlier one is void."""
        self._online = asyncio.Event()
        self._problem = "not connected yet"
        self._losses: deque[Micros] = deque(maxlen=_MOST_LOSSES)
        """When the latest connections were lost that had been accepted, by the steady clock."""
        self._lost_because = ""

    @property
    def online(self) -> bool:
        """Whether the broker has granted the subscription."""
        return self._online.is_set()

    @property
    def problem(self) -> str:
        """Why it is not online, or does not hear although it is; which subscriptions the broker refuses."""
        waited_s = self._fence.waited_s(asyncio.get_running_loop().time()) if self.online else 0.0
        if self._problem or waited_s < _DEAF_AFTER_S:
            return self._problem
        return f"connected, but for {waited_s:.0f} s the broker has not delivered all that it kept for the gateway"

    @property
    def hearing(self) -> bool:
        """Whether the gateway hears its devices: it has read all that the broker kept, as far as is known."""
        return self._hearing.is_on

    @property
    def heard_at(self) -> Now:
        """When something was last read from the broker; before that, when the link was made."""
        latest = None if self._present is None else self._present.client.heard_at
        return latest or self._heard_at

    @property
    def warnings(self) -> list[str]:
        """A sentence for each thing that somebody should look after, though the gateway works."""
        now = self._clock.moment()
        warnings = []
        first_at, lost_session = self._hearing.first_at, self._hearing.lost_session
        if first_at is not None and now.steady - first_at.steady >= _UNHEARD_AFTER:
            warnings += [
                f"nothing was received from {topic_filter} since the gateway started: its devices are silent, or the "
                "broker's access list withholds it"
                for topic_filter in self._subscriptions.unheard
            ]
        if first_at is not None and not self._fence.is_delivered:
            warnings.append(
                f"the broker's access list withholds {self.own_topic}: the gateway needs to read and write it"
            )
        if len(self._losses) == _MOST_LOSSES and now.steady - self._losses[0] < _LOSSES_WITHIN:
            warnings.append(
                f"the connection to the broker was lost {_MOST_LOSSES} times within {_LOSSES_WITHIN // MINUTE} min, at "
                f"last because {self._lost_because}: is there another client with the id {self._broker.client_id}?"
            )
        if self._subscriptions.unwanted:
            unwanted = ", ".join(self._subscriptions.unwanted)
            warnings.append(f"the broker keeps {unwanted}, which no file asks for any more: messages may come twice")
        if lost_session is not None and now.steady - lost_session[1].steady < _SESSION_TOLD_FOR:
            since, until = (isoformat(moment.wall) for moment in lost_session)
            warnings.append(f"the broker had lost the session: what devices sent from {since} to {until} is gone")
        return warnings

    @property
    def is_reading(self) -> bool:
        """Whether what comes is read: there was no pause, or it is over."""
        return self._reading.is_set()

    async def until_online(self) -> None:
        """Wait until the broker has granted the subscription."""
        await self._online.wait()

    async def run(self) -> None:
        """Keep connected until cancelled; then publish `offline` and disconnect."""
        backoff = Backoff(FIRST_RETRY_S, LAST_RETRY_S)
        while True:
            await self._reading.wait()
            try:
                connection = await self._connect()
                if backoff.failures:
                    log.info("broker is back", host=self._broker.host, attempts=backoff.failures)
                backoff.reset()
                await self._until_lost(connection)
            except BrokerError as error:
                if backoff.failures == 0:
                    log.warning("broker is out of reach", error=str(error), host=self._broker.host)
                self._problem = str(error)
            finally:
                self._close()
            await asyncio.sleep(backoff.next_delay() * random.uniform(2 - LONGEST_JITTER, LONGEST_JITTER))

    def acknowledge(self, receipts: Sequence[tuple[int, Sequence[int]]]) -> None:
        """Acknowledge messages in order: connections, each with packet identifiers. An earlier one's are void."""
        self._settling.acknowledge(sum(len(packet_ids) for _, packet_ids in receipts))
        if self._present is not None:
            self._present.acknowledge(receipts)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> asyncio.Future[None]:
        """Publish at QoS 1; the future is done when the broker has acknowledged, and fails when the link breaks."""
        if self._present is not None and self.online:
            return self._present.publish(topic, payload, retain=retain)
        failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        failed.set_exception(BrokerError(self.problem))
        return failed

    async def confirm(self, within_s: float) -> bool:
        """Whether the gateway hears at this moment: what the broker had sent until now has then been received.

        False at once while it is blind, and after `within_s` seconds in which nothing came: the link is then silent,
        and the gateway blind until something comes and what was kept in the meantime is read.
        """
        connection = self._present
        if connection is None or not self.hearing:
            return False
        asked, answer = self._clock.moment(), connection.ping()
        self._asked = self._asked or (asked, self.heard_at)
        either: set[asyncio.Future[Any]] = {answer, connection.lost}
        await asyncio.wait(either, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        if connection is self._present and self.is_reading and not answer.done():
            connection.read()  # what has arrived counts, though this process may be late itself
            if self.heard_at.steady <= asked.steady:
                self._is_silent, self._problem = True, "the broker does not answer"
                self._hearing.end(self.heard_at, f"the broker did not answer within {within_s:g} s")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await connection.handed_out.wait()
        return self._hearing.is_on

    def doubt(self, since: Now) -> None:
        """The process stood still from `since` on: the gateway is blind until what came in the meantime is read."""
        connection = self._present
        if connection is not None and self.hearing:
            self._hearing.end(since, "the process stood still")
            self._put_up_fence(connection)

    def pause(self) -> None:
        """Stop reading: the broker keeps what comes."""
        self._reading.clear()
        if self._present is not None:
            self._present.pause()
        self._fence.take_down()
        self._is_silent = False
        self._hearing.end(self.heard_at, "reading is paused", intended=True)

    def resume(self) -> None:
        """Read on after a pause."""
        self._reading.set()
        if self._present is not None:
            self._present.resume()
            if self.online:
                self._put_up_fence(self._present)

    def accept(self, session_present: bool) -> None:
        """The broker accepts the connection, and says whether it has kept the session."""
        self._hearing.connect(session_present=session_present)
        if not session_present:
            self._subscriptions.begin_session()

    def grant(self, reasons: list[ReasonCode]) -> None:
        """The broker answers each filter of the subscription. Raises BrokerError when it grants none."""
        self._subscriptions.grant(reasons)

    def release(self, reasons: list[ReasonCode]) -> None:
        """The broker has removed filters from the session; MQTT 5 has a reason for each."""
        self._subscriptions.release(reasons)

    def receive(self, messages: list[Message]) -> int:
        """The messages of one read, in order; returns how many were taken."""
        if self._asked is not None:
            self._look_for_a_delay(*self._asked)
        self._subscriptions.mark(messages)
        if not self.hearing:
            self._overtaking.mark(messages)
        return self._received(messages)

    def receive_own(self, payload: bytes) -> None:
        """A fence has come back, of this connection or an earlier one."""
        self._fence.read(payload)

    def finish_read(self) -> None:
        """Something was read, and all its messages were handed out."""
        self._asked = None
        if self._is_silent and self._present is not None:
            self._is_silent, self._problem = False, self._subscriptions.problem
            self._put_up_fence(self._present)
        elif self._fence.has_passed:
            self._fence.take_down()
            self._hearing.begin("the broker's backlog was read")

    def lose(self) -> None:
        """The connection is lost, and what was read from it was handed out."""
        self._hearing.end(self.heard_at, "the connection was lost")

    def _look_for_a_delay(self, asked: Now, heard_at: Now) -> None:
        """Messages come while the broker is asked for an answer: the link stood still, if they come late."""
        self._asked = None
        if self.hearing and self._clock.moment().steady - asked.steady > _LATE_AFTER * self._clock.speed:
            self._is_silent = True  # a fence follows when all that comes was read
            self._hearing.end(heard_at, "what the broker sent was held up")

    async def _connect(self) -> Connection:
        self.connection += 1
        connection = Connection(
            self.connection, self._broker, self._status, self, self._clock, after=self._last_received
        )
        self._present = connection
        await connection.open(self._reading)
        if self.connection > 1:
            self._reconnected()
        await connection.connect()
        self._fence.begin_connection()
        self._overtaking.take()
        await self._save_filters(again=True)  # before anything is in the session that a later run would not know
        requests = self._subscriptions.requests(self._broker.version, with_own=self._fence.is_allowed)
        await connection.subscribe(requests, unsubscribe=self._subscriptions.unwanted)
        self._hearing.subscribe()
        self._online.set()
        self._problem = self._subscriptions.problem
        connection.publish(self._status.topic, self._status.online, retain=True)
        subscribed = " ".join(self._subscriptions.wanted)
        log.info("connected to the broker", host=self._broker.host, port=self._broker.port, subscribed=subscribed)
        if self.is_reading:
            self._put_up_fence(connection)
        return connection

    async def _save_filters(self, *, again: bool) -> None:
        """Save what may be in the session. A store that fails must not keep the gateway from hearing."""
        try:
            async with asyncio.timeout(_SAVE_WITHIN_S):
                await self._subscriptions.save(again=again)
        except (StoreError, TimeoutError) as error:
            log.warning("cannot save the filters of the session", error=str(error) or "the store does not answer")

    async def _until_lost(self, connection: Connection) -> None:
        """Keep the connection alive; raise BrokerError when it is lost."""
        while not connection.lost.done():
            await asyncio.wait({connection.lost}, timeout=_WATCH_EVERY_S)
            connection.keep_alive()
            if not connection.lost.done():
                self._watch_fence(connection)
                settled = self._settling.watch(connection, asyncio.get_running_loop().time(), hears=self.hearing)
                if settled is not None:
                    self._settled(settled)
                await self._ask_for_retained(connection)
                await self._save_filters(again=False)
        self._losses.append(self._clock.moment().steady)
        self._lost_because = connection.lost.result()
        raise BrokerError(self._lost_because)

    async def _ask_for_retained(self, connection: Connection) -> None:
        """Subscribe once more if messages came too early: behind the backlog, what is retained is the last word."""
        if self.hearing and self._overtaking.take():
            log.info("asks for retained messages again", because="older messages came after newer ones")
            requests = self._subscriptions.requests(self._broker.version, with_own=False)
            await connection.subscribe(requests, unsubscribe=())

    def _put_up_fence(self, connection: Connection) -> None:
        self._fence.put_up(connection.client, asyncio.get_running_loop().time())
        connection.flush()

    def _watch_fence(self, connection: Connection) -> None:
        """Find out whether the backlog was read although the fence does not come back."""
        if not self._fence.is_up:
            return
        now = asyncio.get_running_loop().time()
        how = self._fence.watch(
            connection.client, now, moved_at=connection.moved_at, unacknowledged=connection.unacknowledged
        )
        connection.flush()
        if how:
            self._fence.take_down()
            if not self._fence.is_delivered:
                log.warning(
                    "the gateway's messages to itself do not come back: check the broker's access list",
                    topic=self.own_topic,
                )
            self._hearing.begin(how)

    def _close(self) -> None:
        connection = self._present
        if connection is None:
            return
        if connection.lost.done() and connection.lost.exception() is None:
            connection.hand_out_rest()  # before the gateway is blind
        self._heard_at, self._last_received = self.heard_at, connection.last_received
        self._present = self._asked = None
        self._settling.end_connection()
        self._fence.end_connection(connection.client)
        self._hearing.end(self._heard_at, "the connection was closed", intended=not connection.lost.done())
        was_online, self._is_silent = self.online, False
        self._online.clear()
        connection.close(say_offline=was_online)
