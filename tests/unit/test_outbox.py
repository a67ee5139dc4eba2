"""Every MQTT event reaches the broker at least once, in order, and is then forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from gateway import parts
from gateway.core.kernel.changes import Changes, Publication
from gateway.errors import BrokerError
from gateway.outbox import OutboxPublisher
from gateway.store.database import Database, open_database
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
        self.quarantined: list[str] = []
        self.refuses = ""
        """A topic that it can never take."""

    def publish(self, topic: str, payload: bytes) -> asyncio.Future[None]:
        if topic == self.refuses:
            raise ValueError("Publish topic cannot contain wildcards.")
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
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(tmp_path)
    yield database
    database.close()


def fill(database: Database, *topics: str, first: int = 1) -> None:
    """Events on these topics, numbered from `first` on."""
    publications = [Publication(number, topic, b"{}") for number, topic in enumerate(topics, first)]
    Writer(database, parts.tables()).commit([Changes(publications=publications)])


async def here(function: Callable[[], None]) -> None:
    function()


@asynccontextmanager
async def publishing(database: Database, broker: Broker) -> AsyncIterator[OutboxPublisher]:
    publisher = OutboxPublisher(
        Outbox(database), broker, run_in_writer=here, quarantine=lambda event, _: broker.quarantined.append(event.topic)
    )
    task = asyncio.create_task(publisher.run())
    try:
        yield publisher
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def left(database: Database) -> list[str]:
    return [publication.topic for publication in Outbox(database).read(after=0, most=10_000)]


async def test_what_is_there_and_what_comes_is_published_in_order_and_cleared(database: Database) -> None:
    fill(database, "a", "b")
    broker = Broker()
    async with publishing(database, broker) as publisher:
        await eventually(lambda: not left(database))
        fill(database, "c", first=3)
        publisher.notify()
        await eventually(lambda: not left(database))
    assert broker.published == ["a", "b", "c"]


async def test_nothing_is_cleared_before_the_broker_has_acknowledged(database: Database) -> None:
    fill(database, "a", "b")
    broker = Broker()
    broker.at_once = False
    async with publishing(database, broker) as publisher:
        await eventually(lambda: publisher.backlog == 2)
        broker.waiting.pop().set_result(None)
        await eventually(lambda: left(database) == ["a"])
        assert publisher.backlog == 1


async def test_after_a_lost_connection_what_was_not_acknowledged_goes_again(database: Database) -> None:
    fill(database, "a", "b")
    broker = Broker()
    broker.at_once = False
    async with publishing(database, broker) as publisher:
        await eventually(lambda: publisher.backlog == 2)
        broker.lose_connection()
        fill(database, "c", first=3)
        await eventually(lambda: publisher.backlog == 3, what="the backlog to be known while the broker is away")
        broker.at_once = broker.online = True
        await eventually(lambda: not left(database))
    assert broker.published == ["a", "b", "a", "b", "c"]


async def test_a_long_outbox_is_published_without_all_of_it_under_way_at_once(database: Database) -> None:
    fill(database, *(f"{number}" for number in range(3_000)))
    broker = Broker()
    broker.at_once = False
    async with publishing(database, broker) as publisher:
        await eventually(lambda: publisher.backlog >= 200)
        most = 0
        while left(database):
            most = max(most, publisher.backlog)
            for done in broker.waiting:
                done.set_result(None)
            broker.waiting.clear()
            await asyncio.sleep(0)
    assert most <= 700
    assert broker.published == [f"{number}" for number in range(3_000)]


async def test_an_event_that_can_never_be_published_does_not_stop_those_behind_it(database: Database) -> None:
    broker = Broker()
    broker.refuses = "b/+"
    fill(database, "a", "b/+", "c")
    async with publishing(database, broker):
        await eventually(lambda: Outbox(database).count() == 0)
    assert (broker.published, broker.quarantined) == (["a", "c"], ["b/+"])


async def test_a_publisher_that_died_goes_on_without_skipping_or_doubling_an_event(database: Database) -> None:
    broker = Broker()
    broker.at_once = False
    fill(database, "a", "b", "c")
    publish = broker.publish

    def dying(topic: str, payload: bytes) -> asyncio.Future[None]:
        if topic == "b" and len(broker.published) == 1:
            broker.published.append("(died)")
            raise ZeroDivisionError
        return publish(topic, payload)

    broker.publish = dying  # type: ignore[method-assign]
    publisher = OutboxPublisher(Outbox(database), broker, run_in_writer=here, quarantine=lambda *_: None)
    with pytest.raises(ExceptionGroup):
        await publisher.run()
    task = asyncio.create_task(publisher.run())
    await eventually(lambda: len(broker.waiting) == 3)
    for done in broker.waiting:
        done.set_result(None)
    await eventually(lambda: Outbox(database).count() == 0)
    task.cancel()
    await asyncio.wait({task})
    assert broker.published == ["a", "(died)", "b", "c"]
