"""Numbers that never repeat in the life of a store, whatever is deleted."""

from __future__ import annotations

from collections.abc import Mapping


class Counters:
    """One counter for each kind of thing that is numbered, from 1 on."""

    def __init__(self, following: Mapping[str, int]) -> None:
        """`following` holds the next number by the counter's name; a counter that it does not name begins at 1."""
        self._following = dict(following)
        self._changed: set[str] = set()

    def take(self, name: str, count: int = 1) -> int:
        """The first of the next `count` numbers, which are used up by this."""
        number = self._following.get(name, 1)
        if count:
            self._following[name] = number + count
            self._changed.add(name)
        return number

    def peek(self, name: str) -> int:
        """The next number."""
        return self._following.get(name, 1)

    def finish(self) -> dict[str, int]:
        """The next number of each counter that has moved since this was last called."""
        changed = {name: self._following[name] for name in self._changed}
        self._changed.clear()
        return changed
