"""Every MQTT event reaches the broker at least once, in order, and is then forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.core.outcomes import Notice, Outcome
from gateway.errors import BrokerError
from gateway.outbox import Postman
from gateway.store.database import open_database
from gateway.store.outbox import Outbox
from gateway.store.writer import Writer
from tests.servers import eventually


class Broker:
    """Acknowledges at once, or when told to, or loses the connection."""

    def __init__(self) -> None:
        self.online = True
        self.at_once = True
        self.published: list[str] = []
        self.waiting: list[asyncio.Future[None]] = []

    def publish(self, topic: str, payload: bytes) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.published.append(topic)
        if self.at_once:
            done.set_result(None)
        else:
            self.waiting.append(done)
        return done

    def lose_connection(self) -> None:
        self.online = False
        for done in self.waiting:
            done.set_exception(BrokerError("lost"))
        self.waiting.clear()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path)
    yield engine
    engine.dispose()


def fill(engine: Engine, *topics: str) -> None:
    outcome = Outcome(first_message=1, notices=[Notice(topic, b"{}") for topic in topics])
    Writer(engine).commit([outcome])


async def here(function: Callable[[], None]) -> None:
    function()


@asynccontextmanager
async def postman(engine: Engine, broker: Broker) -> AsyncIterator[Postman]:
    postman = Postman(Outbox(engine), broker, run_in_writer=here)
    task = asyncio.create_task(postman.run())
    try:
        yield postman
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def left(engine: Engine) -> list[str]:
    return [letter.topic for letter in Outbox(engine).read(after=0, most=10_000)]


async def test_what_is_there_and_what_comes_is_published_in_order_and_cleared(engine: Engine) -> None:
    fill(engine, "a", "b")
    broker = Broker()
    async with postman(engine, broker) as carrier:
        await eventually(lambda: not left(engine))
        fill(engine, "c")
        carrier.notify()
        await eventually(lambda: not left(engine))
    assert broker.published == ["a", "b", "c"]


async def test_nothing_is_cleared_before_the_broker_has_acknowledged(engine: Engine) -> None:
    fill(engine, "a", "b")
    broker = Broker()
    broker.at_once = False
    async with postman(engine, broker) as carrier:
        await eventually(lambda: carrier.backlog == 2)
        broker.waiting.pop().set_result(None)
        await eventually(lambda: left(engine) == ["a"])
        assert carrier.backlog == 1


async def test_after_a_lost_connection_what_was_not_acknowledged_goes_again(engine: Engine) -> None:
    fill(engine, "a", "b")
    broker = Broker()
    broker.at_once = False
    async with postman(engine, broker) as carrier:
        await eventually(lambda: carrier.backlog == 2)
        broker.lose_connection()
        fill(engine, "c")
        await eventually(lambda: carrier.backlog == 3, what="the backlog to be known while the broker is away")
        broker.at_once = broker.online = True
        await eventually(lambda: not left(engine))
    assert broker.published == ["a", "b", "a", "b", "c"]


async def test_a_long_outbox_is_published_without_all_of_it_under_way_at_once(engine: Engine) -> None:
    fill(engine, *(f"{number}" for number in range(3_000)))
    broker = Broker()
    broker.at_once = False
    async with postman(engine, broker) as carrier:
        await eventually(lambda: carrier.backlog >= 1_000)
        most = 0
        while left(engine):
            most = max(most, carrier.backlog)
            for done in broker.waiting:
                done.set_result(None)
            broker.waiting.clear()
            await asyncio.sleep(0)
    assert most <= 1_500
    assert broker.published == [f"{number}" for number in range(3_000)]
