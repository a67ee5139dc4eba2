"""One connection to the broker: paho on asyncio, with acknowledgements that wait for the durable commit.

Each connection has a `paho` client of its own. The next one inherits nothing: the broker sends again what was not
acknowledged, and the outbox what was not published. Subscriptions are at QoS 1: at QoS 2 paho would answer PUBREC
before anything is on disk, and lose the message when killed.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from select import select
from typing import Any, Protocol

import paho.mqtt.client as paho
import structlog
from paho.mqtt.reasoncodes import ReasonCode

from gateway.clock import Clock
from gateway.core.kernel.times import Micros, Now
from gateway.core.telemetry.readings import Message
from gateway.errors import BrokerError
from gateway.mqtt.broker import Broker, Status, make_client, open_connection
from gateway.mqtt.client import Client
from gateway.mqtt.inbox import Inbox

log = structlog.get_logger()

_ANSWER_WITHIN_S = 10.0
_HANDED_OUT_AT_ONCE = 400
"""Messages handed out before other tasks get their turn."""


class Owner(Protocol):
    """Who is told what comes in. Called in the event loop's thread."""

    own_topic: str
    """The topic of messages to oneself."""

    @property
    def is_reading(self) -> bool:
        """Whether what comes is read."""

    def accept(self, session_present: bool) -> None:
        """The broker accepts the connection, and says whether it has kept the session."""

    def grant(self, reasons: list[ReasonCode]) -> None:
        """The broker answers each filter of the subscription. Raises BrokerError when it grants none."""

    def release(self, reasons: list[ReasonCode]) -> None:
        """The broker has removed filters from the session; MQTT 5 has a reason for each."""

    def receive(self, messages: list[Message]) -> int:
        """The messages of one read, in order. Returns how many were taken, at least one: the rest comes once more."""

    def receive_own(self, payload: bytes) -> None:
        """A message of `own_topic`."""

    def finish_read(self) -> None:
        """Something was read, and all its messages were handed out."""

    def lose(self) -> None:
        """The connection is lost, and what was read from it was handed out."""


