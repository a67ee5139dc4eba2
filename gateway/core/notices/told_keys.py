"""What was told of late: the same is not told twice by the same way."""

from __future__ import annotations

from collections.abc import Iterable

MOST = 10_000
"""Keys that are remembered, about: those of the latest notices."""


class ToldKeys:
    """Keys of notices, alone and with the way, and of which of them people know."""

    def __init__(self) -> None:
        self._known: dict[str, bool] = {}

    def restore(self, keys: Iterable[tuple[str, str, bool]]) -> None:
        """Go on with the latest notices, the oldest first: the key, that with the way, and whether it has arrived."""
        for key, way_key, has_arrived in keys:
            self.add(key, way_key)
            if has_arrived:
                self.reached(key)

    def has(self, way_key: str) -> bool:
        """Whether this was told by this way."""
        return way_key in self._known

    def add(self, key: str, way_key: str) -> None:
        """It is told by this way from now on."""
        self._known.setdefault(key, False)
        self._known[way_key] = False
        while len(self._known) > 2 * MOST:
            del self._known[next(iter(self._known))]

    def reached(self, key: str) -> None:
        """It has arrived, by one of the ways."""
        self._known[key] = True

    def has_reached(self, key: str) -> bool:
        """Whether it has arrived by any way."""
        return self._known.get(key, False)
