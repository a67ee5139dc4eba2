"""What is kept of the members of a group for each function: a change of one member costs no look at the others."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence

from gateway.core.kernel.times import LATEST, Micros
from gateway.core.rules.groups.exact_sum import ExactSum
from gateway.core.rules.groups.functions import GroupFunction
from gateway.core.rules.groups.moments import Moments
from gateway.core.rules.groups.stretch import Stretch, Word
from gateway.core.rules.windows.window import Derived


class CountTally:
    """How many members a condition holds for; of those for which that is unknown, it may hold."""

    def __init__(self, function: GroupFunction, members: Sequence[str]) -> None:
        self.function = function
        self.verdicts: dict[str, bool | None] = dict.fromkeys(members)
        """Whether the condition holds, by member; None where that is unknown."""
        self.stretches: dict[str, Stretch] = {}
        """The latest stretch in which it held, of each member that has one."""
        self._true, self._unknown = 0, len(members)
        self._begins, self._ends_false, self._ends_unknown = Moments(), Moments(), Moments()

    def set(self, member: str, verdict: bool | None, word: Word) -> bool:
        """Whether the condition holds for a member, as it was told. Returns whether that is new."""
        before = self.verdicts[member]
        if verdict is before:
            return False
        self._take_out(member)
        self.verdicts[member] = verdict
        self._true += (verdict is True) - (before is True)
        self._unknown += (verdict is None) - (before is None)
        stretch = self.stretches.get(member)
        if verdict is True and (stretch is None or stretch.ended is not None):  # else an earlier run knew that it holds
            self.stretches[member] = Stretch.begin(word)
        elif before is True and stretch is not None:
            self.stretches[member] = stretch.end(word)
        self._put_in(member)
        return True

    def touch(self, member: str, word: Word) -> None:
        """The condition, which does not hold, held at this moment: an event. The latest is remembered."""
        known = self.stretches.get(member)
        if known is None or known.ended is None or known.ended <= word.time:
            self.put(member, Stretch.begin(word).end(word))

    def put(self, member: str, stretch: Stretch) -> None:
        """Have this stretch in place of the one that is known: of an earlier run, or as the clock was set."""
        self._take_out(member)
        self.stretches[member] = stretch
        self._put_in(member)

    def forget(self, member: str) -> bool:
        """Know no stretch of a member for which the condition does not hold. Returns whether one was known."""
        self._take_out(member)
        return self.stretches.pop(member, None) is not None

    def derived(self, at: Micros) -> Derived:
        """The number at present, or the share; a member counts for some time after its condition has ended."""
        low = self.least(at)
        return self._derived(low, low + self._unknown - self._ends_unknown.count_after(self._since(at)))

    def least(self, at: Micros) -> int:
        """How many members count at present for certain."""
        since = self._since(at)
        return self._true + self._ends_false.count_after(since) + self._ends_unknown.count_after(since)

    def derived_then(self, time: Micros) -> Derived:
        """The same at a past time: those count whose latest stretch had begun, and had not ended for longer."""
        since = time - self.function.within
        ended = self._ends_false.count_after(since) + self._ends_unknown.count_after(since)
        low = self._true + ended - self._begins.count_after(time)
        return self._derived(low, min(low + self._unknown, len(self.verdicts)))

    def _derived(self, low: int, high: int) -> Derived:
        parts = self.parts
        return Derived(low / parts, low / parts, high / parts)

    @property
    def parts(self) -> int:
        """Into how many parts 1 is divided: of a share, the number of members."""
        return len(self.verdicts) if self.function.function == "share" else 1

    def counted(self, at: Micros) -> Iterator[str]:
        """The members that count at present, in the order of the site's files."""
        recent = {*self._ends_false.after(since := self._since(at)), *self._ends_unknown.after(since)}
        return (member for member, verdict in self.verdicts.items() if verdict or member in recent)

    def counted_then(self, time: Micros) -> Iterator[str]:
        """The same at a past time."""
        since = time - self.function.within
        recent = {*self._ends_false.after(since), *self._ends_unknown.after(since)}
        later = {*self._begins.after(time)}
        return (
            member for member, verdict in self.verdicts.items() if (verdict or member in recent) and member not in later
        )

    def is_clear(self, member: str, at: Micros) -> bool:
        """Whether a member certainly does not count at present."""
        stretch = self.stretches.get(member)
        is_remembered = stretch is not None and stretch.ended is not None and stretch.ended > self._since(at)
        return self.verdicts[member] is False and not is_remembered

    def begins_after(self, time: Micros) -> list[Micros]:
        """When further members began to count while one would that has ended at this time."""
        return self._begins.between(time, time + self.function.within)

    def unknown(self) -> Iterator[str]:
        """The members for which it is unknown whether the condition holds."""
        return (member for member, verdict in self.verdicts.items() if verdict is None)

    def next_end(self, at: Micros) -> Micros | None:
        """When, after this time, a member no longer counts by time alone; None where there is none."""
        since = at - self.function.within
        found = (self._ends_false.next_after(since), self._ends_unknown.next_after(since))
        return min((each + self.function.within for each in found if each is not None), default=None)

    def _since(self, at: Micros) -> Micros:
        """A member whose condition has ended later than this counts."""
        return at - self.function.within if self.function.within else LATEST

    def _take_out(self, member: str) -> None:
        for moments, time in self._places(member):
            moments.remove(time, member)

    def _put_in(self, member: str) -> None:
        for moments, time in self._places(member):
            moments.add(time, member)

    def _places(self, member: str) -> list[tuple[Moments, Micros]]:
        """Where the stretch of a member is to be found. One that lasts, as an earlier run knew, but not by what is
        known now, is nowhere: nobody knows its end."""
        stretch, verdict = self.stretches.get(member), self.verdicts[member]
        if stretch is None or (verdict is True) is not (stretch.ended is None):
            return []
        began = (self._begins, stretch.began)
        if stretch.ended is None:
            return [began]
        return [began, (self._ends_unknown if verdict is None else self._ends_false, stretch.ended)]


