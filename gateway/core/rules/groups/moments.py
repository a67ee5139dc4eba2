"""Moments of the members of a group in their order: when their conditions began to hold, or ended."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator

from gateway.core.kernel.times import Micros


class Moments:
    """One of each member at most: how many are later than a time is known in O(log n) steps."""

    __slots__ = ("_order",)

    def __init__(self) -> None:
        self._order: list[tuple[Micros, str]] = []

    def add(self, time: Micros, member: str) -> None:
        """Add that of a member which has none here."""
        insort(self._order, (time, member))

    def remove(self, time: Micros, member: str) -> None:
        """Remove what was added with this time."""
        del self._order[bisect_left(self._order, (time, member))]

    def count_after(self, time: Micros) -> int:
        """How many are later than this time."""
        if not self._order or self._order[-1][0] <= time:  # nearly always
            return 0
        return len(self._order) - self._place(time)

    def after(self, time: Micros) -> Iterator[str]:
        """The members whose moment is later than this time."""
        return (member for _, member in self._order[self._place(time) :])

    def between(self, time: Micros, end: Micros) -> list[Micros]:
        """Those that are later than the one time, and earlier than the other."""
        return [each for each, _ in self._order[self._place(time) : bisect_left(self._order, (end, ""))]]

    def next_after(self, time: Micros) -> Micros | None:
        """The earliest that is later than this time."""
        place = self._place(time)
        return self._order[place][0] if place < len(self._order) else None

    def _place(self, time: Micros) -> int:
        return bisect_right(self._order, time, key=lambda each: each[0])
