"""What a group needs of the part to which it belongs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from gateway.core.kernel.subjects import Subject
from gateway.core.rules.groups.stretch import Key, Stretch


class Keeper(Protocol):
    """Stores for groups, wakes them, and knows the devices."""

    def keep(self, key: Key, stretch: Stretch | None) -> None:
        """Store in which stretch the condition of a member has held; None forgets it."""

    def wake(self, rule: str, subject: Subject) -> None:
        """Look at a group again, that of the rule of this id, when a member no longer counts."""

    def has_spoken(self, members: Collection[str]) -> bool:
        """Whether each of these devices was heard since the latest blindness began."""
