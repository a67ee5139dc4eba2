"""Nothing is acknowledged before it is durable, and what fails is tried again."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Sequence

import msgspec
import pytest
from structlog.testing import capture_logs

from gateway import parts
from gateway.clock import Clock
from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.errors import UnknownAlarm
from gateway.core.kernel.times import DAY, HOUR, MINUTE, SECOND, Micros, Now
from gateway.core.telemetry.decoding.flat import FlatDecoder
from gateway.core.telemetry.readings import Message
from gateway.core.work.tickets import Ticket
from gateway.errors import StoreError
from gateway.pipeline import MOST_UNCOMMITTED, Pipeline
from gateway.store.writer import Refusal
from tests.unit.core.sites import TICKET, Bench, Seen, at, checkpoint_after, rule_spec, states
from tests.unit.wire import Wire


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
    task = asyncio.create_task(rig.pipeline.commits.run())
    await rig.committed.get()  # since when the gateway is blind
    rig.disk.commits.clear()
    yield rig
    rig.disk.open.set()
    rig.pipeline.commits.stop()
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
    monkeypatch.setattr("gateway.commits.FIRST_RETRY_S", 0.0)
    rig.disk.full = 3
    original = rig.disk.commit

    def commit(group: Sequence[Changes]) -> None:
        problems.append((rig.pipeline.commits.problem, len(rig.wire.acknowledged)))
        original(group)

    monkeypatch.setattr(rig.disk, "commit", commit)
    rig.pipeline.receive([rig.bench.message("p1", 0, pressure=0.5)])
    await rig.committed.get()
    assert problems == [("", 0), *[("the disk is full", 0)] * 3]
    assert (rig.pipeline.commits.problem, len(rig.wire.acknowledged)) == ("", 1)


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
    rig.pipeline.commits.stop()
    await asyncio.wait_for(rig.pipeline.commits.run(), 5)
    assert len(rig.wire.acknowledged) == 1


async def test_stopping_with_a_broken_store_leaves_the_messages_to_the_broker() -> None:
    rig = Rig()
    rig.disk.full = 1000
    rig.pipeline.receive([rig.bench.message("p1", 0, pressure=0.5)])
    rig.pipeline.commits.stop()
    await asyncio.wait_for(rig.pipeline.commits.run(), 5)
    assert rig.wire.acknowledged == []


async def test_what_a_restart_changed_is_committed_first() -> None:
    before = checkpoint_after(Bench(rule_spec()).pump(0, pressure=0.01))
    engine = Engine(Bench().site, parts.makers(), before)
    disk = Disk()
    pipeline = Pipeline(engine, disk, clock=Clock(), committed=lambda _: None)
    pipeline.commits.stop()
    await asyncio.wait_for(pipeline.commits.run(), 5)
    assert states(Seen(disk.commits[0][0])) == ["normal"]


@pytest.mark.parametrize(
    ("ticket", "event", "number"),
    [
        (TICKET, "an alarm is removed, its ticket stays open", 1),
        (None, "an alarm is removed", None),
    ],
)
def test_the_log_says_that_a_ticket_stays_open_only_where_there_is_one(
    ticket: dict[str, str] | None, event: str, number: int | None
) -> None:
    before = checkpoint_after(Bench(rule_spec(ticket=ticket)).pump(0, pressure=0.01))
    with capture_logs() as logs:
        Pipeline(Engine(Bench().site, parts.makers(), before), Disk(), clock=Clock(), committed=lambda _: None)
    (line,) = logs
    assert (line["event"], line["log_level"], line.get("ticket")) == (event, "warning", number)
    assert (line["alarm"], line["subject"]) == (1, "p1")
    assert line["because"] == "the rule low-pressure is no longer in the site's files"


class HandClock(Clock):
    """A clock that the test moves and sets, in microseconds."""

    time: Micros = at(0)
    """The steady instant."""
    set_forward: Micros = 0
    step: Micros = 0
    is_right: bool = True
    """Whether it is certain from the next look on."""
    was_right: bool = True

    @property
    def is_certain(self) -> bool:
        return self.was_right

    def now(self) -> Micros:
        return self.time + self.set_forward

    def moment(self) -> Now:
        return Now(self.time, self.now())

    def set(self, by: Micros) -> None:
        self.set_forward += by
        self.step += by

    def set_by(self) -> Micros:
        step, self.step = self.step, 0
        self.was_right = self.is_right
        return step

    async def sleep(self, duration: Micros) -> None:
        """Time passes by the test's hand alone."""
        await asyncio.sleep(0)


