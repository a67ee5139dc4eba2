"""When the conditions of members have ended last: for some time afterwards these members still count."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator

from gateway.core.kernel.times import Micros


class Endings:
    """The latest ending of each member, in their order: how many are later than a time is known in O(log n) steps."""

    __slots__ = ("_order",)

    def __init__(self) -> None:
        self._order: list[tuple[Micros, str]] = []

    def add(self, time: Micros, member: str) -> None:
        """The condition of a member, of which there is no ending here, has ended."""
        insort(self._order, (time, member))

    def remove(self, time: Micros, member: str) -> None:
        """Forget the ending that was added with this time."""
        del self._order[bisect_left(self._order, (time, member))]

    def count_after(self, time: Micros) -> int:
        """How many are later than this time."""
        return len(self._order) - self._place(time)

    def after(self, time: Micros) -> Iterator[str]:
        """The members whose ending is later than this time."""
        return (member for _, member in self._order[self._place(time) :])

    def next_after(self, time: Micros) -> Micros | None:
        """The earliest ending that is later than this time."""
        place = self._place(time)
        return self._order[place][0] if place < len(self._order) else None

    def _place(self, time: Micros) -> int:
        return bisect_right(self._order, time, key=lambda each: each[0])
