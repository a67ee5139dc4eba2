"""While the store cannot record a life-safety raise, people are told of it directly, once."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway import direct_raises
from gateway.clock import Clock
from gateway.core.kernel.changes import Changes, Publication
from gateway.direct_raises import DirectRaises, unrecorded_copy
from gateway.errors import BrokerError, StoreError
from gateway.pipeline import Pipeline
from gateway.store.writer import Refusal
from tests.servers import eventually
from tests.unit.core.sites import Bench, rule_spec


class Disk:
    """Stands in for the store: its commits hang, or fail, as long as the test wants."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        """The MQTT events that were committed."""
        self.works = threading.Event()
        self.problem = ""

    def commit(self, group: Sequence[Changes]) -> None:
        if self.problem:
            raise StoreError(self.problem)
        assert self.works.wait(20)
        self.events += [json.loads(event.payload) for changes in group for event in changes.publications]

    def salvage(self, changes: Changes, quarantined: Callable[[Sequence[Refusal]], Changes]) -> Sequence[Refusal]:
        raise NotImplementedError("this disk refuses nothing for good")


class Broker:
    """Stands in for the link: acknowledges at once, unless it is away."""

    def __init__(self) -> None:
        self.online = True
        self.loses = 0
        """So many events are lost with the connection."""
        self.published: list[tuple[str, dict[str, Any]]] = []

    def publish(self, topic: str, payload: bytes) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.loses:
            self.loses -= 1
            done.set_exception(BrokerError("lost"))
        else:
            self.published.append((topic, json.loads(payload)))
            done.set_result(None)
        return done


class Rig:
    """A pipeline whose disk does not work, and the direct way beside it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, life_safety: bool = True) -> None:
        monkeypatch.setattr(direct_raises, "STALLED_AFTER_S", 0.05)
        monkeypatch.setattr("gateway.commits.FIRST_RETRY_S", 0.01)
        self.bench = Bench(rule_spec(life_safety=life_safety))
        self.disk, self.broker = Disk(), Broker()
        self.pipeline = Pipeline(self.bench.engine, self.disk, clock=Clock(), committed=lambda _: None)
        self.looks = 0
        self.direct = DirectRaises(
            self.broker,
            waited_s=lambda: self.pipeline.commits.waited_s,
            unrecorded=self.pipeline.commits.unrecorded,
            sleep=self._sleep,
        )

    async def _sleep(self, _seconds: float) -> None:
        self.looks += 1
        await asyncio.sleep(0.005)

    async def a_few_looks_later(self) -> None:
        until = self.looks + 5
        await eventually(lambda: self.looks >= until)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self.pipeline.commits.run()), asyncio.create_task(self.direct.run())]
        try:
            yield
        finally:
            self.disk.works.set()
            self.disk.problem = ""
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def receive(self, at_s: float, device: str = "p1", *, pressure: float) -> None:
        self.pipeline.receive([self.bench.message(device, at_s, pressure=pressure)])

    def fix_disk(self) -> None:
        self.disk.problem = ""
        self.disk.works.set()


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    return Rig(monkeypatch)


@pytest.mark.parametrize("problem", ["", "the disk is full"], ids=["hangs", "fails"])
async def test_a_raise_that_cannot_be_recorded_is_published_directly_and_recorded_once_afterwards(
    rig: Rig, problem: str
) -> None:
    rig.disk.problem = problem
    async with rig.running():
        rig.receive(0, pressure=0.01)
        await eventually(lambda: rig.broker.published)
        assert rig.disk.events == []
        rig.fix_disk()
        await eventually(lambda: rig.disk.events)
        await rig.a_few_looks_later()
    ((topic, direct),) = rig.broker.published
    recorded, _of_ticket = rig.disk.events
    assert topic == "gateway/s1/alarms/p1/low-pressure"
    assert (direct["alarm"], direct["ticket"], direct["recorded"]) == (None, None, False)
    assert (recorded["alarm"], recorded["ticket"], recorded["recorded"]) == (1, 1, True)
    assert direct["key"] == recorded["key"] == "low-pressure/device:p1/1/2027-01-15T08:00:00.000Z"
    assert {**direct, "alarm": 1, "ticket": 1, "recorded": True} == recorded
    assert rig.direct.published == 1


