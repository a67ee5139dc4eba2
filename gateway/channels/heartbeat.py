"""Asks for a URL again and again while the gateway is ready, so that somebody outside notices when it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import structlog

from gateway.channels.webhook import make_client
from gateway.core.kernel.times import SECOND, Micros

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger()

_WITHIN_S = 10.0


class Heartbeat:
    """Who watches the URL raises the alarm when nobody has asked for it for long: the gateway itself cannot."""

    def __init__(
        self,
        url: str | None,
        every: Micros,
        is_ready: Callable[[], bool],
        *,
        client: Callable[[], httpx.AsyncClient] = lambda: make_client(_WITHIN_S),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """
        Args:
            url: None where there is nobody to watch it.
            is_ready: whether telemetry is received and kept.
            client: makes what asks.
            sleep: in seconds.
        """
        self._url, self._every_s, self._is_ready = url, every / SECOND, is_ready
        self._client, self._sleep = client, sleep
        self._is_failing = False

    async def run(self) -> None:
        """Ask until cancelled."""
        if self._url is None:
            await asyncio.Event().wait()
            return
        async with await asyncio.to_thread(self._client) as client:
            while True:
                if self._is_ready():
                    await self._ask(client, self._url)
                await self._sleep(self._every_s)

    async def _ask(self, client: httpx.AsyncClient, url: str) -> None:
        """The answer is for nobody; one that says no is logged once."""
        import httpx

        try:
            async with asyncio.timeout(_WITHIN_S), client.stream("GET", url) as answer:  # of which no more is read
                problem = "" if answer.is_success else f"HTTP {answer.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            problem = f"{type(error).__name__}: {error}".rstrip(": ")
        if problem and not self._is_failing:
            log.warning("the watcher of the heartbeat does not answer", error=problem)
        elif self._is_failing and not problem:
            log.info("the watcher of the heartbeat answers again")
        self._is_failing = bool(problem)
