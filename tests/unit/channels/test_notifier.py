"""Notices are sent once they are on disk, and what became of each is reported."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

import msgspec
import pytest

from gateway.channels.notifier import MakeLink, Notifier, no_links
from gateway.channels.outcome import Message, NotSent
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.events import Action
from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.notices.notice import Item, Notice, NoticeState
from gateway.core.notices.requests import NoticeNotSent, NoticeSent, Urgency
from gateway.core.notices.rows import NoticeChanges
from gateway.core.notices.ways import Channel, Way
from tests.servers import eventually

NOTICE = Notice(
    number=1,
    key="alarm:5/9",
    about=Subject(SubjectKind.ALARM, "5"),
    kind="alarm raised",
    person="ann",
    way=Way(Channel.EMAIL, "ann@example.org"),
    further=(),
    urgency=Urgency.WAKE,
    language="en",
    items=(Item("Dry", "It is dry", 5),),
    title="Dry",
    body="It is dry",
    links=(LinkPurpose.ACKNOWLEDGE,),
    since=0,
    earliest=0,
    due=0,
    give_up_at=60,
    event=3,
    state=NoticeState.SENDING,
    attempts=1,
)


class FakeSender:
    """Answers what the test says; `gate` holds messages up."""

    def __init__(self, answer: Callable[[Message], NotSent | None] = lambda _message: None) -> None:
        self.answer = answer
        self.messages: list[Message] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, message: Message) -> NotSent | None:
        self.messages.append(message)
        await self.gate.wait()
        return self.answer(message)


class Bench:
    def __init__(
        self,
        sender: FakeSender,
        *,
        waited_s: Callable[[], float] = lambda: 0.0,
        unrecorded: Callable[[], Iterable[Changes]] = lambda: (),
        make_link: MakeLink = no_links,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.reports: list[Action] = []
        self.can_report = asyncio.Event()
        self.can_report.set()
        self.notifier = Notifier(
            {Channel.EMAIL: sender},
            self.report,
            store="3f9c2a1e",
            waited_s=waited_s,
            unrecorded=unrecorded,
            make_link=make_link,
            sleep=sleep,
        )

    async def report(self, action: Action) -> None:
        await self.can_report.wait()
        self.reports.append(action)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.notifier.run())
        try:
            yield
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


async def test_what_is_sending_is_sent_and_reported_and_nothing_else() -> None:
    sender = FakeSender()
    bench = Bench(sender)
    async with bench.running():
        bench.notifier.notify([msgspec.structs.replace(NOTICE, number=2, state=NoticeState.WAITING), NOTICE])
        await eventually(lambda: bench.reports)
    assert bench.reports == [NoticeSent(number=1, by="the gateway")]
    assert [each.id for each in sender.messages] == ["3f9c2a1e/alarm:5/9/ann"]


async def test_the_same_attempt_is_made_once_and_the_next_one_though_the_report_is_not_back_yet() -> None:
    sender = FakeSender()
    bench = Bench(sender)
    sender.gate.clear()
    async with bench.running():
        bench.notifier.notify([NOTICE])
        await eventually(lambda: sender.messages)
        bench.notifier.notify([NOTICE, msgspec.structs.replace(NOTICE, is_stopped=True)])
        bench.notifier.notify([msgspec.structs.replace(NOTICE, attempts=2)])
        await eventually(lambda: len(sender.messages) == 2)
        sender.gate.set()
        await eventually(lambda: len(bench.reports) == 2)
    assert [each.notice.attempts for each in sender.messages] == [1, 2]


async def test_a_failure_is_reported_with_its_reason_also_where_a_channel_breaks_or_is_missing() -> None:
    def fail(message: Message) -> NotSent | None:
        if message.notice.number == 1:
            return NotSent("HTTP 503", retry_after=7)
        raise ZeroDivisionError("a bug")

    bench = Bench(FakeSender(fail))
    other = msgspec.structs.replace(NOTICE, number=3, way=Way(Channel.SMS, "1"))
    async with bench.running():
        bench.notifier.notify([NOTICE, msgspec.structs.replace(NOTICE, number=2), other])
        await eventually(lambda: len(bench.reports) == 3)
    found = {each.number: each for each in bench.reports if isinstance(each, NoticeNotSent)}
    assert (found[1].reason, found[1].retry_after, found[1].is_final) == ("HTTP 503", 7, False)
    assert (found[2].reason, found[2].is_final) == ("ZeroDivisionError: a bug", False)
    assert (found[3].reason, found[3].is_final) == ("the gateway has no channel sms", True)


async def test_one_address_that_hangs_holds_up_no_other() -> None:
    sender = FakeSender()
    bench = Bench(sender)
    sender.gate.clear()
    other = FakeSender()
    bench.notifier._senders = {Channel.EMAIL: sender, Channel.MQTT: other}
    async with bench.running():
        bench.notifier.notify([NOTICE, msgspec.structs.replace(NOTICE, number=2, way=Way(Channel.MQTT, "a/b"))])
        await eventually(lambda: bench.reports)
    assert [each.notice.number for each in other.messages] == [2]


async def test_what_may_wake_people_waits_for_no_others_however_many_hang() -> None:
    sender = FakeSender()
    bench = Bench(sender)
    sender.gate.clear()
    others = [msgspec.structs.replace(NOTICE, number=number, urgency=Urgency.QUIET) for number in range(2, 52)]
    async with bench.running():
        bench.notifier.notify(others)
        await eventually(lambda: len(sender.messages) == 32)
        bench.notifier.notify([NOTICE])
        await eventually(lambda: len(sender.messages) == 33)
        assert sender.messages[-1].notice.number == 1
        sender.gate.set()
        await eventually(lambda: len(bench.reports) == 51)


async def test_after_the_task_has_died_what_was_not_reported_is_sent_again() -> None:
    sender = FakeSender()
    bench = Bench(sender)
    sender.gate.clear()
    async with bench.running():
        bench.notifier.notify([NOTICE])
        await eventually(lambda: sender.messages)
    sender.gate.set()
    async with bench.running():
        await eventually(lambda: bench.reports)
    assert len(sender.messages) == 2


async def test_what_may_wake_people_is_sent_though_the_store_hangs_and_once() -> None:
    sender = FakeSender()
    quiet = msgspec.structs.replace(NOTICE, number=2, urgency=Urgency.QUIET)
    unrecorded = [Changes({"notices": NoticeChanges((NOTICE, quiet))}), Changes()]
    waited, looked = [0.0], 0

    async def sleep(_seconds: float) -> None:
        nonlocal looked
        looked += 1
        await asyncio.sleep(0)

    bench = Bench(sender, waited_s=lambda: waited[0], unrecorded=lambda: unrecorded, sleep=sleep)
    bench.can_report.clear()
    async with bench.running():
        await eventually(lambda: looked > 10)
        assert not sender.messages
        waited[0] = 2.0
        await eventually(lambda: sender.messages)
        before = looked
        await eventually(lambda: looked > before + 10)
    assert [each.notice.number for each in sender.messages] == [1]


async def test_links_are_made_for_each_alarm_of_a_message() -> None:
    sender = FakeSender()
    bench = Bench(sender, make_link=lambda purpose, about, person: f"https://x/{purpose.value}/{about}/{person}")
    items = (Item("Dry", "", 5), Item("Wet", "", 6))
    async with bench.running():
        bench.notifier.notify([msgspec.structs.replace(NOTICE, items=items)])
        await eventually(lambda: bench.reports)
    urls = [link.url for link in sender.messages[0].links]
    assert urls == ["https://x/acknowledge/alarm:5/ann", "https://x/acknowledge/alarm:6/ann"]