async def test_each_raise_is_published_and_nothing_else(rig: Rig) -> None:
    async with rig.running():
        rig.receive(0, pressure=0.01)
        rig.receive(1, pressure=0.5)
        rig.receive(2, pressure=0.01)
        rig.receive(3, "p2", pressure=0.01)
        await eventually(lambda: len(rig.broker.published) == 3)
        await rig.a_few_looks_later()
    events = [event for _, event in rig.broker.published]
    assert [(event["device"], event["step"]) for event in events] == [("p1", "raise"), ("p1", "raise"), ("p2", "raise")]
    assert len({event["key"] for event in events}) == 3


async def test_once_the_store_is_known_to_fail_a_raise_does_not_wait(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    async with rig.running():
        rig.receive(0, pressure=0.5)
        await eventually(lambda: rig.pipeline.commits.waited_s > 0.05)
        monkeypatch.setattr(direct_raises, "STALLED_AFTER_S", rig.pipeline.commits.waited_s)
        rig.receive(1, pressure=0.01)
        await eventually(lambda: rig.broker.published)


async def test_an_alarm_that_is_not_about_lives_waits_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, life_safety=False)
    async with rig.running():
        rig.receive(0, pressure=0.01)
        await eventually(lambda: rig.pipeline.commits.waited_s > 0.1)
        await rig.a_few_looks_later()
        assert rig.broker.published == []


async def test_while_commits_work_nothing_is_published_directly(rig: Rig) -> None:
    rig.fix_disk()
    async with rig.running():
        rig.receive(0, pressure=0.01)
        await eventually(lambda: rig.disk.events)
        await rig.a_few_looks_later()
    assert (rig.broker.published, rig.pipeline.commits.waited_s) == ([], 0)


async def test_without_the_broker_it_is_published_when_that_is_back(rig: Rig) -> None:
    rig.broker.online = False
    rig.broker.loses = 2
    async with rig.running():
        rig.receive(0, pressure=0.01)
        await eventually(lambda: rig.pipeline.commits.waited_s > 0.1)
        assert rig.broker.published == []
        rig.broker.online = True
        await eventually(lambda: len(rig.broker.published) == 1)
    assert rig.broker.loses == 0


async def test_an_event_that_the_store_refuses_for_good_is_published_as_it_is(rig: Rig) -> None:
    rig.fix_disk()
    rig.broker.loses = 1
    async with rig.running():
        rig.direct.add_lost(Publication(1, "gateway/s1/alarms/p1/low-pressure", b'{"alarm":1}'))
        await eventually(lambda: rig.broker.published)
    assert rig.broker.published == [("gateway/s1/alarms/p1/low-pressure", {"alarm": 1})]


async def test_a_lost_event_that_never_can_be_published_costs_no_other(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.fix_disk()
    publish = rig.broker.publish

    def refusing(topic: str, payload: bytes) -> asyncio.Future[None]:
        if "+" in topic:
            raise ValueError("a topic with a wildcard")
        return publish(topic, payload)

    monkeypatch.setattr(rig.broker, "publish", refusing)
    async with rig.running():
        rig.direct.add_lost(Publication(1, "gateway/s1/alarms/+/low-pressure", b'{"alarm":1}'))
        rig.direct.add_lost(Publication(2, "gateway/s1/alarms/p2/low-pressure", b'{"alarm":2}'))
        await eventually(lambda: rig.broker.published)
    assert rig.broker.published == [("gateway/s1/alarms/p2/low-pressure", {"alarm": 2})]


@pytest.mark.parametrize(
    "payload",
    [
        b"\x08\x01",
        b'{"life_safety":true,"step":"return"}',
        b'{"life_safety":false,"step":"raise"}',
        b'{"step":"raise","values":{"note":"\\"life_safety\\":true"}}',
    ],
)
def test_what_is_no_life_safety_raise_has_no_copy(payload: bytes) -> None:
    assert unrecorded_copy(payload) is None
