"""Publishes messages over MQTT: to topics of people, and to a siren."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

from gateway.channels.outcome import Message, NotSent
from gateway.channels.webhook import payload_of
from gateway.core.kernel.times import Micros
from gateway.core.notices.notice import NoticeKind

WITHIN_S = 10.0
_CONNECTED_WITHIN_S = 2.0
"""At a start there may be something to tell before the connection is made, which takes moments. Without waiting for it
a siren would sound with the next attempt only, 5 s later; where it takes longer, that says why."""


class Publisher(Protocol):
    """Publishes to the broker."""

    async def until_online(self) -> None:
        """Wait until it is connected."""

    def publish(self, topic: str, payload: bytes) -> asyncio.Future[None]:
        """The future is done when the broker has acknowledged, and fails when the connection is lost.

        Raises:
            ValueError: it never can be published, such as a topic with a wildcard.
        """


class MqttSender:
    """Publishes to the topic that is the address."""

    def __init__(self, site: str, publisher: Publisher, *, now: Callable[[], Micros]) -> None:
        self._site, self._publisher, self._now = site, publisher, now

    async def send(self, message: Message) -> NotSent | None:
        """Publish it, with the payload of a webhook."""
        payload = payload_of(self._site, message, self._now())
        return await publish(self._publisher, message.notice.way.address, payload)


class SirenSender:
    """Switches a siren on, and off when nobody needs it any more."""

    def __init__(self, publisher: Publisher, topic: str, on: bytes, off: bytes) -> None:
        self._publisher, self._topic, self._on, self._off = publisher, topic, on, off

    async def send(self, message: Message) -> NotSent | None:
        """Publish what switches it."""
        payload = self._off if message.notice.kind == NoticeKind.SIREN_OFF else self._on
        return await publish(self._publisher, self._topic, payload)


async def publish(publisher: Publisher, topic: str, payload: bytes) -> NotSent | None:
    """Publish, and wait for the broker's acknowledgement; before that a moment for the connection."""
    with contextlib.suppress(TimeoutError):  # then publishing fails, and says why
        async with asyncio.timeout(_CONNECTED_WITHIN_S):
            await publisher.until_online()
    try:
        done = publisher.publish(topic, payload)
    except ValueError as error:
        return NotSent(str(error), is_final=True)
    await asyncio.wait({done}, timeout=WITHIN_S)
    if not done.done():
        return NotSent(f"the broker did not acknowledge it within {WITHIN_S:g} s")
    problem = None if done.cancelled() else done.exception()
    if done.cancelled() or problem is not None:
        return NotSent("the connection to the broker was lost" if done.cancelled() else str(problem))
    return None
