"""What is kept of the members of a group for each function: a change of one member costs no look at the others."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence

from gateway.core.kernel.times import LATEST, Micros
from gateway.core.rules.groups.endings import Endings
from gateway.core.rules.groups.exact_sum import ExactSum
from gateway.core.rules.groups.functions import GroupFunction
from gateway.core.rules.windows.window import Derived


class CountTally:
    """How many members a condition holds for; of those for which that is unknown, it may hold."""

    def __init__(self, function: GroupFunction, members: Sequence[str]) -> None:
        self.function = function
        self.verdicts: dict[str, bool | None] = dict.fromkeys(members)
        """Whether the condition holds, by member; None where that is unknown."""
        self.ended: dict[str, Micros] = {}
        """When it ended last, of each member for which it does not hold."""
        self._true, self._unknown = 0, len(members)
        self._ends_false, self._ends_unknown = Endings(), Endings()

    def set(self, member: str, verdict: bool | None, time: Micros) -> bool:
        """Whether the condition holds for a member from this time on. Returns whether that is new."""
        before = self.verdicts[member]
        if verdict is before:
            return False
        ended = self.ended.pop(member, None)
        if ended is not None:
            self._ends(before).remove(ended, member)
        self.verdicts[member] = verdict
        self._true += (verdict is True) - (before is True)
        self._unknown += (verdict is None) - (before is None)
        if verdict is not True:
            self._remember(member, time if before is True else ended)
        return True

    def touch(self, member: str, time: Micros) -> None:
        """The condition, which does not hold, held at this moment: an event."""
        ended = self.ended.pop(member, None)
        if ended is not None:
            self._ends(self.verdicts[member]).remove(ended, member)
        self._remember(member, time if ended is None else max(time, ended))

    def restore(self, member: str, ended: Micros) -> None:
        """The condition ended then in an earlier run."""
        if self.verdicts[member] is not True:
            self.touch(member, ended)

    def move(self, member: str, by: Micros) -> None:
        """The clock by which its ending was told was set."""
        ended = self.ended[member]
        ends = self._ends(self.verdicts[member])
        ends.remove(ended, member)
        self.ended[member] = ended + by
        ends.add(ended + by, member)

    def derived(self, at: Micros, *, joins: bool = False) -> Derived | None:
        """The number at this time, or the share; a member counts for some time after its condition has ended.

        Args:
            joins: whether a member begins to count at this time: then those count whose condition ended later.
        """
        since = self._since(at, joins=joins)
        remembered, unsure = self._ends_false.count_after(since), self._ends_unknown.count_after(since)
        low = self._true + remembered + unsure
        high = low + self._unknown - unsure
        parts = self.parts
        return Derived(low / parts, low / parts, high / parts)

    @property
    def parts(self) -> int:
        """Into how many parts 1 is divided: of a share, the number of members."""
        return len(self.verdicts) if self.function.function == "share" else 1

    def counted(self, at: Micros, *, joins: bool = False) -> Iterator[str]:
        """The members that count at this time, in the order of the site's files."""
        since = self._since(at, joins=joins)
        recent = {*self._ends_false.after(since), *self._ends_unknown.after(since)}
        return (member for member, verdict in self.verdicts.items() if verdict or member in recent)

    def unknown(self) -> Iterator[str]:
        """The members of which it is unknown whether the condition holds."""
        return (member for member, verdict in self.verdicts.items() if verdict is None)

    def next_end(self, at: Micros) -> Micros | None:
        """When, after this time, the next member no longer counts by time alone; None where there is none."""
        since = at - self.function.within
        found = (self._ends_false.next_after(since), self._ends_unknown.next_after(since))
        return min((each + self.function.within for each in found if each is not None), default=None)

    def _since(self, at: Micros, *, joins: bool) -> Micros:
        """A member whose condition has ended later than this counts."""
        return at - self.function.within if joins or self.function.within else LATEST

    def _ends(self, verdict: bool | None) -> Endings:
        return self._ends_unknown if verdict is None else self._ends_false

    def _remember(self, member: str, ended: Micros | None) -> None:
        if ended is not None:
            self.ended[member] = ended
            self._ends(self.verdicts[member]).add(ended, member)


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

    def derived(self, at: Micros, *, joins: bool = False) -> Derived | None:
        """The value of the function, whenever it is asked for; None where it is unknown."""
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
