"""The connection to the broker: sends publications in order and keeps each until the broker has acknowledged it.

When the connection is lost, the uplink reconnects with back-off and sends everything unacknowledged again, in order and
byte for byte. So the broker gets each publication at least once. Where a connection has a session (that of a Sparkplug
edge node), the session writes the messages, one after the other.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Final, Protocol

import aiomqtt

from simulators.broker import Broker
from simulators.dialects.dialect import Packet
from simulators.errors import BrokerError
from simulators.metrics import Metrics
from simulators.telemetry import Telemetry

logger = logging.getLogger(__name__)

WINDOW: Final = 1000
"""Publications that may wait for their acknowledgement; beyond, `Uplink.send` waits."""
FIRST_RETRY: Final = 0.25  # s, doubled with each failure
LAST_RETRY: Final = 15.0  # s


@dataclass(frozen=True, slots=True)
class Publication:
    """One message to the broker, not retained."""

    telemetry: Telemetry
    ts: int
    """The stamp in the payload, in milliseconds since the epoch, UTC."""
    topic: str
    payload: bytes
    qos: int = 1
    part: str | None = None
    """The device's name in the session of the connection, if it has one, which then writes topic and payload."""


class Session(Protocol):
    """The session of a connection: its packets beside the publications, and its way to write these."""

    @property
    def subscription(self) -> str:
        """The topic of its commands."""

    def opening(self) -> Packet:
        """Begin the session; return the will to connect with."""

    def opened(self) -> Sequence[Packet]:
        """What to send first."""

    def report(self, device: str, metrics: Metrics, ts: int) -> Sequence[Packet]:
        """The packets of a report."""

    def received(self, topic: str, payload: bytes) -> Sequence[Packet]:
        """The answer to a command."""

    def death(self) -> Packet:
        """What to send before the connection is closed on purpose."""


class Uplink:
    """`run` keeps the connection; `send` hands publications to it from another task of the same loop."""

    def __init__(
        self,
        broker: Broker,
        *,
        on_published: Callable[[Publication], None] | None = None,
        window: int = WINDOW,
        session: Session | None = None,
    ) -> None:
        """`on_published` is called once for each publication, when the broker has acknowledged it."""
        self._broker = broker
        self._session = session
        self._turn = asyncio.Lock()  # a session's messages go out in the order in which it numbered them
        self._on_published = on_published
        self._window = window
        self._numbers = count()
        self._open: dict[int, Publication] = {}  # not yet acknowledged, in order
        self._unsent: deque[int] = deque()
        self._more = asyncio.Event()
        self._progress = asyncio.Event()
        self._connected_once = asyncio.Event()

    async def connected_once(self) -> None:
        """Wait for the first connection."""
        await self._connected_once.wait()

    async def send(self, publication: Publication) -> None:
        """Queue a publication; wait while the window is full, as it is when the broker is unreachable."""
        await self._until(lambda: len(self._open) < self._window)
        number = next(self._numbers)
        self._open[number] = publication
        self._unsent.append(number)
        self._more.set()

    async def drained(self) -> None:
        """Wait until the broker has acknowledged everything."""
        await self._until(lambda: not self._open)

    async def run(self) -> None:
        """Keep connected until cancelled. A `BrokerError` if the first attempt fails."""
        tls_context = await asyncio.to_thread(self._broker.tls_context)
        delay = FIRST_RETRY
        while True:
            problem, trouble = "", "cannot connect to"
            try:
                client = aiomqtt.Client(
                    self._broker.host,
                    self._broker.port,
                    username=self._broker.username,
                    password=self._broker.password,
                    tls_context=tls_context,
                    max_inflight_messages=self._window,
                    will=self._will(),
                )
                client.pending_calls_threshold = self._window
                async with client, self._in_session(client), asyncio.TaskGroup() as tasks:
                    if self._connected_once.is_set():
                        logger.warning("connected to %s again; %d messages waiting", self._broker, len(self._open))
                    self._connected_once.set()
                    delay = FIRST_RETRY
                    trouble = "lost the connection to"
                    tasks.create_task(self._watch(client), name="simulators: watch the connection")
                    tasks.create_task(self._deliver_all(client, tasks), name="simulators: deliver")
            except* aiomqtt.MqttError as broken:
                problem = str(broken.exceptions[0])
            if not self._connected_once.is_set():
                raise BrokerError(f"{trouble} {self._broker}: {problem}; is the broker there, and the login right?")
            logger.warning("%s %s: %s; trying again in %g s", trouble, self._broker, problem, delay)
            await asyncio.sleep(delay)
            delay = min(LAST_RETRY, 2.0 * delay)

    def _will(self) -> aiomqtt.Will | None:
        if self._session is None:
            return None
        packet = self._session.opening()
        return aiomqtt.Will(packet.topic, packet.payload, qos=packet.qos)

    @contextlib.asynccontextmanager
    async def _in_session(self, client: aiomqtt.Client) -> AsyncIterator[None]:
        """Begin and end the session of the connection, if it has one."""
        if self._session is None:
            yield
            return
        await client.subscribe(self._session.subscription, qos=1)
        await self._publish(client, self._session.opened)
        try:
            yield
        finally:  # the broker sends no will for a connection that is closed on purpose
            with contextlib.suppress(aiomqtt.MqttError):
                await self._publish(client, self._death)

    def _death(self) -> Sequence[Packet]:
        return [self._session.death()] if self._session else []

    async def _publish(self, client: aiomqtt.Client, write: Callable[[], Sequence[Packet]]) -> Packet | None:
        """Write packets in their turn and send them; return the last of them."""
        packet = None
        async with self._turn:
            for packet in write():
                await client.publish(packet.topic, packet.payload, qos=packet.qos)
        return packet

    async def _watch(self, client: aiomqtt.Client) -> None:
        """Answer commands until the connection is lost, which ends the iterator with an `MqttError`."""
        async for message in client.messages:
            topic, payload = str(message.topic), message.payload
            if self._session is None or not isinstance(payload, bytes):
                logger.debug("unexpected message on %s", topic)
            else:
                await self._publish(client, partial(self._session.received, topic, payload))

    async def _deliver_all(self, client: aiomqtt.Client, tasks: asyncio.TaskGroup) -> None:
        self._unsent = deque(self._open)
        self._more.set()
        while True:
            await self._more.wait()
            self._more.clear()
            while self._unsent:  # tasks start in the order they are made, and publish before they first wait
                tasks.create_task(self._deliver(client, self._unsent.popleft()))

    async def _deliver(self, client: aiomqtt.Client, number: int) -> None:
        publication = self._open[number]
        if self._session is None or publication.part is None:
            await client.publish(publication.topic, publication.payload, qos=publication.qos)
        else:
            metrics = publication.telemetry.metrics
            write = partial(self._session.report, publication.part, metrics, publication.ts)
            packet = await self._publish(client, write)
            if packet is not None:
                publication = replace(publication, topic=packet.topic, payload=packet.payload, qos=packet.qos)
        del self._open[number]
        self._progress.set()
        if self._on_published is not None:
            self._on_published(publication)

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._progress.clear()
            await self._progress.wait()