class Watch:
    """A pipeline whose time is in the test's hand, and p1 of which a rule says that it must not run dry for 5 min."""

    def __init__(self, *, knows_time: bool = True) -> None:
        self.bench = Bench(rule_spec(**{"for": "5m"}), knows_time=knows_time)
        self.clock, self.wire = HandClock(), Wire()
        self.clock.is_right = self.clock.was_right = knows_time
        self.pipeline = Pipeline(self.bench.engine, Disk(), clock=self.clock, committed=lambda _: None)
        self.pipeline.attach(self.wire)

    def hear(self, second: float, *, pressure: float) -> None:
        self.clock.time = at(second)
        self.pipeline.receive([self.bench.message("p1", second, pressure=pressure)])

    async def tick(self, *seconds: float) -> None:
        """Let the ticker do its work at these times."""
        ticking = asyncio.create_task(self.pipeline.tick())
        for second in seconds:
            self.clock.time = at(second)
            for _ in range(10):
                await asyncio.sleep(0)
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking

    @property
    def raised(self) -> int:
        steps = [step.changes for step in self.pipeline.commits._steps]
        return sum(alarm.subject.device == "p1" for each in steps for alarm in each.parts.get("alarms") or ())


async def test_time_alone_ends_a_delay_once_the_link_has_answered() -> None:
    watch = Watch()
    watch.hear(1, pressure=0.01)
    await watch.tick(302)
    assert watch.raised == 1


async def test_what_was_still_on_its_way_ends_a_delay_that_is_due() -> None:
    watch = Watch()
    watch.hear(1, pressure=0.01)

    def arrive() -> bool:
        watch.hear(302, pressure=0.5)
        return True

    watch.wire.confirming = arrive
    await watch.tick(302)
    assert watch.raised == 0
    assert watch.bench.engine.next_due() is None


async def test_no_delay_ends_over_a_link_that_does_not_answer() -> None:
    watch = Watch()
    watch.hear(1, pressure=0.01)

    def find_silent() -> bool:
        watch.pipeline.set_blind(Now(at(10), at(10)))
        return False

    watch.wire.confirming = find_silent
    await watch.tick(302, 900)
    assert watch.raised == 0
    assert watch.bench.engine.blind_since == at(10)


@pytest.mark.parametrize("by", [HOUR, -HOUR])
async def test_no_delay_ends_over_a_silent_link_when_the_clock_is_set_at_the_same_time(by: Micros) -> None:
    watch = Watch()
    watch.hear(1, pressure=0.01)

    def find_silent() -> bool:
        watch.pipeline.set_blind(Now(at(10), at(10) + by))
        return False

    watch.wire.confirming = find_silent
    watch.clock.set(by)
    await watch.tick(302)
    assert watch.raised == 0


@pytest.mark.parametrize("answers", [True, False])
async def test_a_snapshot_counts_no_time_of_a_delay_over_a_link_that_does_not_answer(answers: bool) -> None:
    watch = Watch()
    watch.hear(1, pressure=0.01)

    def find_silent() -> bool:
        watch.pipeline.set_blind(Now(at(10), at(10)))
        return False

    if not answers:
        watch.wire.confirming = find_silent
    watch.clock.time = at(100)
    saving = asyncio.create_task(watch.pipeline.snapshot(SECOND))
    for _ in range(10):
        await asyncio.sleep(0)
    saving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await saving
    batches = [step.changes.parts.get("telemetry") for step in watch.pipeline.commits._steps]
    assert [batch.reached for batch in batches if batch][-1] == at(100 if answers else 10)


