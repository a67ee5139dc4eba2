"""Keeps tasks running that are beside the path from message to alarm: none of them can stop it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from gateway.backoff import Backoff
from gateway.core.alarms.builtin import BuiltinRule

log = structlog.get_logger()

FIRST_RESTART_S, LAST_RESTART_S = 1.0, 60.0
WELL_AFTER_S = 60.0
"""A task that has run for so long runs well again."""

Report = Callable[[BuiltinRule, str | None], None]
"""Called in the event loop with a sentence when a task dies, and with None when it has run well again for a while."""


class Supervisor:
    """Restarts each of its tasks when it ends, with back-off, and reports that it does.

    At a start it also reports what runs well: an earlier run may have left an alarm.
    """

    def __init__(
        self,
        report: Report = lambda _rule, _detail: None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`sleep` and `monotonic` are in seconds, of the same clock."""
        self._report = report
        self._sleep = sleep
        self._monotonic = monotonic
        self._stopping = False
        self._rules: dict[str, BuiltinRule] = {}
        self.restarts: dict[str, int] = {}
        """How often each task was restarted since the start, by its name."""
        self.problems: dict[str, str] = {}
        """A sentence for each task that has died and has not run well since, by its name."""

    async def keep(
        self, name: str, task: Callable[[], Awaitable[None]], *, rule: BuiltinRule = BuiltinRule.TASK_FAILS
    ) -> None:
        """Run the task until cancelled, and again whenever it dies. After `stop` it may end.

        `rule` is that of the alarm when it dies. Tasks may share one.
        """
        self.restarts[name], self._rules[name] = 0, rule
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
            self._tell(rule)
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
        self._tell(self._rules[name])

    def _tell(self, rule: BuiltinRule) -> None:
        problems = [problem for name, problem in self.problems.items() if self._rules[name] is rule]
        self._report(rule, "; ".join(problems) or None)


def _first(error: BaseException | None) -> str:
    """What the error says; of a group, its first."""
    if error is None:
        return "it ended by itself"
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
