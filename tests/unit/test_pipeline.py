"""Nothing is acknowledged before it is durable, and what fails is tried again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from structlog.testing import capture_logs

from gateway import parts
from gateway.clock import Clock
from gateway.core.alarms.actions import Acknowledge
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.errors import UnknownAlarm
from gateway.core.kernel.times import HOUR, Micros
from gateway.core.telemetry.decoding.flat import FlatDecoder
from gateway.core.telemetry.readings import Message
from gateway.errors import StoreError
from gateway.pipeline import MOST_UNCOMMITTED, Pipeline, Receipt
from gateway.store.writer import Refusal
from tests.unit.core.sites import Bench, Seen, at, checkpoint_after, rule_spec, states


class Disk:
    """A writer in memory, which the test can hold up or break."""

    def __init__(self) -> None:
        self.commits: list[list[Changes]] = []
        self.full = 0
        """So many commits fail."""
        self.open = threading.Event()
        self.open.set()

    def commit(self, group: Sequence[Changes]) -> None:
        assert self.open.wait(10)
        if self.full:
            self.full -= 1
            raise StoreError("the disk is full")
        self.commits.append(list(group))

    def salvage(self, changes: Changes, quarantined: Callable[[Sequence[Refusal]], Changes]) -> Sequence[Refusal]:
        raise NotImplementedError("this disk refuses nothing for good")


class Wire:
    """A source that remembers what was acknowledged."""

    def __init__(self) -> None:
        self.acknowledged: list[Receipt] = []
        self.paused = False
        self.online = True

    def acknowledge(self, receipts: Sequence[Receipt]) -> None:
        self.acknowledged.extend(receipts)

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False


class Rig:
    """A pipeline between a disk and a wire."""

    def __init__(self) -> None:
        self.bench = Bench(rule_spec())
        self.disk, self.wire = Disk(), Wire()
        self.committed: asyncio.Queue[list[Changes]] = asyncio.Queue()
        self.pipeline = Pipeline(
            self.bench.engine,
            self.disk,
            clock=Clock(),
            committed=lambda group: self.committed.put_nowait([*group]),
        )
        self.pipeline.attach(self.wire)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    task = asyncio.create_task(rig.pipeline.run())
    yield rig
    rig.disk.open.set()
    rig.pipeline.stop()
    await task


async def test_a_message_is_acknowledged_after_its_commit_and_not_before(rig: Rig) -> None:
    rig.disk.open.clear()
    message = rig.bench.message("p1", 0, pressure=0.5)
    rig.pipeline.receive([message])
    await asyncio.sleep(0)
    assert (rig.disk.commits, rig.wire.acknowledged) == ([], [])
    rig.disk.open.set()
    await rig.committed.get()
    assert rig.wire.acknowledged == [(message.connection, message.packet_id)]


async def test_what_arrives_during_a_commit_forms_the_next_group(rig: Rig) -> None:
    rig.disk.open.clear()
    rig.pipeline.receive([rig.bench.message("p1", 0, pressure=0.5)])
    await asyncio.sleep(0)
    for second in range(1, 4):
        rig.pipeline.receive([rig.bench.message("p1", second, pressure=0.5)])
    rig.disk.open.set()
    await rig.committed.get()
    await rig.committed.get()
    assert [len(group) for group in rig.disk.commits] == [1, 3]


async def test_a_failed_commit_is_tried_again_while_its_messages_stay_unacknowledged(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems = []
    monkeypatch.setattr("gateway.pipeline.FIRST_RETRY_S", 0.0)
    rig.disk.full = 3
    original = rig.disk.commit

    def commit(group: Sequence[Changes]) -> None:
        problems.append((rig.pipeline.problem, len(rig.wire.acknowledged)))
        original(group)

    monkeypatch.setattr(rig.disk, "commit", commit)
    rig.pipeline.receive([rig.bench.message("p1", 0, pressure=0.5)])
    await rig.committed.get()
    assert problems == [("", 0), *[("the disk is full", 0)] * 3]
    assert (rig.pipeline.problem, len(rig.wire.acknowledged)) == ("", 1)


async def test_an_persons_action_is_durable_when_it_returns(rig: Rig) -> None:
    rig.pipeline.receive([rig.bench.message("p1", 0, pressure=0.01)])
    await rig.pipeline.act(Acknowledge(alarm=1, by="Li Wei"))
    records = [record for group in rig.disk.commits for changes in group for record in changes.parts["alarms"]]
    assert records[-1].acknowledged_by == "Li Wei"


async def test_an_action_that_cannot_be_done_is_rejected_at_once(rig: Rig) -> None:
    with pytest.raises(UnknownAlarm):
        await rig.pipeline.act(Acknowledge(alarm=1, by="Li Wei"))


async def test_reading_pauses_while_too_much_is_not_yet_on_disk(rig: Rig) -> None:
    rig.disk.open.clear()
    batch = [Message("site/s1/nobody", b"{}", 1, 0)] * (MOST_UNCOMMITTED + 1)
    rig.pipeline.receive(batch)
    assert rig.wire.paused
    rig.disk.open.set()
    await rig.committed.get()
    assert not rig.wire.paused


async def test_stopping_commits_and_acknowledges_what_was_received() -> None:
    rig = Rig()
    rig.pipeline.receive([rig.bench.message("p1", 0, pressure=0.5)])
    rig.pipeline.stop()
    await asyncio.wait_for(rig.pipeline.run(), 5)
    assert len(rig.wire.acknowledged) == 1


async def test_stopping_with_a_broken_store_leaves_the_messages_to_the_broker() -> None:
    rig = Rig()
    rig.disk.full = 1000
    rig.pipeline.receive([rig.bench.message("p1", 0, pressure=0.5)])
    rig.pipeline.stop()
    await asyncio.wait_for(rig.pipeline.run(), 5)
    assert rig.wire.acknowledged == []


async def test_what_a_restart_changed_is_committed_first() -> None:
    before = checkpoint_after(Bench(rule_spec()).pump(0, pressure=0.01))
    engine = Engine(Bench().site, parts.makers(), before)
    disk = Disk()
    pipeline = Pipeline(engine, disk, clock=Clock(), committed=lambda _: None)
    pipeline.stop()
    await asyncio.wait_for(pipeline.run(), 5)
    assert states(Seen(disk.commits[0][0])) == ["normal"]


class HandClock(Clock):
    """A clock that the test moves and sets, in microseconds."""

    time: Micros = at(0)
    step: Micros = 0

    def now(self) -> Micros:
        return self.time

    def set_by(self) -> Micros:
        step, self.step = self.step, 0
        return step


class Watch:
    """A pipeline whose time is in the test's hand; `look` is what its ticker does first."""

    def __init__(self) -> None:
        self.bench, self.clock, self.wire = Bench(rule_spec(**{"for": "5m"}), hears=False), HandClock(), Wire()
        self.pipeline = Pipeline(self.bench.engine, Disk(), clock=self.clock, committed=lambda _: None)
        self.pipeline.attach(self.wire)

    def look(self, *seconds: float) -> Micros | None:
        for second in seconds:
            self.clock.time = at(second)
            self.pipeline._judge_hearing(at(second))
        return self.bench.engine.blind_since


