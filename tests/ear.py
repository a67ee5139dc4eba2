"""A link to a broker, and all that it tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiomqtt

from gateway.clock import Clock
from gateway.core.kernel.times import Micros, Now
from gateway.core.telemetry.readings import Message
from gateway.mqtt import Broker, Link, Status
from tests.servers import HOST, Mosquitto, eventually

STATUS = Status("gateway/s1/status")
FENCE = "gateway/s1/fence/gateway-test"


class Ear:
    """A link, and what it has heard."""

    def __init__(
        self,
        broker: Broker,
        *filters: str,
        heard_until: Micros | None = None,
        acknowledges: bool = False,
        earlier_filters: Sequence[str] = (),
    ) -> None:
        """With `acknowledges`, each message is acknowledged as soon as it is heard."""
        self.filters = [*earlier_filters]
        """Those that were saved last."""
        self._acknowledges = acknowledges
        self.heard: list[Message] = []
        self.reconnections = 0
        self.told: list[tuple[str, Now, int]] = []
        """What the link said of its hearing: which callback, with which moment, after how many messages."""
        self.settled: list[int] = []
        """Of how many messages the broker had the acknowledgements, each time that the link said so."""
        self.link = Link(
            broker,
            subscribe=filters or ("site/#",),
            status=STATUS,
            fence=FENCE,
            clock=Clock(),
            heard_until=heard_until,
            received=self._receive,
            reconnected=self._count,
            blind=lambda since: self.told.append(("blind", since, len(self.heard))),
            hearing=lambda now: self.told.append(("hearing", now, len(self.heard))),
            session_lost=lambda since: self.told.append(("session lost", since, len(self.heard))),
            settled=self.settled.append,
            earlier_filters=earlier_filters,
            save_filters=self._save,
        )

    @property
    def story(self) -> list[str]:
        """What the link said of its hearing, without the moments."""
        return [what for what, _, _ in self.told]

    async def hears(self, count: int) -> list[Message]:
        """Wait for so many messages."""
        await eventually(lambda: len(self.heard) >= count, what=f"message {count}")
        return self.heard

    async def is_told(self, *story: str, within: float = 10) -> None:
        """Wait until this is what the link has said of its hearing."""
        await eventually(lambda: self.story == [*story], within=within, what=f"{story}")

    def _receive(self, messages: list[Message]) -> int:
        self.heard.extend(messages)
        if self._acknowledges:
            self.link.acknowledge(receipts(messages))
        return len(messages)

    async def _save(self, filters: Sequence[str]) -> None:
        self.filters = [*filters]

    def _count(self) -> None:
        self.reconnections += 1


@asynccontextmanager
async def running(ear: Ear, *, until_online: bool = True) -> AsyncIterator[Ear]:
    """Run the link while the `with` lasts."""
    task = asyncio.create_task(ear.link.run())
    try:
        if until_online:
            await eventually(lambda: ear.link.online, what="the link to be online")
        yield ear
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def receipts(messages: Sequence[Message]) -> list[tuple[int, Sequence[int]]]:
    """What acknowledges these messages."""
    return [(message.connection, [message.packet_id]) for message in messages]


def broker_at(port: int, **options: Any) -> Broker:  # noqa: ANN401
    """The broker on this port of the loopback."""
    return Broker(**{"host": HOST, "port": port, "client_id": "gateway-test", **options})


async def publish(
    server: Mosquitto, *payloads: bytes, topic: str = "site/s1/x", qos: int = 1, retain: bool = False
) -> None:
    """Publish with a client of its own."""
    async with aiomqtt.Client(HOST, server.port) as client:
        for payload in payloads:
            await client.publish(topic, payload, qos=qos, retain=retain)
