"""The notices that are open, in a line for each address: one is under way at a time."""

from __future__ import annotations

from gateway.core.kernel.times import Micros
from gateway.core.notices.notice import MOST_ITEMS, OF_RAISES, Notice, NoticeKind, NoticeState
from gateway.core.notices.requests import Urgency
from gateway.core.notices.ways import Way


class Lines:
    """Open notices by number and by address."""

    def __init__(self) -> None:
        self._open: dict[int, Notice] = {}
        self._by_way: dict[Way, dict[int, None]] = {}
        self._under_way: dict[Way, Notice] = {}
        """What is under way to each address. It may have been given up since: then it is not open any more."""
        self._addresses: dict[int, Way] = {}
        """Where the notices go that are under way."""

    def get(self, number: int) -> Notice | None:
        """The open notice of this number."""
        return self._open.get(number)

    def open(self) -> list[Notice]:
        """All of them, in the order of their numbers."""
        return [self._open[number] for number in sorted(self._open)]

    def ways(self) -> list[Way]:
        """The addresses that have some."""
        return sorted(self._by_way)

    def to(self, way: Way) -> list[Notice]:
        """Those to this address, in the order of their numbers."""
        return [self._open[number] for number in sorted(self._by_way.get(way, ()))]

    def put(self, notice: Notice) -> None:
        """Take in a notice, in place of what it was before. One that is over leaves its line."""
        number, way = notice.number, notice.way
        if notice.is_open:
            self._open[number] = notice
            self._by_way.setdefault(way, {})[number] = None
        elif self._open.pop(number, None) is not None:
            del self._by_way[way][number]
            if not self._by_way[way]:
                del self._by_way[way]
        if notice.state is NoticeState.SENDING or self._addresses.get(number) == way:
            self._addresses[number] = way
            self._under_way[way] = notice

    def land(self, number: int) -> Notice | None:
        """The notice of this number is not under way any more; None where it was not."""
        way = self._addresses.pop(number, None)
        return None if way is None else self._under_way.pop(way)

    def joinable(self, way: Way, person: str | None, urgency: Urgency, kind: str) -> Notice | None:
        """A notice to this address that was not sent yet, and that says the same kind of thing of alarms."""
        kinds = OF_RAISES if kind in OF_RAISES else {kind} & {NoticeKind.OVER}
        for each in self.to(way):
            is_same = each.kind in kinds and each.person == person and each.urgency is urgency
            if each.is_new and is_same and len(each.items) < MOST_ITEMS:
                return each
        return None

    def next_to(self, way: Way, now: Micros) -> tuple[Notice | None, Micros | None]:
        """What is to be sent to this address now, or else when there may be something; neither while one is under way.

        The most urgent is first, then the oldest. What waits for another attempt holds up what is no more urgent and
        came after it; what waits for its time does not.
        """
        if way in self._under_way:
            return None, None
        ready: Notice | None = None
        wake: Micros | None = None
        blocked: set[Urgency] = set()
        for notice in self.to(way):
            if notice.urgency in blocked or notice.due is None:
                continue
            if notice.due <= now:
                blocked.add(notice.urgency)
                if ready is None or notice.urgency.rank < ready.urgency.rank:
                    ready = notice
                continue
            if notice.attempts:
                blocked.add(notice.urgency)
            wake = notice.due if wake is None else min(wake, notice.due)
        return ready, wake
