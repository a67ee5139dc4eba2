"""The heartbeat is heard while the gateway is ready, and only then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from structlog.testing import capture_logs

from gateway.channels.heartbeat import Heartbeat
from gateway.core.kernel.times import MINUTE

URL = "https://watch.example.org/ping"


async def run(
    ready: list[bool], answers: list[int | Exception | AsyncIterator[bytes]]
) -> tuple[list[str], list[float]]:
    """What is asked for, and how long is waited, until the list of readiness is used up."""
    asked: list[str] = []
    waited: list[float] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer) if isinstance(answer, int) else httpx.Response(200, content=answer)

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        if not ready:
            raise asyncio.CancelledError

    beat = Heartbeat(
        URL,
        MINUTE,
        lambda: ready.pop(0),
        client=lambda: httpx.AsyncClient(transport=httpx.MockTransport(handle)),
        sleep=sleep,
    )
    with pytest.raises(asyncio.CancelledError):
        await beat.run()
    return asked, waited


async def test_the_url_is_asked_for_every_minute_while_the_gateway_is_ready() -> None:
    asked, waited = await run([True, False, False, True], [200, 200])
    assert asked == [URL, URL]
    assert waited == [60.0] * 4


async def test_a_watcher_that_does_not_answer_is_logged_once_and_asked_again() -> None:
    with capture_logs() as lines:
        asked, _ = await run([True] * 4, [httpx.ConnectError("no route"), 500, 200, 200])
    assert len(asked) == 4
    assert [line["event"] for line in lines] == [
        "the watcher of the heartbeat does not answer",
        "the watcher of the heartbeat answers again",
    ]


async def test_an_answer_without_end_is_not_read() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"pong" * 1000
            await asyncio.sleep(0)

    asked, waited = await asyncio.wait_for(run([True, True], [endless(), 200]), 5)
    assert (len(asked), len(waited)) == (2, 2)


async def test_without_a_url_nothing_is_asked_and_the_task_goes_on() -> None:
    beating = asyncio.create_task(Heartbeat(None, MINUTE, lambda: True).run())
    await asyncio.sleep(0)
    assert not beating.done()
    beating.cancel()
