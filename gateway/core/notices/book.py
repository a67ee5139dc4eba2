"""The book of notices: those that are open, the steps of each in the audit trail, and what is to be stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from gateway.core.kernel.events import AuditRecord, Event
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.notices.composing import compose
from gateway.core.notices.lines import Lines
from gateway.core.notices.notice import Item, Notice, NoticeKind, NoticeState
from gateway.core.notices.requests import Hush, NoticeFailed, Urgency
from gateway.core.notices.ways import Channel, Way


class NoticeBook:
    """Open notices, and what has changed in the step of the engine."""

    def __init__(self, seam: Seam) -> None:
        self._seam = seam
        self.lines = Lines()
        self._changed: dict[int, Notice] = {}
        self.touched: dict[Way, None] = {}
        """The addresses to which something may be sent now: something was added, or what stood before it is over."""
        self._handed: set[int] = set()
        """What is being sent since this step of the engine, so that the shell does not know it yet."""

    def restore(self, notices: Iterable[Notice]) -> None:
        """Go on with what is open. What was being sent is handed out again: nobody knows whether it has arrived."""
        for notice in notices:
            self.lines.put(notice)
            self._watch(notice)
            if notice.state is NoticeState.SENDING:
                self._changed[notice.number] = notice
                self._handed.add(notice.number)
        self.lines.listed.clear()

    def keep(self, notice: Notice) -> None:
        """The notice is so from now on."""
        self.lines.put(notice)
        self._changed[notice.number] = notice
        self._watch(notice)

    def record(self, notice: Notice, step: str, now: Micros, *, cause: int | None = None) -> AuditRecord:
        """Keep the notice with a new step in the audit trail, which is caused by the one before, and return that."""
        data: dict[str, object] = {
            "notice": notice.number,
            "step": step,
            "about": str(notice.about),
            "kind": notice.kind,
            "person": notice.person,
            "way": str(notice.way),
            "attempts": notice.attempts,
        }
        if notice.error:
            data["error"] = notice.error
        audit = self._seam.record("notice", str(notice.number), now, data, cause=notice.event or cause)
        self.keep(msgspec.structs.replace(notice, event=audit.number))
        return audit

    def step(self, notice: Notice, step: str, now: Micros, *, cause: int | None = None) -> Notice:
        """The same, for the audit trail alone; returns the notice as it is kept."""
        self._seam.emit(Event(audit=self.record(notice, step, now, cause=cause)))
        return self._changed[notice.number]

    def end(self, notice: Notice, state: NoticeState, step: str, now: Micros) -> Notice:
        """Nothing is left to do for it."""
        self._seam.let_sleep(("overdue", notice.number))
        self.touched[notice.way] = None
        return self.step(msgspec.structs.replace(notice, state=state, ended_at=now), step, now)

    def reword(self, notice: Notice, items: tuple[Item, ...]) -> Notice:
        """It says these things from now on."""
        title, body = compose(items, notice.language)
        self.keep(reworded := msgspec.structs.replace(notice, items=items, title=title, body=body, obsolete=()))
        return reworded

    def without_obsolete(self, notice: Notice) -> Notice:
        """The notice as it is to be sent again: without the alarms of which nobody need be told any more."""
        if not (notice.is_open and notice.obsolete):
            return notice
        return self.reword(notice, tuple(item for item in notice.items if item.alarm not in notice.obsolete))

    def stop(self, alarm: int, kinds: Collection[str], now: Micros) -> list[Notice]:
        """Nobody need be told this of the alarm any more: take it out of what was not sent, also what is to be tried
        again. Returns the notices that said it."""
        stopped = []
        for notice in self.lines.telling_of(alarm):
            if notice.kind not in kinds:
                continue
            stopped.append(notice)
            gone = {*notice.obsolete, alarm}
            if gone.issuperset(notice.alarms):
                self.withdraw(notice, now)
            elif notice.state is NoticeState.SENDING:
                self.keep(msgspec.structs.replace(notice, obsolete=tuple(sorted(gone))))
            else:
                self.reword(notice, tuple(item for item in notice.items if item.alarm != alarm))
        return stopped

    def hush(self, hush: Hush) -> None:
        """Tell nothing more of this, to this person or to anybody. Other systems are told of every step."""
        for notice in self.lines.about(hush.about):
            is_meant = hush.person in (None, notice.person) and notice.key.startswith(hush.keys or "")
            if hush.is_quiet and not (notice.urgency is Urgency.QUIET and notice.is_new):
                continue
            if is_meant and notice.kind != NoticeKind.TICKET_EVENT:
                self.withdraw(notice, hush.time)

    def hurry(self, channels: Collection[Channel], since: Micros, now: Micros) -> None:
        """These channels work again: what they have not taken after `since` is tried now, and not after its pause."""
        for notice in self.lines.open():
            is_tried = notice.state is NoticeState.WAITING and notice.attempts > 0 and notice.due is not None
            if is_tried and notice.way.channel in channels and notice.earliest - notice.retry_in() > since:
                self.keep(msgspec.structs.replace(notice, due=now))
                self.touched[notice.way] = None

    def hand_out(self, notice: Notice) -> Notice:
        """It is being sent from now on."""
        sending = msgspec.structs.replace(notice, state=NoticeState.SENDING, attempts=notice.attempts + 1)
        self._handed.add(notice.number)
        self.keep(sending)
        return sending

    def take_back(self, notice: Notice) -> Notice:
        """The notice as it is if it was handed out in this very step: not at all, then."""
        if notice.number not in self._handed or self.lines.land(notice.number) is None:
            return notice
        self._handed.discard(notice.number)
        self.keep(waiting := msgspec.structs.replace(notice, state=NoticeState.WAITING, attempts=notice.attempts - 1))
        return waiting

    def withdraw(self, notice: Notice, now: Micros) -> None:
        """Do not send it, or not again where it is under way."""
        notice = self.take_back(notice)
        if notice.state is NoticeState.SENDING:
            self.keep(msgspec.structs.replace(notice, is_stopped=True))
        else:
            self.end(notice, NoticeState.WITHDRAWN, "withdrawn", now)

    def lose(self, notice: Notice, now: Micros) -> None:
        """Its reader has left the site: do not send it, and say that nobody was told."""
        self.withdraw(notice, now)
        self._seam.emit(NoticeFailed(about=notice.about, key=notice.key, person=notice.person, time=now))

    def clock_set(self, by: Micros) -> None:
        """What is left of each wait stays the same."""
        for notice in self.lines.open():
            moved = msgspec.structs.replace(
                notice,
                since=notice.since + by,
                earliest=notice.earliest + by,
                due=None if notice.due is None else notice.due + by,
                give_up_at=None if notice.give_up_at is None else notice.give_up_at + by,
            )
            self.keep(moved)

    def finish(self) -> tuple[list[Notice], list[tuple[int, int]]]:
        """What has changed in this step, and the alarms of which notices tell since: alarm and notice."""
        changed, self._changed = [*self._changed.values()], {}
        listed, self.lines.listed = self.lines.listed, []
        self._handed.clear()
        return changed, listed

    def _watch(self, notice: Notice) -> None:
        if notice.is_open and notice.give_up_at is not None:
            self._seam.wake(("overdue", notice.number), notice.give_up_at)
