"""The garbage collector looks at everything when nothing waits."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Iterator

import pytest

from gateway.collector import AT_LEAST_EVERY, EVERY_S, Collector


class Minutes:
    """A run of the first minute and so many others, each with whether the gateway is busy at its end."""

    def __init__(self, *busy: bool) -> None:
        self.busy = iter(busy)
        self.did: list[str] = []
        self.collector = Collector(
            lambda: next(self.busy),
            collect=lambda: self.did.append("collect"),
            freeze=lambda: self.did.append("freeze"),
            sleep=self.sleep,
        )
        self.left = 1 + len(busy)

    async def sleep(self, seconds: float) -> None:
        assert seconds == EVERY_S
        if not self.left:
            raise asyncio.CancelledError
        self.left -= 1
        self.did.append("wait")

    async def pass_by(self) -> list[str]:
        with contextlib.suppress(asyncio.CancelledError):
            await self.collector.run()
        return self.did


@pytest.fixture
def thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


async def test_it_leaves_out_what_the_first_minute_made_and_then_collects_once_a_minute() -> None:
    assert await Minutes(False, False).pass_by() == ["wait", "freeze", "wait", "collect", "wait", "collect"]


async def test_it_waits_while_the_gateway_is_busy_but_not_for_ever() -> None:
    assert await Minutes(True, True, False).pass_by() == ["wait", "freeze", "wait", "wait", "wait", "collect"]
    did = await Minutes(*[True] * AT_LEAST_EVERY).pass_by()
    assert did == ["wait", "freeze", *["wait"] * AT_LEAST_EVERY, "collect"]


def test_after_the_start_nothing_but_the_minute_makes_it_look_at_everything(thresholds: None) -> None:
    minutes = Minutes()
    minutes.collector.begin()
    assert minutes.did == ["collect", "freeze"]
    before = gc.get_stats()[2]["collections"]
    kept = [[number] for number in range(200_000)]
    assert gc.get_stats()[2]["collections"] == before
    assert len(kept) == 200_000
