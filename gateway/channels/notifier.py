"""Sends the notices that are to be sent, once that is on disk, and reports what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping

import structlog

from gateway.channels.outcome import Link, Message, NotSent, Sender
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.events import Action
from gateway.core.kernel.links import LinkPurpose
from gateway.core.notices.notice import Notice, NoticeState
from gateway.core.notices.part import Notices
from gateway.core.notices.requests import NoticeNotSent, NoticeSent, Urgency
from gateway.core.notices.ways import Channel
from gateway.errors import StoreRefused

log = structlog.get_logger()

STALLED_AFTER_S = 2.0
"""When the oldest change has waited for so long, the store does not work."""
_LOOK_EVERY_S = 0.2
_MOST_AT_ONCE = 32
"""Messages that are under way, or whose reports wait for the store, at the same time. What may wake people waits for
none of them."""
_REPORTER = "the gateway"

MakeLink = Callable[[LinkPurpose, str, str | None], str | None]
"""The URL of a link: its purpose, the subject as kind:id, and the id of the person; None where there are no links."""


def no_links(_purpose: LinkPurpose, _about: str, _person: str | None) -> str | None:
    """Makes none."""
    return None


class Notifier:
    """Sends each notice as often as the core decides. A task that died goes on with what was not reported.

    What may wake people is sent even if the store cannot record it: its id is the same when it is sent again.
    """

    def __init__(
        self,
        senders: Mapping[Channel, Sender],
        report: Callable[[Action], Awaitable[None]],
        *,
        store: str,
        waited_s: Callable[[], float] = lambda: 0.0,
        unrecorded: Callable[[], Iterable[Changes]] = lambda: (),
        make_link: MakeLink = no_links,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """
        Args:
            report: makes what became of a notice durable.
            store: its identity, which is part of the id of each message.
            waited_s: for how long the oldest change has waited to be on disk.
            unrecorded: the changes that are not yet on disk, in their order.
            sleep: in seconds.
        """
        self._senders, self._report, self._store = senders, report, store
        self._waited_s, self._unrecorded, self._make_link, self._sleep = waited_s, unrecorded, make_link, sleep
        self._waiting: dict[tuple[int, int], Notice] = {}
        """What is to be sent, or is under way, or not yet reported: by number and attempt."""
        self._begun: set[tuple[int, int]] = set()
        self._wake = asyncio.Event()
        self.sent = 0
        """Messages that were taken since the start."""
        self.failures = 0
        """Attempts that failed since the start."""

    @property
    def under_way(self) -> int:
        """Messages that are being sent."""
        return len(self._begun)

    def committed(self, group: Iterable[Changes]) -> None:
        """These changes are on disk: send the notices among them that are to be sent."""
        if notices := [*notices_of(group)]:
            self.notify(notices)

    def notify(self, notices: Iterable[Notice]) -> None:
        """Say that these notices have changed. Each attempt is made once."""
        for notice in notices:
            if notice.state is NoticeState.SENDING:
                self._waiting.setdefault((notice.number, notice.attempts), notice)
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        self._begun.clear()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch_store(), name="unrecorded notices")
            while True:
                self._wake.clear()
                for attempt, notice in [*self._waiting.items()]:
                    has_room = len(self._begun) < _MOST_AT_ONCE or notice.urgency is Urgency.WAKE
                    if attempt not in self._begun and has_room:
                        self._begun.add(attempt)
                        tasks.create_task(self._send(attempt, notice), name=f"notice {notice.number}")
                await self._wake.wait()

    async def _watch_store(self) -> None:
        """Look whether something urgent waits for a store that does not work."""
        while True:
            await self._sleep(_LOOK_EVERY_S)
            if self._waited_s() >= STALLED_AFTER_S:
                waiting = notices_of(self._unrecorded())
                if urgent := [each for each in waiting if each.urgency is Urgency.WAKE]:
                    self.notify(urgent)

    async def _send(self, attempt: tuple[int, int], notice: Notice) -> None:
        failure = await self._attempt(notice)
        action: Action
        if failure is None:
            self.sent += 1
            action = NoticeSent(number=notice.number, by=_REPORTER)
        else:
            self.failures += 1
            log.warning(
                "a message was not sent",
                notice=notice.number,
                channel=notice.way.channel.value,
                person=notice.person,
                attempt=notice.attempts,
                error=failure.reason,
            )
            action = NoticeNotSent(
                number=notice.number,
                reason=failure.reason,
                is_final=failure.is_final,
                retry_after=failure.retry_after,
                by=_REPORTER,
            )
        try:
            await self._report(action)
        except StoreRefused as error:  # the core knows it; the quarantine has the record
            log.warning("the store cannot hold what became of a message", notice=notice.number, error=str(error))
        self._waiting.pop(attempt, None)
        self._begun.discard(attempt)
        self._wake.set()

    async def _attempt(self, notice: Notice) -> NotSent | None:
        sender = self._senders.get(notice.way.channel)
        if sender is None:
            return NotSent(f"the gateway has no channel {notice.way.channel.value}", is_final=True)
        try:
            return await sender.send(Message(notice, self._store, self._links(notice)))
        except Exception as error:  # whatever a service's library raises: it is tried again, then the next way is
            log.exception("a channel failed", channel=notice.way.channel.value, notice=notice.number)
            return NotSent(f"{type(error).__name__}: {error}")

    def _links(self, notice: Notice) -> tuple[Link, ...]:
        """The links of the notice: of one about several alarms, for each."""
        subjects = [f"alarm:{number}" for number in notice.alarms] or [str(notice.about)]
        made = (
            (purpose, about, self._make_link(purpose, about, notice.person))
            for about in dict.fromkeys(subjects)
            for purpose in notice.links
        )
        return tuple(Link(purpose, about, url) for purpose, about, url in made if url is not None)


def notices_of(group: Iterable[Changes]) -> Iterator[Notice]:
    """The notices that these steps have changed, in their order."""
    for changes in group:
        if (changed := changes.parts.get(Notices.name)) is not None:
            yield from changed.notices