async def test_a_process_that_was_stopped_for_a_while_doubts_what_it_has_heard() -> None:
    watch = Watch()
    await watch.tick(0.0, 0.2, 0.4, 60.0)
    assert watch.wire.doubted == [Now(at(0.4), at(0.4))]


async def test_messages_that_waited_while_the_process_was_stopped_are_judged_by_their_own_times() -> None:
    watch = Watch()
    watch.wire.when_doubted = watch.pipeline.set_blind
    watch.hear(1, pressure=0.01)
    await watch.tick(*range(2, 11))
    watch.clock.time = at(600)  # the first that the loop does is to read
    waiting = [
        watch.bench.message("p1", 600, stamp_s=stamp, pressure=value) for stamp, value in ((20, 0.01), (30, 0.5))
    ]
    watch.pipeline.receive([msgspec.structs.replace(message, steady=at(600)) for message in waiting])
    assert (watch.raised, watch.bench.engine.blind_since) == (0, at(10))
    await watch.tick(600.1)
    assert watch.wire.doubted == [Now(at(10), at(10))]


async def test_messages_that_come_while_an_answer_takes_long_are_no_standstill() -> None:
    watch = Watch()
    watch.hear(1, pressure=0.01)

    def arrive_late() -> bool:
        watch.clock.time = at(306)
        late = watch.bench.message("p1", 306, pressure=0.01)
        watch.pipeline.receive([msgspec.structs.replace(late, steady=at(306))])
        return True

    watch.wire.confirming = arrive_late
    await watch.tick(300, 302, 306.2)
    assert watch.wire.doubted == []


async def test_the_time_that_an_answer_takes_is_no_standstill() -> None:
    watch = Watch()
    watch.hear(1, pressure=0.01)

    def answer_late() -> bool:
        watch.clock.time = at(306)
        return True

    watch.wire.confirming = answer_late
    watch.clock.time = at(302)
    await watch.tick(302, 306.2)
    assert watch.wire.doubted == []


def test_blindness_is_told_by_the_clock_as_it_is_set_now() -> None:
    watch = Watch()
    watch.hear(1, pressure=0.01)
    since = watch.clock.moment()
    watch.clock.time = at(30)
    watch.clock.set(HOUR)
    watch.pipeline.set_blind(since)
    assert watch.bench.engine.blind_since == at(1) + HOUR


def test_a_clock_that_is_set_between_two_ticks_fulfils_no_delay() -> None:
    watch = Watch()
    watch.hear(1, pressure=0.01)
    watch.clock.set(HOUR)
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


async def test_a_lost_session_is_an_alarm_with_the_time_of_the_gap_by_the_clock_as_it_is_set() -> None:
    watch = Watch()
    watch.clock.time = at(60)
    watch.clock.set(by=HOUR)
    watch.pipeline.session_lost(Now(at(10), at(10)))
    alarms = [alarm for step in watch.pipeline.commits._steps for alarm in step.changes.parts.get("alarms") or ()]
    assert [(alarm.rule, alarm.detail) for alarm in alarms] == [
        ("session-lost", "what devices sent from 2027-01-15T09:00:10.000Z to 2027-01-15T09:01:00.000Z is lost")
    ]


async def test_what_is_reported_again_is_no_work_for_the_disk() -> None:
    watch = Watch()
    watch.pipeline.report(BuiltinRule.SERIES_AWAY, "InfluxDB does not answer")
    steps = len(watch.pipeline.commits._steps)
    watch.pipeline.report(BuiltinRule.SERIES_AWAY, "InfluxDB does not answer")
    assert len(watch.pipeline.commits._steps) == steps