class ValueTally:
    """The values of a metric of the members."""

    def __init__(self, function: GroupFunction, members: Sequence[str], roles: tuple[str | None, str | None]) -> None:
        """`roles` are the two members of a difference; None of a role that no member has."""
        self.function = function
        self.values: dict[str, float | None] = dict.fromkeys(members)
        """By member; None where it is unknown."""
        self._roles = roles
        self._known = 0
        self._sum = ExactSum()
        self._order: list[float] = []

    def set(self, member: str, value: float | None) -> bool:
        """The value of a member. Returns whether it is new. What is no finite number is unknown."""
        value = value if value is not None and math.isfinite(value) else None
        before = self.values[member]
        if value == before:
            return False
        self.values[member] = value
        self._known += (value is not None) - (before is not None)
        match self.function.function:
            case "sum" | "mean":
                self._sum.move(before, value)
            case "min" | "max" | "spread":
                self._reorder(before, value)
        return True

    def derived(self) -> Derived | None:
        """The value of the function at present; None where it is unknown."""
        count, order = len(self.values), self._order
        is_whole = self._known == count
        match self.function.function:
            case "sum" if is_whole:
                return _certain(self._sum.over(1))
            case "mean" if is_whole:
                return _certain(self._sum.over(count))
            case "max" if order:
                return Derived(order[-1], order[-1], order[-1] if is_whole else math.inf)
            case "min" if order:
                return Derived(order[0], order[0] if is_whole else -math.inf, order[0])
            case "spread" if order:
                apart = order[-1] - order[0]
                return Derived(apart, apart, apart if is_whole else math.inf)
            case "difference":
                one, other = (self.values.get(each) if each is not None else None for each in self._roles)
                return _certain(one - other) if one is not None and other is not None else None
        return None

    def concerned(self) -> Iterator[str]:
        """The members that make the value what it is, in the order of the site's files."""
        match self.function.function:
            case "min" | "max" | "spread":
                ends = {"min": self._order[:1], "max": self._order[-1:]}.get(
                    self.function.function, [*self._order[:1], *self._order[-1:]]
                )
                return (member for member, value in self.values.items() if value in ends)
            case "difference":
                return (member for member in self.values if member in self._roles)
        return iter(self.values)

    def unknown(self) -> Iterator[str]:
        """The members of which the value is unknown."""
        needed = self._roles if self.function.function == "difference" else self.values
        return (member for member, value in self.values.items() if value is None and member in needed)

    def _reorder(self, before: float | None, value: float | None) -> None:
        if before is not None:
            del self._order[bisect_left(self._order, before)]
        if value is not None:
            insort(self._order, value)


Tally = CountTally | ValueTally


def _certain(value: float) -> Derived:
    return Derived(value, value, value)
