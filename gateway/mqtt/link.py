"""The link to the broker: paho on asyncio, with acknowledgements that wait for the durable commit.

Each connection has a `paho` client of its own. The next one inherits nothing: the broker sends again what was not
acknowledged, and the outbox what was not published. Subscriptions are at QoS 1: at QoS 2 paho would answer PUBREC
before anything is on disk, and lose the message when killed.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable, Iterable, Sequence
from select import select
from typing import Any

import paho.mqtt.client as paho
import structlog
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from gateway.backoff import Backoff
from gateway.clock import Clock
from gateway.core.kernel.times import SECOND
from gateway.core.telemetry.readings import Message
from gateway.errors import BrokerError
from gateway.mqtt.client import Broker, Client, Status, make_client

log = structlog.get_logger()

FIRST_RETRY_S, LAST_RETRY_S = 0.5, 30.0
_ANSWER_WITHIN_S = 10.0
_SESSION_S = 7 * 24 * 3600
"""How long an MQTT 5 broker keeps the session of a gateway that is away."""
_READ_AT_ONCE = 500
"""Messages read from the socket before other tasks get their turn."""


class Link:
    """The connection to the broker: reconnects, resubscribes, and counts its connections.

    `received` is called in the event loop with the messages of each read, in order.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        subscribe: Sequence[str],
        status: Status,
        clock: Clock,
        received: Callable[[list[Message]], None],
        reconnected: Callable[[], None],
    ) -> None:
        self._broker = broker
        self._filters = tuple(subscribe)
        self._status = status
        self._clock = clock
        self._now = clock.now
        self._received = received
        self._reconnected = reconnected
        self._client: Client | None = None
        self._inbox: list[Message] = []
        self._last_received = 0
        self._steady = 0
        self._unpublished: dict[int, asyncio.Future[None]] = {}
        self._lost: asyncio.Future[str] | None = None
        self._granted: asyncio.Future[None] | None = None
        self._connack: asyncio.Future[None] | None = None
        self._reading = asyncio.Event()
        self._reading.set()
        self._sock: Any = None
        self.connection = 0
        """Number of the present or latest connection; an acknowledgement of an earlier one is void."""
        self.online = False
        """Whether the broker has granted the subscription."""
        self.problem = "not connected yet"
        """Why it is not online, or which subscriptions the broker refuses."""
        self._refused: tuple[str, ...] = ()

    async def run(self) -> None:
        """Keep connected until cancelled; then publish `offline` and disconnect."""
        backoff = Backoff(FIRST_RETRY_S, LAST_RETRY_S)
        while True:
            await self._reading.wait()
            try:
                await self._connect()
                if backoff.failures:
                    log.info("broker is back", host=self._broker.host, attempts=backoff.failures)
                backoff.reset()
                await self._until_lost()
            except BrokerError as error:
                if backoff.failures == 0:
                    log.warning("broker is out of reach", error=str(error), host=self._broker.host)
                self.problem = str(error)
            finally:
                self._close()
            await asyncio.sleep(backoff.next_delay() * random.uniform(0.8, 1.2))

    def acknowledge(self, receipts: Iterable[tuple[int, int]]) -> None:
        """Acknowledge the messages of these connections and packet identifiers.

        Those of an earlier connection are skipped: the broker sends them again.
        """
        client, present = self._client, self.connection
        if client is None:
            return
        for connection, packet_id in receipts:
            if connection == present and packet_id:
                client.ack(packet_id, 1)
        self._flush(client)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> asyncio.Future[None]:
        """Publish at QoS 1; the future is done when the broker has acknowledged, and fails when the link breaks."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._client is None or not self.online:
            done.set_exception(BrokerError(self.problem))
            return done
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        self._unpublished[info.mid] = done
        self._flush(self._client)
        return done

    def pause(self) -> None:
        """Stop reading: the broker keeps what comes."""
        self._reading.clear()
        if self._sock is not None:
            asyncio.get_running_loop().remove_reader(self._sock)

    def resume(self) -> None:
        """Read on after a pause."""
        self._reading.set()
        if self._sock is not None and self._client is not None:
            loop = asyncio.get_running_loop()
            loop.add_reader(self._sock, self._readable, self._client)
            loop.call_soon(self._read_on, self._client)  # epoll does not see what is buffered

    def _make_client(self) -> Client:
        client = make_client(self._broker, self._status)
        client.on_message = self._message_handler(self.connection)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_socket_register_write = self._on_register_write
        client.on_socket_close = self._on_socket_close
        return client

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        self.connection += 1
        self._lost, self._connack, self._granted = loop.create_future(), loop.create_future(), loop.create_future()
        properties = None
        if self._broker.version == "5":
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = _SESSION_S
        try:
            client = self._make_client()
            await asyncio.to_thread(
                client.connect,
                self._broker.host,
                self._broker.port,
                self._broker.keepalive_s,
                clean_start=False if properties else paho.MQTT_CLEAN_START_FIRST_ONLY,
                properties=properties,
            )
        except (OSError, ValueError) as error:
            raise BrokerError(f"cannot connect to {self._broker.host}:{self._broker.port}: {error}") from error
        self._client = client
        if self.connection > 1:
            self._reconnected()
        self._sock = client.socket()
        # Without this the kernel holds small packets back until the broker acknowledges the last: up to 40 ms.
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop.add_reader(self._sock, self._readable, client)
        self._flush(client)
        await self._answer_to("CONNECT", self._connack)
        self._subscribe(client)
        await self._answer_to("SUBSCRIBE", self._granted)
        self.online, self.problem = True, self._refusal()
        client.publish(self._status.topic, self._status.online, qos=1, retain=True)
        self._flush(client)
        log.info(
            "connected to the broker",
            host=self._broker.host,
            port=self._broker.port,
            subscribed=" ".join(self._filters),
        )

    def _subscribe(self, client: paho.Client) -> None:
        if self._broker.version == "5":
            fresh_only = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
            client.subscribe([(topic_filter, fresh_only) for topic_filter in self._filters])
        else:
            client.subscribe([(topic_filter, 1) for topic_filter in self._filters])
        self._flush(client)

    async def _answer_to(self, packet: str, answer: asyncio.Future[None]) -> None:
        """Wait for the broker's answer; raise BrokerError when the connection is lost or the answer takes too long."""
        assert self._lost is not None
        either: set[asyncio.Future[Any]] = {answer, self._lost}
        done, _ = await asyncio.wait(either, timeout=_ANSWER_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        if answer in done:
            await answer
        elif self._lost in done:
            raise BrokerError(self._lost.result())
        else:
            raise BrokerError(f"the broker did not answer {packet} within {_ANSWER_WITHIN_S:.0f} s")

    async def _until_lost(self) -> None:
        """Keep the connection alive; raise BrokerError when it is lost."""
        assert self._lost is not None
        while not self._lost.done():
            await asyncio.wait({self._lost}, timeout=1.0)
            if self._client is not None and not self._lost.done():
                self._client.loop_misc()
                self._flush(self._client)
        raise BrokerError(self._lost.result())

    def _close(self) -> None:
        """Close the connection and fail what waits on it. Where it still works, publish `offline` and disconnect."""
        client, self._client = self._client, None
        was_online, self.online = self.online, False
        if client is not None and self._sock is not None:
            if was_online:
                client.publish(self._status.topic, self._status.offline, qos=1, retain=True)
                client.disconnect()
                while self._sock is not None and client.want_write() and select([], [self._sock], [], 0)[1]:
                    client.loop_write()
            if self._sock is not None:
                sock = self._sock
                self._on_socket_close(client, None, sock)
                sock.close()
        for done in self._unpublished.values():
            if not done.done():
                done.set_exception(BrokerError("the connection to the broker was lost"))
                done.exception()
        self._unpublished.clear()
        for waiting in (self._connack, self._granted):
            if waiting is not None and not waiting.done():
                waiting.cancel()

    def _readable(self, client: Client) -> None:
        """Read until nothing is left: epoll does not see what is buffered above the socket."""
        inbox = self._inbox
        self._steady = self._clock.moment().steady
        while True:
            before = len(inbox)
            if client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                break
            if len(inbox) == before and not client.has_unread():
                break
            if len(inbox) >= _READ_AT_ONCE:
                asyncio.get_running_loop().call_soon(self._read_on, client)
                break
        if inbox:
            self._inbox = []
            try:
                self._received(inbox)
            except BaseException as error:
                # The event loop would log the error and lose these messages; this ends the gateway instead.
                if self._lost is not None and not self._lost.done():
                    self._lost.set_exception(error)
                raise

    def _read_on(self, client: Client) -> None:
        if client is self._client and self._reading.is_set():
            self._readable(client)

    def _flush(self, client: paho.Client) -> None:
        """Write what is queued; what the socket does not accept now is written once it is writable."""
        if client.want_write():
            client.loop_write()
        if self._sock is not None and client.want_write():
            asyncio.get_running_loop().add_writer(self._sock, self._writable, client)

    def _writable(self, client: paho.Client) -> None:
        client.loop_write()
        if self._sock is not None and not client.want_write():
            asyncio.get_running_loop().remove_writer(self._sock)

    def _message_handler(self, connection: int) -> Callable[[paho.Client, Any, paho.MQTTMessage], None]:
        def on_message(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
            # Two messages never have the same time, so that readings without a stamp of their own stay apart.
            received = self._now()
            if self._last_received - SECOND < received <= self._last_received:  # else the clock was set back
                received = self._last_received + 1
            self._last_received = received
            try:
                topic = message.topic
            except UnicodeDecodeError:
                topic = "(a topic that is not UTF-8)"
            packet_id = message.mid if message.qos else 0
            dup, retain, payload = message.dup, message.retain, bytes(message.payload)
            self._inbox.append(Message(topic, payload, received, packet_id, connection, dup, retain, self._steady))

        return on_message

    def _on_register_write(self, *_: object) -> None:
        """paho has queued something. Nothing to do: the caller who queued it also calls `_flush`."""

    def _on_socket_close(self, _client: object, _data: object, sock: Any) -> None:  # noqa: ANN401
        """paho is about to close the socket: remove it from the loop first, for the next one may get its number."""
        if self._sock is not None and sock is self._sock:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._sock)
            loop.remove_writer(self._sock)
            self._sock = None

    def _on_connect(self, _client: object, _data: object, _flags: object, reason: ReasonCode, _props: object) -> None:
        if self._connack is None or self._connack.done():
            return
        if reason.is_failure:
            self._connack.set_exception(BrokerError(f"the broker refuses the gateway: {reason}{_hint(str(reason))}"))
        else:
            self._connack.set_result(None)

    def _on_subscribe(
        self, _client: object, _data: object, _mid: int, reasons: list[ReasonCode], _props: object
    ) -> None:
        if self._granted is None or self._granted.done():
            return
        answers = zip(self._filters, reasons, strict=False)
        self._refused = tuple(topic_filter for topic_filter, reason in answers if reason.is_failure)
        if len(self._refused) == len(self._filters):
            self._granted.set_exception(BrokerError(self._refusal()))
            return
        if self._refused:
            log.warning(
                "the broker refuses a subscription: nothing is received from its topics",
                topics=" ".join(self._refused),
            )
        self._granted.set_result(None)

    def _refusal(self) -> str:
        """Which subscriptions the broker refuses, as a sentence; empty when it grants all."""
        if not self._refused:
            return ""
        return f"the broker refuses the subscription to {', '.join(self._refused)}: check its access list"

    def _on_publish(self, _client: object, _data: object, mid: int, reason: ReasonCode, _props: object) -> None:
        if reason.is_failure:
            log.warning("the broker refuses an event for good: check its access list", reason=str(reason))
        done = self._unpublished.pop(mid, None)
        if done is not None and not done.done():
            done.set_result(None)

    def _on_disconnect(
        self, _client: object, _data: object, _flags: object, reason: ReasonCode, _props: object
    ) -> None:
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(f"the connection was lost: {reason}")


def _hint(reason: str) -> str:
    if "authori" in reason.lower() or "user name" in reason.lower():
        return " (check GATEWAY_MQTT_USERNAME and GATEWAY_MQTT_PASSWORD)"
    return ""
