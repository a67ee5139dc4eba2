"""Counters whose numbers never repeat in the life of a store, even after rows are deleted."""

from __future__ import annotations

from collections.abc import Mapping


class Counters:
    """One counter for each numbered kind of record, starting at 1."""

    def __init__(self, next_numbers: Mapping[str, int]) -> None:
        """`next_numbers` holds the next number by counter name; a counter missing from it starts at 1."""
        self._next = dict(next_numbers)
        self._changed: set[str] = set()

    def take(self, name: str, count: int = 1) -> int:
        """Use up the next `count` numbers and return the first."""
        number = self._next.get(name, 1)
        if count:
            self._next[name] = number + count
            self._changed.add(name)
        return number

    def peek(self, name: str) -> int:
        """The next number, without using it up."""
        return self._next.get(name, 1)

    def finish(self) -> dict[str, int]:
        """The next number of each counter that has moved since the last call."""
        changed = {name: self._next[name] for name in self._changed}
        self._changed.clear()
        return changed
