"""Holds up reading while much of what was read waits to be made durable: it would only take memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

MOST_PENDING = 4_000
"""Messages that were handed out and not acknowledged, beyond which reading is held up. A broker such as
`deploy/mosquitto` is told to wait at 1,000, but Mosquitto 2.0.11 under load sends many more."""
HELD_FOR_S = 0.1
"""The longest at a time. A store that takes longer is slow or in trouble: then all that comes is read, so that people
are told of it, and the pipeline pauses at its own limit."""


class Hold:
    """Begins beyond the limit, and ends at half of it or after a moment; then not again before an acknowledgement."""

    def __init__(self, go_on: Callable[[], None]) -> None:
        """`go_on` is called when reading goes on by itself."""
        self._go_on = go_on
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._is_spent = False

    @property
    def is_on(self) -> bool:
        """Whether nothing is to be read."""
        return self._timer is not None

    def begin(self, pending: int) -> bool:
        """Begin if so many messages are pending; returns whether reading is held up."""
        if self._timer is None and pending > MOST_PENDING and not self._is_spent:
            self._timer = self._loop.call_later(HELD_FOR_S, self._give_up)
        return self.is_on

    def acknowledge(self, pending: int) -> None:
        """Some messages were acknowledged, and so many are pending."""
        self._is_spent = False
        if self.is_on and pending <= MOST_PENDING // 2:
            self.end()
            self._go_on()

    def end(self) -> None:
        """End it, if it is on."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _give_up(self) -> None:
        self._is_spent = True
        self.end()
        self._go_on()
