"""The samples of a window in the order of their times, and a fold over them that never subtracts.

They stand in two parts. Of the earlier one, the fold from each sample to the part's end is known: a sample that leaves
takes nothing else with it. Of the later one, only the fold of all is known, and each new sample is merged into it. When
the earlier part is used up, the later one becomes it. So each sample is folded twice in all. A late sample is inserted,
and all are folded anew when the fold is wanted next: many that come late together cost one.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from gateway.core.kernel.times import Micros
from gateway.core.rules.windows.folds import Fold, Summary

_COMPACT_AFTER = 64
"""Samples that have left before their room is given back, at least."""


class Samples:
    """Samples of a window: times that rise or repeat, and finite values."""

    __slots__ = (
        "_base",
        "_first",
        "_fold",
        "_is_folded",
        "_later",
        "_split",
        "_times",
        "_to_split",
        "_values",
        "capacity",
        "lost",
    )

    def __init__(self, capacity: int, fold: Fold | None = None) -> None:
        """`capacity` is the most samples; without a fold only the samples are kept."""
        self.capacity = capacity
        self.lost = 0
        """How many left early, as there was no room."""
        self._fold = fold
        self._times = array("q")
        self._values = array("d")
        self._first = 0
        """Where the samples begin in both arrays: those before have left."""
        self._split = 0
        """Where the later part begins."""
        self._to_split = array("d")
        """The folds from each sample of the earlier part to its end, the last sample first."""
        self._later: Summary | None = None
        self._is_folded = True
        """Whether the folds are those of the samples."""
        self._base: Micros = 0
        """The fold's times are from this one."""

    def __len__(self) -> int:
        return len(self._times) - self._first

    @property
    def times(self) -> array[int]:
        """A copy of the times."""
        return self._times[self._first :]

    @property
    def values(self) -> array[float]:
        """A copy of the values."""
        return self._values[self._first :]

    @property
    def oldest(self) -> tuple[Micros, float]:
        """Time and value of the first; IndexError when there is none."""
        return self._times[self._first], self._values[self._first]

    def time_of(self, number: int) -> Micros:
        """The time of a sample, the first being 1."""
        return self._times[self._first + number - 1]

    @property
    def latest(self) -> tuple[Micros, float]:
        """Time and value of the last; IndexError when there is none."""
        return self._times[-1], self._values[-1]

    def add(self, time: Micros, value: float) -> bool:
        """Add a sample behind those of its time and before; False where there is no room for so old a one."""
        if len(self._times) - self._first >= self.capacity:
            self.lost += 1
            if time < self._times[self._first]:
                return False
            self._leave(1)
        times, fold = self._times, self._fold
        if times and time < times[-1]:
            place = bisect_right(times, time, self._first)
            times.insert(place, time)
            self._values.insert(place, value)
            self._is_folded = False
            return True
        times.append(time)
        self._values.append(value)
        if fold is not None and self._is_folded:
            if self._later is None and len(times) - self._first == 1:
                self._base = time
            lifted = fold.lift(time - self._base, value)
            self._later = lifted if self._later is None else fold.merge(self._later, lifted)
        return True

    def has(self, time: Micros, value: float) -> bool:
        """Whether there is such a sample."""
        place = bisect_left(self._times, time, self._first)
        while place < len(self._times) and self._times[place] == time:
            if self._values[place] == value:
                return True
            place += 1
        return False

    def leave_until(self, time: Micros) -> None:
        """Let the samples of this time and before leave."""
        times, first = self._times, self._first
        if first < len(times) and times[first] <= time:
            self._leave(bisect_right(times, time, first) - first)

    def folded(self) -> Sequence[float] | None:
        """The fold of all samples; None when there is none."""
        fold = self._fold
        if fold is None or self._first >= len(self._times):
            return None
        if not self._is_folded:
            self._refold()
        if self._split == self._first:
            return self._later
        earlier = self._to_split[-fold.width :]
        return earlier if self._later is None else fold.merge(earlier, self._later)

    def move(self, by: Micros, since: Micros) -> None:
        """Move the times from `since` on; those of which the order changes are sorted anew."""
        samples = zip(self.times, self.values, strict=True)
        moved = sorted(((time + by if time >= since else time, value) for time, value in samples), key=_time)
        self.restore(array("q", [time for time, _ in moved]), array("d", [value for _, value in moved]))

    def restore(self, times: array[int], values: array[float]) -> None:
        """Have these samples in place of all."""
        kept = max(0, len(times) - self.capacity)
        self._times, self._values, self._first, self._split = times[kept:], values[kept:], 0, 0
        self._is_folded = self._fold is None

    def _leave(self, count: int) -> None:
        """The first so many leave."""
        self._first += count
        if self._first >= len(self._times):
            self._clear()
        elif self._fold is None or not self._is_folded:
            self._compact()
        elif self._first >= self._split:
            self._refold()
        else:
            del self._to_split[-count * self._fold.width :]
            self._compact()

    def _clear(self) -> None:
        self._times, self._values, self._to_split = array("q"), array("d"), array("d")
        self._first = self._split = 0
        self._later, self._is_folded = None, True

    def _refold(self) -> None:
        """All samples are the earlier part now."""
        self._compact(always=True)
        self._split, self._later = len(self._times), None
        fold, folds = self._fold, array("d")
        if fold is not None and self._times:
            self._base = base = self._times[0]
            folded: Summary | None = None
            for time, value in zip(reversed(self._times), reversed(self._values), strict=True):
                lifted = fold.lift(time - base, value)
                folded = lifted if folded is None else fold.merge(lifted, folded)
                folds.extend(folded)
        self._to_split, self._is_folded = folds, True

    def _compact(self, *, always: bool = False) -> None:
        first = self._first
        if always or (first > _COMPACT_AFTER and 2 * first > len(self._times)):
            del self._times[:first], self._values[:first]
            self._split = max(0, self._split - first)
            self._first = 0


def _time(sample: tuple[Micros, float]) -> Micros:
    return sample[0]