class Connection:
    """Reads, acknowledges and publishes, from `open` to `close`."""

    def __init__(
        self, number: int, broker: Broker, status: Status, owner: Owner, clock: Clock, *, after: Micros
    ) -> None:
        """`after` is when the latest message of earlier connections was received."""
        loop = asyncio.get_running_loop()
        self.number = number
        self._broker = broker
        self._status = status
        self._owner = owner
        self._loop = loop
        self._inbox = Inbox(
            number,
            five=broker.version == "5",
            own_topic=owner.own_topic,
            receive_own=owner.receive_own,
            after=after,
        )
        self._sock: Any = None
        self._connack: asyncio.Future[None] = loop.create_future()
        self._suback: asyncio.Future[None] = loop.create_future()
        self._unpublished: dict[int, asyncio.Future[None]] = {}
        self._unanswered: deque[tuple[int, asyncio.Future[None]]] = deque()
        """Who waits for the answer to which ping."""
        self.lost: asyncio.Future[str] = loop.create_future()
        """Done when the connection is lost, with the reason."""
        self._is_to_read_on = False  # in the next turn of the loop
        self._is_over = False
        """Whether all that was read before the connection was lost is handed out."""
        self.handed_out = asyncio.Event()
        """Set while no message that was read is still to be handed out."""
        self.handed_out.set()
        self.moved_at = loop.time()
        """When messages were last read or acknowledged, by the loop's clock."""
        self.client = self._make_client(clock.moment)

    @property
    def unacknowledged(self) -> int:
        """Messages that were read and not acknowledged."""
        return self._inbox.unacknowledged

    @property
    def last_received(self) -> Micros:
        """When the latest message was received, of this connection or an earlier one."""
        return self._inbox.last_received

    async def open(self, reading: asyncio.Event) -> None:
        """Open the socket, and wait while reading is paused; raise BrokerError when the broker is out of reach."""
        client, opened = self.client, Future[None]()
        try:
            await asyncio.to_thread(open_connection, client, self._broker, opened)
            self._sock = client.socket()
            # Without this the kernel holds small packets back until the broker acknowledges the last: up to 40 ms.
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await reading.wait()
        except (OSError, ValueError) as error:
            raise BrokerError(f"cannot connect to {self._broker.host}:{self._broker.port}: {error}") from error
        except asyncio.CancelledError:
            opened.add_done_callback(lambda _: client.abandon())  # the thread goes on
            raise

    async def connect(self) -> None:
        """Wait until the broker accepts the connection; raise BrokerError when it refuses."""
        self._loop.add_reader(self._sock, self.read)
        self.flush()
        await self._answer_to("CONNECT", self._connack)

    async def subscribe(self, filters: list[tuple[str, Any]], *, unsubscribe: Sequence[str]) -> None:
        """Subscribe to filters with their options, and unsubscribe from others without waiting for the answer.

        Both are sent at once, in the order in which nothing between them is lost. Raises BrokerError when the broker
        grants none. Once it has granted some, only what it has retained comes of another call, which waits for nothing.
        """
        self.client.subscribe(filters)
        if unsubscribe:
            self.client.unsubscribe(list(unsubscribe))
        self.flush()
        await self._answer_to("SUBSCRIBE", self._suback)

    def acknowledge(self, receipts: Iterable[tuple[int, Sequence[int]]]) -> None:
        """Acknowledge the messages of this connection among these connections and packet identifiers."""
        mine = [each for connection, packet_ids in receipts if connection == self.number for each in packet_ids]
        self._inbox.acknowledge(len(mine))
        self.moved_at = self._loop.time()
        if packet_ids := [packet_id for packet_id in mine if packet_id]:
            self.client.acknowledge(packet_ids)
            self.flush()
        self._acknowledge_own()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> asyncio.Future[None]:
        """Publish at QoS 1; the future is done when the broker has acknowledged, and fails when the link breaks."""
        done: asyncio.Future[None] = self._loop.create_future()
        info = self.client.publish(topic, payload, qos=1, retain=retain)
        self._unpublished[info.mid] = done
        self.flush()
        return done

    def ping(self) -> asyncio.Future[None]:
        """Ask the broker for an answer; all that it had sent before has been handed out when the future is done.

        When the connection is closed the future is cancelled.
        """
        answer: asyncio.Future[None] = self._loop.create_future()
        self._unanswered.append((self.client.ping(), answer))
        self.flush()
        return answer

    def keep_alive(self) -> None:
        """Send what the keep-alive requires, and end a connection that does not answer. Call it every second."""
        if not self.lost.done():
            self.client.loop_misc()
            self.flush()

    def pause(self) -> None:
        """Stop reading."""
        if self._sock is not None:
            self._loop.remove_reader(self._sock)

    def resume(self) -> None:
        """Read on after a pause."""
        if self._sock is not None:
            self._loop.add_reader(self._sock, self.read)
            self._read_on_soon()  # epoll does not see what is buffered

    def close(self, *, say_offline: bool) -> None:
        """Close the connection and fail what waits on it. Where it still works, publish `offline` and disconnect."""
        client = self.client
        if self._sock is not None:
            if say_offline:
                client.publish(self._status.topic, self._status.offline, qos=1, retain=True)
                client.disconnect()
                while self._sock is not None and client.want_write() and select([], [self._sock], [], 0)[1]:
                    client.loop_write()
            if self._sock is not None:
                client.abandon()
        for done in self._unpublished.values():
            if not done.done():
                done.set_exception(BrokerError("the connection to the broker was lost"))
                done.exception()
        self._unpublished.clear()
        for waiting in (self._connack, self._suback, *(answer for _, answer in self._unanswered)):
            if not waiting.done():
                waiting.cancel()

    def read(self) -> None:
        """Hand out some of what was read or, if all is handed out, read and hand out some of that."""
        inbox = self._inbox
        try:
            is_more = bool(inbox.messages) or self._fill_inbox()
            if inbox.messages:
                self._hand_out()
            self._acknowledge_own()
            if self.lost.done():
                self.hand_out_rest()
                return
            if inbox.messages:
                self.handed_out.clear()
            else:
                self.handed_out.set()
                self._answer_pings()
                self._owner.finish_read()
            if is_more or inbox.messages:
                self._read_on_soon()  # epoll sees what is in the socket, and not what was read from it
        except BaseException as error:
            # The event loop would log the error and lose these messages; this ends the gateway instead.
            if not self.lost.done():
                self.lost.set_exception(error)
            raise

    def hand_out_rest(self) -> None:
        """The connection is lost: hand out what was read, and say so, once."""
        if not self._is_over:
            self._is_over = True
            while self._inbox.messages:
                self._hand_out()
            self.handed_out.set()
            self._owner.lose()

    def flush(self) -> None:
        """Write what is queued; what the socket does not accept now is written once it is writable."""
        if self._sock is None:
            return
        client = self.client
        if client.want_write():
            client.loop_write()
        if self._sock is not None and client.want_write():
            self._loop.add_writer(self._sock, self._writable)

    async def _answer_to(self, packet: str, answer: asyncio.Future[None]) -> None:
        """Wait for the broker's answer; raise BrokerError when the connection is lost or the answer takes too long."""
        either: set[asyncio.Future[Any]] = {answer, self.lost}
        done, _ = await asyncio.wait(either, timeout=_ANSWER_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        if answer in done:
            await answer
        elif self.lost in done:
            raise BrokerError(self.lost.result())
        else:
            raise BrokerError(f"the broker did not answer {packet} within {_ANSWER_WITHIN_S:.0f} s")

    def _make_client(self, moment: Callable[[], Now]) -> Client:
        client = make_client(self._broker, self._status)
        client.moment = moment
        client.inbox = self._inbox
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_publish = self._on_publish
        client.on_socket_register_write = self._on_register_write
        client.on_socket_close = self._on_socket_close
        return client

    def _fill_inbox(self) -> bool:
        """Read packets into the inbox; returns whether there may be more."""
        while self.client.read():
            if len(self._inbox.messages) >= _HANDED_OUT_AT_ONCE:
                return True
        return False

    def _hand_out(self) -> None:
        """Hand out what was read. What the owner does not take stays for the next turn."""
        self.moved_at = self._loop.time()
        self._inbox.hand_out(self._owner.receive, _HANDED_OUT_AT_ONCE)

    def _read_on_soon(self) -> None:
        """Read on in the next turn, once: others must have theirs."""
        if not self._is_to_read_on:
            self._is_to_read_on = True
            self._loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        """Hand out what is buffered, unless reading was stopped or the connection closed in the meantime."""
        self._is_to_read_on = False
        if self._sock is not None and self._owner.is_reading:
            self.read()

    def _writable(self) -> None:
        self.client.loop_write()
        if self._sock is not None and not self.client.want_write():
            self._loop.remove_writer(self._sock)

    def _acknowledge_own(self) -> None:
        if packet_ids := self._inbox.own_to_acknowledge():
            self.client.acknowledge(packet_ids)
            self.flush()

    def _answer_pings(self) -> None:
        """Say that the broker has answered, once all that it had sent before is handed out."""
        while self._unanswered and self._unanswered[0][0] <= self.client.pongs:
            _, answer = self._unanswered.popleft()
            if not answer.done():
                answer.set_result(None)

    def _on_register_write(self, *_: object) -> None:
        """paho has queued something. Nothing to do: the caller who queued it also calls `flush`."""

    def _on_socket_close(self, _client: object, _data: object, sock: Any) -> None:  # noqa: ANN401
        """paho is about to close the socket: remove it from the loop first, for the next one may get its number."""
        if self._sock is not None and sock is self._sock:
            self._loop.remove_reader(sock)
            self._loop.remove_writer(sock)
            self._sock = None

    def _on_connect(
        self, _client: object, _data: object, flags: paho.ConnectFlags, reason: ReasonCode, _props: object
    ) -> None:
        if self._connack.done():
            return
        if reason.is_failure:
            self._connack.set_exception(BrokerError(f"the broker refuses the gateway: {reason}{_hint(str(reason))}"))
        else:
            self._owner.accept(flags.session_present)
            self._connack.set_result(None)

    def _on_subscribe(
        self, _client: object, _data: object, _mid: int, reasons: list[ReasonCode], _props: object
    ) -> None:
        if self._suback.done():
            return
        try:
            self._owner.grant(reasons)
        except BrokerError as error:
            self._suback.set_exception(error)
        else:
            self._suback.set_result(None)

    def _on_unsubscribe(
        self, _client: object, _data: object, _mid: int, reasons: list[ReasonCode], _props: object
    ) -> None:
        self._owner.release(reasons)

    def _on_publish(self, _client: object, _data: object, mid: int, reason: ReasonCode, _props: object) -> None:
        if reason.is_failure:
            log.warning("the broker refuses a publication for good: check its access list", reason=str(reason))
        done = self._unpublished.pop(mid, None)
        if done is not None and not done.done():
            done.set_result(None)

    def _on_disconnect(
        self, _client: object, _data: object, _flags: object, reason: ReasonCode, _props: object
    ) -> None:
        if not self.lost.done():
            self.lost.set_result(f"the connection was lost: {reason}")
            if self._inbox.messages:
                self._loop.call_soon(self.hand_out_rest)  # it may have been noticed in writing
            else:
                self.hand_out_rest()


def _hint(reason: str) -> str:
    if "authori" in reason.lower() or "user name" in reason.lower():
        return " (check GATEWAY_MQTT_USERNAME and GATEWAY_MQTT_PASSWORD)"
    return ""
