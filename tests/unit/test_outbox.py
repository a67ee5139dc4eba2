"""Every MQTT event reaches the broker at least once, in order, and is then forgotten."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from gateway import outbox as outbox_module
from gateway import parts
from gateway.core.kernel.changes import Changes, Publication
from gateway.errors import BrokerError, StoreError
from gateway.outbox import OutboxPublisher
from gateway.store.database import Database
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


def fill(database: Database, *topics: str, first: int = 1) -> list[Publication]:
    """Events on these topics, numbered from `first` on."""
    publications = [Publication(number, topic, b"{}") for number, topic in enumerate(topics, first)]
    Writer(database, parts.tables()).commit([Changes(publications=publications)])
    return publications


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


async def test_what_is_still_in_memory_is_not_read_back(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    read, reads = Outbox.read, list[int]()

    def noted(outbox: Outbox, *, after: int, most: int) -> list[Publication]:
        reads.append(after)
        return read(outbox, after=after, most=most)

    monkeypatch.setattr(Outbox, "read", noted)
    broker = Broker()
    fill(database, "a")
    async with publishing(database, broker) as publisher:
        await eventually(lambda: reads == [0, 1])
        publisher.notify(fill(database, "b", "c", first=2))
        await eventually(lambda: broker.published == ["a", "b", "c"])
        publisher.notify(fill(database, "d", first=4))
        await eventually(lambda: broker.published == ["a", "b", "c", "d"])
        assert reads == [0, 1]
        fill(database, "e", first=5)
        publisher.notify(fill(database, "f", first=6))
        await eventually(lambda: broker.published == ["a", "b", "c", "d", "e", "f"])
        assert reads[2] == 4


async def test_an_event_after_a_read_that_failed_does_not_wait_for_the_next_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.outbox._RETRY_STORE_AFTER_S", 0.001)
    read, reads = Outbox.read, list[int]()

    def failing(outbox: Outbox, *, after: int, most: int) -> list[Publication]:
        reads.append(after)
        if len(reads) == 2:
            raise StoreError("disk I/O error")
        return read(outbox, after=after, most=most)

    monkeypatch.setattr(Outbox, "read", failing)
    broker = Broker()
    async with publishing(database, broker) as publisher:
        await eventually(lambda: reads == [0])
        publisher.notify(fill(database, "fire", first=501))
        await eventually(lambda: broker.published == ["fire"])


@pytest.mark.parametrize(("events", "told"), [(1, False), (201, True)])
async def test_events_that_come_during_a_read_do_not_wait_for_the_next_one(
    database: Database, monkeypatch: pytest.MonkeyPatch, events: int, told: bool
) -> None:
    read, begun, go_on = Outbox.read, threading.Event(), threading.Event()

    def slow(outbox: Outbox, *, after: int, most: int) -> list[Publication]:
        found = read(outbox, after=after, most=most)
        begun.set()
        assert go_on.wait(10)
        return found

    monkeypatch.setattr(Outbox, "read", slow)
    broker = Broker()
    async with publishing(database, broker) as publisher:
        assert await asyncio.to_thread(begun.wait, 10)
        committed = fill(database, *(f"{number}" for number in range(events)))
        publisher.notify(committed if told else ())
        go_on.set()
        await eventually(lambda: len(broker.published) == events)


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_is_in_memory_every_event_is_published_and_none_overtakes_another(
    database: Database, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.outbox._MOST_IN_MEMORY", 8)
    monkeypatch.setattr("gateway.outbox._RECHECK_AFTER_S", 0.001)
    monkeypatch.setattr("gateway.outbox._CLEAR_AFTER_S", 0.001)
    monkeypatch.setattr("gateway.outbox._RETRY_STORE_AFTER_S", 0.001)
    chance, broker, following, read = random.Random(seed), Broker(), 1, Outbox.read

    def unsteady(outbox: Outbox, *, after: int, most: int) -> list[Publication]:
        if most == outbox_module._READ_AT_ONCE and chance.random() < 0.2:
            raise StoreError("disk I/O error")
        return read(outbox, after=after, most=most)

    monkeypatch.setattr(Outbox, "read", unsteady)
    async with publishing(database, broker) as publisher:
        for _ in range(40):
            count = chance.choice((1, 1, 2, 5, 12))
            events = fill(database, *(f"{number}" for number in range(following, following + count)), first=following)
            following += count + (chance.random() < 0.1)  # the store has refused one
            publisher.notify(events if chance.random() < 0.8 else ())
            broker.at_once = chance.random() < 0.7
            if chance.random() < 0.1:
                broker.lose_connection()
            if chance.random() < 0.5:
                broker.online = True
            for _ in range(chance.choice((0, 1, 3))):
                await asyncio.sleep(0)
            for done in broker.waiting if broker.online else ():
                done.set_result(None)
            broker.waiting = [done for done in broker.waiting if not done.done()]
        broker.online = broker.at_once = True
        for done in broker.waiting:
            done.set_result(None)
        await eventually(lambda: not left(database))
    first_times = list(dict.fromkeys(broker.published))
    assert first_times == sorted(first_times, key=int)


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
