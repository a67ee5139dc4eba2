"""Which messages the broker does not send again, because it has their acknowledgements."""

from __future__ import annotations

import asyncio
from typing import Protocol

_ASK_EVERY_S = 10.0
"""Each answer costs a commit. Until then, a new message with the words and the packet identifier of an acknowledged one
may be taken for its repetition."""


class Pinged(Protocol):
    """A connection that can ask the broker for an answer."""

    def ping(self) -> asyncio.Future[None]:
        """Ask; the future is done when the broker has answered, and cancelled when the connection is closed."""


class Settling:
    """Counts messages of all connections. All times are seconds of the event loop's clock.

    The broker reads what it is sent in order: when it answers a ping, it has the acknowledgements sent before.
    """

    def __init__(self) -> None:
        self._acknowledged = 0
        """Messages since the start."""
        self._settled = -1
        """Those that the broker does not send again; -1 while it may send what an earlier run has read."""
        self._asked: tuple[int, asyncio.Future[None]] | None = None
        """How many were acknowledged before the ping that is not answered yet, and its answer."""
        self._ask_at = 0.0
        """0 before `watch` was first called."""

    def end_connection(self) -> None:
        """The connection is closed. Acknowledgements that were on their way may be lost."""
        self._asked = None

    def acknowledge(self, messages: int) -> None:
        """So many more were acknowledged, in the order in which they came."""
        self._acknowledged += messages

    def watch(self, connection: Pinged, now: float, *, hears: bool) -> int | None:
        """How many of the first messages the broker does not send again, once that is known anew.

        It is asked only while the gateway hears: all that was not acknowledged on earlier connections, or in an earlier
        run, has then come again, and is acknowledged as a later message. Call it every second.
        """
        self._ask_at = self._ask_at or now + _ASK_EVERY_S
        if self._asked is not None:
            count, answer = self._asked
            if not answer.done():
                return None
            self._asked, self._settled = None, count
            return count
        if hears and self._acknowledged > self._settled and now >= self._ask_at:
            self._ask_at = now + _ASK_EVERY_S
            self._asked = self._acknowledged, connection.ping()
        return None
