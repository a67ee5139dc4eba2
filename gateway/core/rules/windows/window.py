"""A window of one device: what all kinds have in common."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping
from typing import NamedTuple

from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.rules.windows.derivation import Derivation
from gateway.core.rules.windows.heard import Gaps
from gateway.core.rules.windows.let import LASTING
from gateway.core.rules.windows.thresholds import Thresholds, place_of

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


class Standing(NamedTuple):
    """How the value of a derivation compares with its thresholds, and until when."""

    place: Hashable
    """While this is the same, it compares alike with each threshold."""
    until: Micros | None = None
    """When time alone may change that, or earlier, by the feed of the device; None for never."""


class Window(ABC):
    """What all kinds have in common."""

    __slots__ = ("begin", "derivation", "gaps", "goes_on", "is_timed", "key", "standing")

    def __init__(self, derivation: Derivation, key: str, begin: Micros, gaps: Gaps) -> None:
        self.derivation, self.key = derivation, key
        self.is_timed = derivation.is_timed
        """Whether time alone may change its value."""
        self.goes_on = derivation.condition if derivation.function in LASTING else None
        """The condition with whose latest state it goes on."""
        self.begin = begin
        """Since when readings were seen."""
        self.gaps = gaps
        self.standing: Standing | None = None
        """How it stood when that was last found; None since something else than time may have changed that."""

    @property
    def lost(self) -> int:
        """Samples of this run that left early, as there was no room."""
        return 0

    @property
    def size(self) -> int:
        """Samples that it holds."""
        return 1

    @property
    def most(self) -> float:
        """Its value is certainly no greater, at present and until the next reading."""
        return math.inf

    @abstractmethod
    def read(self, time: Micros, values: Mapping[str, Value], *, is_late: bool) -> None:
        """Read the values of its metrics, of which there are some."""

    @abstractmethod
    def derived(self, at: Micros) -> Derived | None:
        """Its value at this time; None where it is unknown."""

    def stands(self, at: Micros, thresholds: Thresholds) -> Standing:
        """How its value compares with the thresholds at this time. Time alone changes nothing of most kinds."""
        return Standing(None)

    def standing_at(self, at: Micros, thresholds: Thresholds) -> Standing:
        """The same, found anew only where a reading or time may have changed it.

        A feed that lags has yet to pass the latest blind gap, and a value moves in any way meanwhile: then it is found
        in each period, and when the gap is passed.
        """
        found = self.standing
        if found is None or (found.until is not None and found.until <= at):
            found = self.stands(at, thresholds)
            if (behind := self.gaps.end - at) >= 0:
                turn = at + min(behind + 1, self.derivation.period)
                found = found._replace(until=turn if found.until is None else min(found.until, turn))
            self.standing = found
        return found

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
        return self._lacks(at) <= 0

    def _lacks(self, at: Micros) -> Micros:
        """How much more of it the gateway must have heard; 0 and less where that is enough."""
        over, begin = self.derivation.over, self.begin
        since = at - over
        if begin <= since:
            return self.gaps.missed(since, at) - over // MAY_MISS
        return begin - since + self.gaps.missed(begin, at) - over // MAY_MISS

    def at_least(self, value: float, at: Micros) -> Derived:
        """A value that more of the window could only raise."""
        return Derived(value, value, value if self.is_whole(at) else math.inf)

    def _stands_with(
        self, number: int, at: Micros, thresholds: Thresholds, leaving: Callable[[int], Micros | None]
    ) -> Standing:
        """Of a number of readings, which falls as they leave and becomes certain as the window becomes whole.

        Args:
            leaving: the time of the reading with which so many have left, or of an earlier one; None for no such.
        """
        lacks = self._lacks(at)
        if not number and thresholds is not None:  # nearly always
            return Standing((place_of(0, thresholds), lacks > 0), at + lacks if lacks > 0 else None)
        if thresholds is None:
            first = leaving(1) if number else None
            return Standing(None, at + 1 if lacks > 0 else None if first is None else first + self.derivation.over)
        left = [max(1, math.ceil(number - each)) for each in thresholds if 0 <= each <= number]
        first = leaving(min(left)) if left else None
        turns = [at + lacks] if lacks > 0 else []
        turns += [first + self.derivation.over] if first is not None else []
        return Standing((place_of(number, thresholds), lacks > 0), min(turns, default=None))
