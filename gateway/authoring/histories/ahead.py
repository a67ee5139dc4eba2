"""The messages that are still to be heard, as batches for the engine that end before the next delay."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from gateway.core.kernel.times import Micros
from gateway.core.telemetry.readings import Message

_MOST_AT_ONCE = 4_000
"""Messages in one batch."""


class Ahead:
    """The messages of a history in the order of time."""

    def __init__(self, messages: Iterator[Message]) -> None:
        self._messages = messages
        self._next = next(messages, None)
        self.last: Message | None = None
        """The latest that was heard."""

    @property
    def next_at(self) -> Micros | None:
        """When the next message is sent; None when there is none."""
        return None if self._next is None else self._next.received

    def until(self, time: Micros) -> Iterator[Message]:
        """All that are sent until then."""
        message = self._next
        while message is not None and message.received <= time:
            self._next = next(self._messages, None)
            yield message
            message = self._next

    def batch(self, time: Micros, next_due: Callable[[], Micros | None], *, set_by: Micros) -> Iterator[Message]:
        """Those that are sent until then, as long as no delay ends before the next one.

        The engine reads one after the other, so what a message has begun is known before the next is given out.

        Args:
            time: the true time.
            next_due: when the next delay ends, by the clock of the gateway.
            set_by: by how much that clock shows more than the true time.
        """
        message, left = self._next, _MOST_AT_ONCE
        following = self._messages
        while message is not None and message.received <= time and left:
            due = next_due()
            if due is not None and due < message.received + set_by:
                break
            left -= 1
            self.last = message
            self._next = next(following, None)
            yield replace(message, received=message.received + set_by) if set_by else message
            message = self._next
