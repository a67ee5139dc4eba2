"""Brings notices to addresses: one at a time to each, in order; again after a failure; then by the next way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.part import Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import Micros
from gateway.core.notices.book import NoticeBook
from gateway.core.notices.composing import compose
from gateway.core.notices.notice import (
    GIVE_UP_AFTER,
    LAST_WAY_FOR,
    Follower,
    Item,
    Notice,
    NoticeKind,
    NoticeState,
    told_key,
)
from gateway.core.notices.quiet_hours import QuietHours
from gateway.core.notices.requests import NoticeDelivered, NoticeFailed, NoticeNotSent, Urgency
from gateway.core.notices.timing import timed
from gateway.core.notices.told_keys import ToldKeys
from gateway.core.notices.ways import Way


class Delivery:
    """Decides when each open notice is sent, and by which way.

    A notice that is more urgent overtakes others to its address. An alarm joins a notice that was not sent yet, which
    costs it no time: so a flood is few messages.
    """

    def __init__(self, seam: Seam, book: NoticeBook, quiet: QuietHours, follower: Follower) -> None:
        self._seam, self._book, self._quiet, self._follower = seam, book, quiet, follower
        self._lines = book.lines
        self._known = ToldKeys()
        self.trusts_time = True

    def restore(self, keys: Iterable[tuple[str, str, bool]]) -> None:
        """Go on with the notices of the book; `keys` as of `ToldKeys`."""
        self._known.restore(keys)
        self.look_soon()

    def add(
        self,
        *,
        key: str,
        about: Subject,
        kind: str,
        person: str | None,
        ways: Sequence[Way],
        urgency: Urgency,
        language: Language,
        items: tuple[Item, ...],
        now: Micros,
        cause: int | None,
        links: tuple[LinkPurpose, ...] = (),
        wait: Micros = 0,
        is_staff: bool = True,
    ) -> None:
        """Tell this by the first of the ways, and by the others if that fails. What was told by it before is not told
        again.

        Args:
            wait: it is not sent before this time has passed, so that others can join it.
        """
        way, *further = ways
        if self._known.has(f"{told_key(key, person)}/{way}"):
            return
        self.know(key, person, way)
        self._book.touched[way] = None
        if urgency is Urgency.WAKE and (first := self._lines.tried(way, urgency)) is not None:
            # It is as urgent and stands before this: it is tried at once.
            self._book.keep(msgspec.structs.replace(first, due=now))
        if (before := self._lines.joinable(way, person, urgency, kind)) is not None:
            new = {item.alarm for item in items}
            self._book.reword(before, (*(item for item in before.items if item.alarm not in new), *items))
            return
        title, body = compose(items, language)
        notice = Notice(
            number=self._seam.counters.take("notice"),
            key=key,
            about=about,
            kind=kind,
            person=person,
            way=way,
            further=tuple(further),
            urgency=urgency,
            language=language,
            items=items,
            title=title,
            body=body,
            links=links,
            since=now,
            earliest=now + wait,
            event=0,
            is_staff=is_staff,
        )
        self._book.step(self._timed(notice, notice.earliest), "told", now, cause=cause)

    def know(self, key: str, person: str | None, way: Way) -> None:
        """This was told, or is to be told, with other things."""
        told = told_key(key, person)
        self._known.add(told, f"{told}/{way}")

    def flush(self, now: Micros) -> None:
        """Send what may be sent now: all that was added together is one message to each address."""
        touched, self._book.touched = self._book.touched, {}
        for way in touched:
            self.pump(way, now)

    def sent(self, number: int, now: Micros) -> None:
        """It has arrived. Also one that was given up or withdrawn while it was under way."""
        notice = self._lines.land(number)
        if notice is None:
            return
        done = msgspec.structs.replace(notice, state=NoticeState.DELIVERED, ended_at=now, error="")
        self._seam.let_sleep(("overdue", number))
        self._known.reached(notice.told_key)
        audit = self._book.record(done, "delivered", now)
        self._seam.emit(NoticeDelivered(audit=audit, about=notice.about, key=notice.key, person=notice.person))
        self._follower.delivered(done, now)
        self.pump(notice.way, now)

    def not_sent(self, report: NoticeNotSent, now: Micros) -> None:
        """It was not taken: try again, or give this way up where that is useless."""
        notice = self._lines.land(report.number)
        if notice is None:
            return
        notice = msgspec.structs.replace(notice, error=report.reason)
        if not notice.is_open:
            self._book.keep(notice)
        elif notice.is_stopped:
            self._book.end(notice, NoticeState.WITHDRAWN, "withdrawn", now)
        else:
            notice = self._book.without_obsolete(msgspec.structs.replace(notice, state=NoticeState.WAITING))
            earliest = now + max(notice.retry_in(), report.retry_after)
            notice = self._timed(msgspec.structs.replace(notice, earliest=earliest, due=earliest), earliest)
            self._book.keep(notice)
            if report.is_final:
                (self._go_on if notice.must_arrive else self.give_up)(notice, now)
        self.pump(notice.way, now)
        self.flush(now)

    def look(self, now: Micros) -> None:
        """More is known of the time: what waits for the end of quiet hours is due by it."""
        for notice in self._lines.open():
            if notice.state is NoticeState.WAITING and (notice.due is None or notice.due > now):
                timed = self._timed(notice, max(now, notice.earliest))
                if notice.urgency is Urgency.QUIET and timed.due != notice.due:
                    self._book.keep(timed)
        for way in self._lines.ways():
            self.pump(way, now)

    def pump(self, way: Way, now: Micros) -> None:
        """Send what is to be sent to this address now, or wake when there may be something."""
        ready, wake = self._lines.next_to(way, now)
        while ready is not None and self.is_too_early(ready, now):  # it was held up until quiet hours have begun
            self._book.keep(self._timed(ready, now))
            ready, wake = self._lines.next_to(way, now)
        if ready is not None:
            self._follower.handed(self._book.hand_out(ready))
        elif wake is not None:
            self._seam.wake(("send", way.channel.value, way.address), wake)

    def overdue(self, number: int, now: Micros) -> None:
        """A way was tried for long enough: take the next, or tell people that there is none, and go on."""
        notice = self._lines.get(number)
        if notice is None or notice.give_up_at is None or notice.give_up_at > now:
            return
        if notice.is_stopped:
            self._book.end(notice, NoticeState.WITHDRAWN, "withdrawn", now)
        elif notice.is_overdue and notice.must_arrive:
            self._go_on(notice, now)
        elif notice.further or notice.is_overdue or notice.kind == NoticeKind.TEST:
            self.give_up(self._book.without_obsolete(self._book.take_back(notice)), now)
        else:
            self._be_late(notice, now, until=now + LAST_WAY_FOR - GIVE_UP_AFTER[notice.urgency])
        self.pump(notice.way, now)
        self.flush(now)

    def _be_late(self, notice: Notice, now: Micros, *, until: Micros) -> None:
        """Tell people that it does not arrive, and go on."""
        self._fail(
            self._book.step(msgspec.structs.replace(notice, is_overdue=True, give_up_at=until), "overdue", now), now
        )

    def _go_on(self, notice: Notice, now: Micros) -> None:
        """It is refused, or was tried for a day: tell it further, unless a later event has all of it."""
        if self._lines.has_later(notice):
            self._book.withdraw(notice, now)
        elif notice.is_overdue:
            self._book.keep(msgspec.structs.replace(notice, give_up_at=now + LAST_WAY_FOR))
        else:
            self._be_late(notice, now, until=now + LAST_WAY_FOR)

    def clock_set(self, by: Micros) -> None:
        """What is left of each wait stays the same; quiet hours follow the clock."""
        self._book.clock_set(by)
        self.look_soon()

    def look_soon(self) -> None:
        """The next tick says what time it is."""
        if self._lines.open():
            self._seam.wake(("look",), 0)

    def is_too_early(self, notice: Notice, now: Micros) -> bool:
        """Whether it has to wait for the end of quiet hours, or until the time is trusted."""
        return self._timed(notice, now).due != now

    def _timed(self, notice: Notice, at: Micros) -> Notice:
        return timed(notice, at, self._quiet, trusts_time=self.trusts_time)

    def give_up(self, notice: Notice, now: Micros) -> None:
        """This way has failed: take the next, of those by which the same was not told."""
        failed = self._book.end(notice, NoticeState.FAILED, "given up", now)
        left = [way for way in notice.further if not self._known.has(f"{notice.told_key}/{way}")]
        if left:
            self.add(
                key=notice.key,
                about=notice.about,
                kind=notice.kind,
                person=notice.person,
                ways=left,
                urgency=notice.urgency,
                language=notice.language,
                items=notice.items,
                links=notice.links,
                now=now,
                cause=failed.event,
                is_staff=notice.is_staff,
            )
        elif not notice.is_overdue:
            self._fail(failed, now)

    def _fail(self, notice: Notice, now: Micros) -> None:
        """No way is left, unless the same has arrived, or may arrive, by another."""
        if self._known.has_reached(notice.told_key) or self._lines.has_another(notice):
            return
        self._seam.emit(NoticeFailed(about=notice.about, key=notice.key, person=notice.person, time=now))
        self._follower.unreachable(notice, now)
