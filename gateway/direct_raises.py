"""Publishes life-safety raises directly while the store cannot record them: no disk may keep a fire to itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

import msgspec
import structlog

from gateway.core.kernel.changes import Publication
from gateway.outbox import Publisher

log = structlog.get_logger()

STALLED_AFTER_S = 2.0
"""When the oldest change has waited for so long, the store does not work: a commit hangs, or fails again and again."""
_LOOK_EVERY_S = 0.2
_MOST_LOST = 1000


class DirectRaises:
    """Publishes each such raise once, marked as not yet recorded; the outbox has it again once it is on disk."""

    def __init__(
        self,
        publisher: Publisher,
        *,
        waited_s: Callable[[], float],
        unrecorded: Callable[[], Iterable[Publication]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """
        Args:
            waited_s: for how long the oldest change has waited to be on disk.
            unrecorded: the MQTT events that are not yet on disk, in their order.
            sleep: in seconds.
        """
        self._publisher = publisher
        self._waited_s = waited_s
        self._unrecorded = unrecorded
        self._sleep = sleep
        self._done: set[int] = set()
        """The unrecorded events that need not be looked at again, by number."""
        self._lost: list[Publication] = []
        self.published = 0
        """Raises that the broker has acknowledged since the start."""

    def add_lost(self, event: Publication) -> None:
        """Publish an event that the store will never hold. Of many, the latest are tried."""
        self._lost = [*self._lost, event][-_MOST_LOST:]

    async def run(self) -> None:
        """Look for such raises until cancelled."""
        while True:
            await self._sleep(_LOOK_EVERY_S)
            if not self._publisher.online:
                continue
            lost, self._lost = self._lost, []
            for event in lost:
                try:
                    done = self._publisher.publish(event.topic, event.payload)
                except ValueError as error:  # it never can be; the quarantine has it
                    log.warning("a lost event cannot be published", topic=event.topic, error=str(error))
                else:
                    done.add_done_callback(partial(self._settle_lost, event))
            if self._waited_s() >= STALLED_AFTER_S:
                self._publish_raises()
            elif self._done:
                self._done.clear()

    def _publish_raises(self) -> None:
        events = [*self._unrecorded()]
        self._done.intersection_update([event.number for event in events])
        for event in events:
            if event.number in self._done:
                continue
            self._done.add(event.number)
            payload = unrecorded_copy(event.payload)
            if payload is not None:
                log.error("a life-safety alarm is published before it is on disk", topic=event.topic)
                done = self._publisher.publish(event.topic, payload)
                done.add_done_callback(partial(self._settle, event.number))

    def _settle(self, number: int, done: asyncio.Future[Any]) -> None:
        if done.cancelled() or done.exception() is not None:
            self._done.discard(number)  # again, when the broker is back
        else:
            self.published += 1

    def _settle_lost(self, event: Publication, done: asyncio.Future[Any]) -> None:
        if done.cancelled() or done.exception() is not None:
            self.add_lost(event)


def unrecorded_copy(payload: bytes) -> bytes | None:
    """The event of a life-safety raise, marked as not yet recorded; None when the payload is none."""
    if b'"life_safety":true' not in payload:
        return None
    content = msgspec.json.decode(payload, type=dict[str, Any])
    if content.get("step") != "raise" or content.get("life_safety") is not True:
        return None
    return msgspec.json.encode(content | {"alarm": None, "ticket": None, "recorded": False})
