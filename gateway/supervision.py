"""Keeps tasks running that are beside the path from message to alarm: none of them can stop it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from gateway.backoff import Backoff

log = structlog.get_logger()

FIRST_RESTART_S, LAST_RESTART_S = 1.0, 60.0
WELL_AFTER_S = 60.0
"""A task that has run for so long runs well again."""

Report = Callable[[str, str], None]
"""Called in the event loop with a kind of trouble and a sentence; with an empty one when it is over."""


class Supervisor:
    """Restarts each of its tasks when it ends, with back-off, and reports that it does."""

    def __init__(
        self,
        report: Report = lambda _kind, _detail: None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`sleep` and `monotonic` are in seconds, of the same clock."""
        self._report = report
        self._sleep = sleep
        self._monotonic = monotonic
        self._stopping = False
        self.restarts: dict[str, int] = {}
        """How often each task was restarted since the start, by its name."""
        self.problems: dict[str, str] = {}
        """A sentence for each task that has died and has not run well since, by its name."""

    async def keep(self, name: str, task: Callable[[], Awaitable[None]]) -> None:
        """Run the task until cancelled, and again whenever it dies. After `stop` it may end."""
        self.restarts[name] = 0
        backoff = Backoff(FIRST_RESTART_S, LAST_RESTART_S)
        while True:
            recovery = asyncio.ensure_future(self._recover(name, backoff))
            died: Exception | None = None
            try:
                await task()
            except Exception as error:  # whatever it is: the other tasks go on, and people are told
                died = error
            finally:
                recovery.cancel()
            if died is None and self._stopping:
                return
            log.error("a task died, it is restarted", task=name, exc_info=died)
            self.restarts[name] += 1
            self.problems[name] = f"the {name} fails and is restarted: {_first(died)}"
            self._report(f"{name.replace(' ', '-')}-fails", self.problems[name])
            await self._sleep(backoff.next_delay())

    def stop(self) -> None:
        """Let tasks end."""
        self._stopping = True

    async def _recover(self, name: str, backoff: Backoff) -> None:
        """The task runs well when it has done so for a while."""
        begun = self._monotonic()
        while (left := begun + WELL_AFTER_S - self._monotonic()) > 0:
            await self._sleep(left)
        backoff.reset()
        if self.problems.pop(name, ""):
            log.info("a task runs well again", task=name)
            self._report(f"{name.replace(' ', '-')}-fails", "")


def _first(error: BaseException | None) -> str:
    """What the error says; of a group, its first."""
    if error is None:
        return "it ended by itself"
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
