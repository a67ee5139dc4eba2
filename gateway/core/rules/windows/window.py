"""A window of one device: what all kinds have in common."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import NamedTuple

from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.rules.windows.derivation import Derivation
from gateway.core.rules.windows.heard import Gaps

MAY_MISS = 10
"""Of a whole window at most one part in so many was not heard."""


class Derived(NamedTuple):
    """The value of a derivation, and between which values it is for certain.

    They are one where the gateway has heard the whole window. In part of a window, a count is only the least that it
    may be.
    """

    value: Value
    low: Value
    high: Value


class Window(ABC):
    """What all kinds have in common."""

    __slots__ = ("begin", "derivation", "gaps", "key")

    def __init__(self, derivation: Derivation, key: str, begin: Micros, gaps: Gaps) -> None:
        self.derivation, self.key = derivation, key
        self.begin = begin
        """Since when readings were seen."""
        self.gaps = gaps

    @property
    def lost(self) -> int:
        """Samples of this run that left early, as there was no room."""
        return 0

    @property
    def size(self) -> int:
        """Samples that it holds."""
        return 1

    @abstractmethod
    def read(self, time: Micros, values: Mapping[str, Value], *, is_late: bool) -> None:
        """Read the values of its metrics, of which there are some."""

    @abstractmethod
    def derived(self, at: Micros) -> Derived | None:
        """Its value at this time; None where it is unknown."""

    def may_move(self, at: Micros) -> bool:
        """Whether time alone may change its value after this time, or what is certain of it."""
        return not self.is_whole(at)

    def moves_at(self, at: Micros) -> bool:
        """Whether time changes it from this time on by itself, and not only as readings leave it."""
        return self.derivation.period is not None and self.may_move(at)

    def leaves_at(self, at: Micros) -> Micros | None:
        """When the next reading leaves it after this time, and so changes it; None where that does not matter."""
        return None

    def begin_with(self, facts: Mapping[str, Value], times: Mapping[str, Micros]) -> None:
        """Know what was said last before it began. Most kinds have no use for that."""
        return

    def move(self, by: Micros, since: Micros) -> None:
        """Move the times from `since` on."""
        self.begin += by if self.begin >= since else 0

    @abstractmethod
    def content(self) -> object:
        """A copy of what is to be stored."""

    @abstractmethod
    def restore(self, content: object) -> bool:
        """Restore what was stored; False where it is of another kind of window."""

    def is_whole(self, at: Micros) -> bool:
        """Whether the gateway has heard all of the window, or nearly all."""
        since = at - self.derivation.over
        missed = max(0, self.begin - since) + self.gaps.missed(max(since, self.begin), at)
        return missed * MAY_MISS <= self.derivation.over

    def at_least(self, value: float, at: Micros) -> Derived:
        """A value that more of the window could only raise."""
        return Derived(value, value, value if self.is_whole(at) else math.inf)
