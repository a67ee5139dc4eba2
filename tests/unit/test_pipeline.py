"""Nothing is acknowledged before it is durable, and what fails is tried again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence

import pytest

from gateway.clock import Clock
from gateway.core.engine import Acknowledge, Monitor
from gateway.core.kernel.errors import UnknownAlarm
from gateway.core.outcomes import Outcome
from gateway.core.telemetry.readings import Message
from gateway.errors import StoreError
from gateway.pipeline import MOST_UNCOMMITTED, Pipeline, Receipt
from tests.unit.core.sites import Bench, rule_spec


class Disk:
    """A writer in memory, which the test can hold up or break."""

    def __init__(self) -> None:
        self.commits: list[list[Outcome]] = []
        self.full = 0
        """So many commits fail."""
        self.open = threading.Event()
        self.open.set()

    def commit(self, outcomes: Sequence[Outcome]) -> None:
        assert self.open.wait(10)
        if self.full:
            self.full -= 1
            raise StoreError("the disk is full")
        self.commits.append(list(outcomes))


class Wire:
    """A source that remembers what was acknowledged."""

    def __init__(self) -> None:
        self.acknowledged: list[Receipt] = []
        self.paused = False

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
        self.committed: asyncio.Queue[list[Outcome]] = asyncio.Queue()
        self.pipeline = Pipeline(
            self.bench.monitor,
            self.disk,
            clock=Clock(),
            committed=lambda outcomes: self.committed.put_nowait([*outcomes]),
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

    def commit(outcomes: Sequence[Outcome]) -> None:
        problems.append((rig.pipeline.problem, len(rig.wire.acknowledged)))
        original(outcomes)

    monkeypatch.setattr(rig.disk, "commit", commit)
    rig.pipeline.receive([rig.bench.message("p1", 0, pressure=0.5)])
    await rig.committed.get()
    assert problems == [("", 0), *[("the disk is full", 0)] * 3]
    assert (rig.pipeline.problem, len(rig.wire.acknowledged)) == ("", 1)


async def test_an_operators_command_is_durable_when_it_returns(rig: Rig) -> None:
    rig.pipeline.receive([rig.bench.message("p1", 0, pressure=0.01)])
    await rig.pipeline.command(Acknowledge(1, "Li Wei"))
    records = [record for group in rig.disk.commits for outcome in group for record in outcome.alarms]
    assert records[-1].acknowledged_by == "Li Wei"


async def test_a_command_that_cannot_be_carried_out_is_refused_at_once(rig: Rig) -> None:
    with pytest.raises(UnknownAlarm):
        await rig.pipeline.command(Acknowledge(1, "Li Wei"))


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
    memory_bench = Bench(rule_spec())
    raised = memory_bench.pump(0, pressure=0.01)
    from gateway.core.engine import Memory

    monitor = Monitor(Bench().site, Memory(alarms=raised.alarms, next_alarm=2))
    disk = Disk()
    pipeline = Pipeline(monitor, disk, clock=Clock(), committed=lambda _: None)
    pipeline.stop()
    await asyncio.wait_for(pipeline.run(), 5)
    assert [record.state.value for record in disk.commits[0][0].alarms] == ["normal"]