def test_the_gateway_hears_once_the_broker_is_quiet_and_is_blind_from_the_last_look_before_it_was_lost() -> None:
    watch = Watch()
    watch.wire.online = False
    assert watch.look(0.0, 0.2) is not None
    watch.wire.online = True
    assert watch.look(0.4, 0.6) is not None
    assert watch.look(0.8) is None
    watch.wire.online = False
    assert watch.look(1.0) == at(0.8)


def test_a_broker_that_is_never_quiet_is_heard_after_a_while_all_the_same() -> None:
    watch = Watch()
    for tenth in range(50):
        watch.look(tenth / 10)
        watch.pipeline.receive([watch.bench.message("p2", tenth / 10, pressure=0.5)])
        assert watch.bench.engine.blind_since is not None
    assert watch.look(5.0) is None


def test_a_process_that_was_stopped_for_a_while_has_heard_nothing_in_between() -> None:
    watch = Watch()
    assert watch.look(0.0, 0.2, 0.4) is None
    assert watch.look(60.0) == at(0.4)


def test_a_clock_that_is_set_between_two_ticks_fulfils_no_delay() -> None:
    watch = Watch()
    watch.look(0.0, 0.2, 0.4)
    watch.pipeline.receive([watch.bench.message("p1", 1, pressure=0.01)])
    watch.clock.step, watch.clock.time = HOUR, at(3_610)
    watch.pipeline.receive([watch.bench.message("p1", 3_610, pressure=0.01)])
    assert not watch.bench.engine.tick(at(3_611)).parts.get("alarms")
    assert watch.bench.engine.next_due() == at(3_600 + 301)


async def test_a_failure_of_a_decoder_is_logged_once_a_topic_and_its_message_is_acknowledged(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(_decoder: FlatDecoder, _payload: bytes) -> None:
        raise IndexError("no such byte")

    monkeypatch.setattr(FlatDecoder, "decode", decode)
    messages = [rig.bench.message(device, second, pressure=1) for second, device in enumerate(("p1", "p1", "p2"))]
    with capture_logs() as logs:
        rig.pipeline.receive(messages[:1])
        rig.pipeline.receive(messages[1:])
    await rig.committed.get()

    assert rig.wire.acknowledged == [(message.connection, message.packet_id) for message in messages]
    assert [(line["log_level"], line["event"]) for line in logs] == [
        ("error", "a decoder failed, its message is quarantined")
    ] * 2
    assert [line["topic"] for line in logs] == [messages[0].topic, messages[2].topic]
    assert all("IndexError('no such byte')" in line["error"] for line in logs)
