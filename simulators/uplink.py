"""The connection to the broker: sends publications in order and keeps each until the broker has acknowledged it.

When the connection breaks, it is made again with back-off, and everything unacknowledged is sent again, in order and
byte for byte. So the broker gets each publication at least once.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Final

import aiomqtt

from simulators.broker import Broker
from simulators.errors import BrokerError
from simulators.telemetry import Telemetry

logger = logging.getLogger(__name__)

WINDOW: Final = 1000
"""Publications that may be waiting for their acknowledgement; beyond, `Uplink.send` waits."""
FIRST_RETRY: Final = 0.25  # s, doubled with each failure
LAST_RETRY: Final = 15.0  # s


@dataclass(frozen=True, slots=True)
class Publication:
    """One message to the broker, QoS 1, not retained."""

    telemetry: Telemetry
    ts: int
    """The stamp in the payload, in milliseconds since the epoch, UTC."""
    topic: str
    payload: bytes


class Uplink:
    """`run` keeps the connection; `send` hands publications to it from another task of the same loop."""

    def __init__(
        self, broker: Broker, *, on_published: Callable[[Publication], None] | None = None, window: int = WINDOW
    ) -> None:
        """`on_published` is called once for each publication, when the broker has acknowledged it."""
        self._broker = broker
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
        """Take charge of a publication; waits while the window is full, as it is when the broker stays away."""
        await self._until(lambda: len(self._open) < self._window)
        number = next(self._numbers)
        self._open[number] = publication
        self._unsent.append(number)
        self._more.set()

    async def drained(self) -> None:
        """Wait until the broker has acknowledged everything."""
        await self._until(lambda: not self._open)

    async def run(self) -> None:
        """Connect, and connect again, until cancelled. A `BrokerError` if the first attempt fails."""
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
                )
                client.pending_calls_threshold = self._window
                async with client, asyncio.TaskGroup() as tasks:
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

    async def _watch(self, client: aiomqtt.Client) -> None:
        """Nothing is subscribed to: the iterator only ends, with an `MqttError`, when the connection does."""
        async for message in client.messages:
            logger.debug("unexpected message on %s", message.topic)

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
        await client.publish(publication.topic, publication.payload, qos=1)
        del self._open[number]
        self._progress.set()
        if self._on_published is not None:
            self._on_published(publication)

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._progress.clear()
            await self._progress.wait()
