"""The notices that are open, in a line for each address: one is under way at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.notices.notice import MOST_ITEMS, OF_RAISES, Notice, NoticeKind, NoticeState
from gateway.core.notices.requests import Urgency
from gateway.core.notices.ways import Way

_JOINED = OF_RAISES | {NoticeKind.OVER}
_Line = tuple[Way, Urgency]
_Joining = tuple[_Line, str | None, str]
K = TypeVar("K")
V = TypeVar("V")


class Lines:
    """Open notices by number, by address, by subject and by the alarms of which they tell.

    Numbers only grow, and so does each of these: what was added first comes first.
    """

    def __init__(self) -> None:
        self._open: dict[int, Notice] = {}
        self._lines: dict[_Line, dict[int, Notice]] = {}
        self._by_subject: dict[Subject, dict[int, None]] = {}
        self._by_alarm: dict[int, dict[int, None]] = {}
        self.listed: list[tuple[int, int]] = []
        """Alarms and the notices that tell of them, since this was last cleared."""
        self._latest: dict[_Joining, int] = {}
        """The latest notice that says this kind of thing to a person at an address, with this urgency."""
        self._under_way: dict[Way, Notice] = {}
        """What is under way to each address. It may have been given up since: then it is not open any more."""
        self._addresses: dict[int, Way] = {}
        """Where the notices go that are under way."""

    def get(self, number: int) -> Notice | None:
        """The open notice of this number."""
        return self._open.get(number)

    def open(self) -> list[Notice]:
        """All of them, in the order of their numbers."""
        return [*self._open.values()]

    def ways(self) -> list[Way]:
        """The addresses that have some."""
        return sorted({way for way, _ in self._lines})

    def to(self, way: Way, urgency: Urgency) -> Iterable[Notice]:
        """Those of this urgency to this address, in the order of their numbers."""
        return self._lines.get((way, urgency), {}).values()

    def tried(self, way: Way, urgency: Urgency) -> Notice | None:
        """The one of this urgency to this address that waits for another attempt."""
        waiting = (each for each in self.to(way, urgency) if each.state is NoticeState.WAITING)
        first = next(waiting, None)
        return first if first is not None and first.attempts else None

    def has_another(self, notice: Notice) -> bool:
        """Whether the same may reach the same person by another open notice, which is not overdue."""
        others = (each for each in self.about(notice.about) if each.number != notice.number)
        return any(each.told_key == notice.told_key and not each.is_overdue for each in others)

    def has_later(self, notice: Notice) -> bool:
        """Whether a later notice says the same kind of thing about the same to this person at this address."""
        return any(
            each.number > notice.number
            and (each.kind, each.person, each.way) == (notice.kind, notice.person, notice.way)
            for each in self.about(notice.about)
        )

    def lags(self, way: Way, urgency: Urgency) -> bool:
        """Whether something to this address is overdue that must arrive."""
        return any(each.is_overdue and each.must_arrive for each in self.to(way, urgency))

    def about(self, subject: Subject) -> list[Notice]:
        """Those about this subject, in the order of their numbers."""
        return [self._open[number] for number in self._by_subject.get(subject, ())]

    def telling_of(self, alarm: int) -> list[Notice]:
        """Those that tell of this alarm, also among others, in the order of their numbers."""
        return [self._open[number] for number in sorted(self._by_alarm.get(alarm, ()))]

    def put(self, notice: Notice) -> None:
        """Take in a notice, in place of what it was before. One that is over leaves its line."""
        number, way = notice.number, notice.way
        before = self._open.get(number)
        if notice.is_open:
            self._open[number] = notice
            self._lines.setdefault((way, notice.urgency), {})[number] = notice
            if before is None:
                self._by_subject.setdefault(notice.about, {})[number] = None
                self._latest[_joining(way, notice.person, notice.urgency, notice.kind)] = number
            if before is None or before.items is not notice.items:
                self._list_alarms(before, notice)
        elif before is not None:
            del self._open[number]
            _leave(self._lines, (way, notice.urgency), number)
            _leave(self._by_subject, notice.about, number)
            self._leave_alarms(before)
            if self._latest.get(key := _joining(way, notice.person, notice.urgency, notice.kind)) == number:
                del self._latest[key]
        if notice.state is NoticeState.SENDING or self._addresses.get(number) == way:
            self._addresses[number] = way
            self._under_way[way] = notice

    def land(self, number: int) -> Notice | None:
        """The notice of this number is not under way any more; None where it was not."""
        way = self._addresses.pop(number, None)
        return None if way is None else self._under_way.pop(way)

    def joinable(self, way: Way, person: str | None, urgency: Urgency, kind: str) -> Notice | None:
        """A notice to this address that was not sent yet, and that says the same kind of thing of alarms."""
        number = self._latest.get(_joining(way, person, urgency, kind))
        if number is None or kind not in _JOINED:
            return None
        latest = self._open[number]
        return latest if latest.is_new and len(latest.items) < MOST_ITEMS else None

    def next_to(self, way: Way, now: Micros) -> tuple[Notice | None, Micros | None]:
        """What is to be sent to this address now, or else when there may be something; neither while one is under way.

        The most urgent is first, then the oldest. What waits for another attempt holds up what is no more urgent and
        came after it; what waits for its time does not. What is overdue and must arrive holds up only what is about the
        same: a ticket that the other system refuses keeps none from it.
        """
        if way in self._under_way:
            return None, None
        wake: Micros | None = None
        for urgency in Urgency:
            for due, notice in self._in_turn(way, urgency):
                if due <= now:
                    return notice, wake
                wake = due if wake is None else min(wake, due)
        return None, wake

    def _in_turn(self, way: Way, urgency: Urgency) -> Iterator[tuple[Micros, Notice]]:
        """The notices of a line that are held up by none before them, and when they may be sent."""
        held = set[Subject]()
        for notice in self.to(way, urgency):
            if notice.due is None or notice.about in held:
                continue
            yield notice.due, notice
            if notice.attempts and not (notice.is_overdue and notice.must_arrive):
                return
            if notice.attempts:
                held.add(notice.about)

    def _list_alarms(self, before: Notice | None, notice: Notice) -> None:
        """List it by its alarms. Most often others have joined it: nothing is done for those that stood before them."""
        known = before.items if before is not None else ()
        if before is not None and notice.items[: len(known)] != known:
            self._leave_alarms(before)
            known = ()
        for item in notice.items[len(known) :]:
            if item.alarm is not None:
                self._by_alarm.setdefault(item.alarm, {})[notice.number] = None
                self.listed.append((item.alarm, notice.number))

    def _leave_alarms(self, notice: Notice) -> None:
        for alarm in {*notice.alarms}:
            _leave(self._by_alarm, alarm, notice.number)


def _joining(way: Way, person: str | None, urgency: Urgency, kind: str) -> _Joining:
    """What raises, reminders and further members say is one kind of thing."""
    return (way, urgency), person, NoticeKind.RAISED if kind in OF_RAISES else kind


def _leave(index: dict[K, dict[int, V]], key: K, number: int) -> None:
    del index[key][number]
    if not index[key]:
        del index[key]