def tickets(watch: Watch) -> list[Ticket]:
    return [ticket for step in watch.pipeline.commits._steps for ticket in step.changes.parts.get("work") or ()]


def test_a_clock_that_is_set_in_the_middle_of_a_batch_fulfils_no_delay_and_postpones_none() -> None:
    for step in (HOUR, -HOUR):
        watch = Watch()
        watch.hear(1, pressure=0.01)
        before = watch.bench.message("p1", 10, pressure=0.01)
        after = watch.bench.message("p1", 10.001, pressure=0.02)
        watch.clock.time = at(10.001)
        watch.clock.set(step)
        batch = [
            msgspec.structs.replace(before, steady=at(10)),
            msgspec.structs.replace(after, steady=at(10), received=after.received + step),
        ]
        assert watch.pipeline.receive(batch) == 2
        assert watch.raised == 0
        assert watch.bench.engine.next_due() == at(301) + step
        received = [reading.received for reading in Seen(watch.pipeline.commits._steps[-1].changes).readings]
        assert received == sorted(set(received))
        assert all(abs(time - at(10) - step) < SECOND for time in received)


async def test_a_snapshot_just_after_the_clock_was_set_counts_the_step_once() -> None:
    watch = Watch()
    watch.hear(1, pressure=0.01)
    watch.clock.time = at(100)
    watch.clock.set(HOUR)
    saving = asyncio.create_task(watch.pipeline.snapshot(SECOND))
    for _ in range(10):
        await asyncio.sleep(0)
    saving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await saving
    watch.pipeline.receive([])
    batches = [step.changes.parts.get("telemetry") for step in watch.pipeline.commits._steps]
    assert [batch.reached for batch in batches if batch and batch.reached][-1] == at(100) + HOUR
    assert watch.bench.engine.next_due() == at(301) + HOUR


async def test_an_action_just_after_the_clock_was_set_finds_the_delays_moved_along() -> None:
    watch = Watch()
    watch.hear(1, pressure=0.01)
    watch.clock.set(HOUR)
    with pytest.raises(UnknownAlarm):
        await watch.pipeline.act(Acknowledge(alarm=1, by="Li Wei"))
    assert watch.bench.engine.next_due() == at(301) + HOUR


def test_a_report_just_after_the_clock_was_set_finds_the_delays_moved_along() -> None:
    watch = Watch()
    watch.hear(1, pressure=0.01)
    watch.clock.set(HOUR)
    watch.pipeline.report(BuiltinRule.DISK_LOW, "little is left")
    assert watch.bench.engine.next_due() == at(301) + HOUR


@pytest.mark.parametrize("steps", [[10 * HOUR], [8 * HOUR, 2 * HOUR], [365 * DAY, 10 * HOUR - 365 * DAY]])
async def test_a_clock_that_is_set_right_at_last_makes_nothing_late(steps: list[Micros]) -> None:
    watch = Watch(knows_time=False)
    watch.hear(1, pressure=0.01)
    await watch.tick(301)
    (ticket,) = tickets(watch)
    assert (ticket.opened_at, ticket.next_due) == (at(301), at(301) + 5 * MINUTE)
    for step in steps:
        watch.clock.set(step)
        watch.pipeline.receive([])
    watch.clock.is_right = True
    watch.pipeline.receive([])
    watch.clock.set(HOUR)  # of a time that was known it is the clock by which deadlines are met or missed
    watch.pipeline.receive([])
    ticket = tickets(watch)[-1]
    assert (ticket.opened_at, ticket.next_due) == (at(301) + 10 * HOUR, at(301) + 10 * HOUR + 5 * MINUTE)
    alarm = [alarm for step in watch.pipeline.commits._steps for alarm in step.changes.parts.get("alarms") or ()][-1]
    assert (alarm.raised_at, alarm.state) == (at(301) + 10 * HOUR, "unacknowledged")
