"""The states of a condition within a window: how often it began and ceased to hold, and for how long it held.

All totals are whole numbers, so that what leaves a window can be subtracted. A late reading changes the states from its
place on, until each of its metrics has been said again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.rules.windows.heard import Gaps, Span

Test = Callable[[Mapping[str, Value]], bool | None]
"""Whether the condition holds; None where that is unknown."""

_COMPACT_AFTER = 64


class Said(msgspec.Struct, array_like=True, gc=False):
    """A reading of the condition's metrics, and the condition from then on."""

    time: Micros
    values: tuple[Value | None, ...]
    """One for each metric; None where the reading lacks it."""
    state: bool | None = None
    edge: int = 0
    """1 where the condition began to hold with it, -1 where it ceased to hold."""
    span: Micros = 0
    """How long the state is known to have lasted until the next reading; 0 of the last one."""


class Before(msgspec.Struct, array_like=True, gc=False):
    """What is known of the time before the first reading of a window."""

    time: Micros
    """Since when the state is known."""
    values: dict[str, Value]
    """The metrics' values."""
    state: bool | None = None
    known: bool | None = None
    """The latest state that was known."""


class States:
    """The readings of a condition's metrics, in the order of their times."""

    __slots__ = (
        *("_constants", "_facts", "_first", "_gaps", "_held", "_known", "_metrics", "_not_held", "_said"),
        *("_test", "before", "capacity", "falling", "holding", "lost", "rising"),
    )

    def __init__(
        self,
        test: Test,
        metrics: Sequence[str],
        facts: Mapping[str, Value],
        *,
        begin: Micros,
        capacity: int,
        gaps: Gaps,
    ) -> None:
        """
        Args:
            facts: attributes, and what is known of the metrics at the beginning.
        """
        self.capacity, self.lost = capacity, 0
        self._test, self._metrics, self._gaps = test, tuple(metrics), gaps
        self._constants = {name: value for name, value in facts.items() if name not in metrics}
        known = {name: facts[name] for name in metrics if name in facts}
        self.restore(Before(begin, known), ())

    def restore(self, before: Before, said: Sequence[Said]) -> None:
        """Have these readings in place of all; the state of each is found anew."""
        self.before = before
        self._facts = self._constants | before.values
        before.state = self._test(self._facts)
        before.known = before.known if before.state is None else before.state
        self._known = before.known
        self._said: list[Said] = []
        self._first = self.rising = self.falling = self.holding = self._held = self._not_held = 0
        for each in said:
            self._append(Said(each.time, each.values))

    @property
    def said(self) -> Sequence[Said]:
        """The readings, as they are to be stored."""
        return self._said[self._first :]

    def oldest(self, most: int) -> Sequence[Said]:
        """The readings that leave next, so many at most."""
        return self._said[self._first : self._first + most]

    @property
    def state(self) -> bool | None:
        """Whether the condition holds, as far as is known."""
        return self._said[-1].state if len(self) else self.before.state

    def __len__(self) -> int:
        return len(self._said) - self._first

    def add(self, time: Micros, values: Mapping[str, Value], *, is_late: bool = False) -> None:
        """Add a reading behind those of its time and before. A late one that is there already was said again."""
        if time < self.before.time:
            if is_late:
                return
            time = self.before.time
        said = Said(time, tuple(values.get(name) for name in self._metrics))
        if is_late and self._has(said):
            return
        size = len(self._said) - self._first
        if size >= self.capacity:
            self.lost += 1
            if time < self._said[self._first].time:
                return
            self._leave()
            size -= 1
        if not size or time >= self._said[-1].time:
            self._append(said)
        else:
            self._insert(said)

    def _has(self, said: Said) -> bool:
        """Whether this was said already."""
        place = bisect_left(self._said, said.time, self._first, key=attrgetter("time"))
        return any(each.values == said.values for each in self._said[place:] if each.time == said.time)

    def leave_until(self, time: Micros) -> None:
        """Let the readings of this time and before leave."""
        said = self._said
        while self._first < len(said) and said[self._first].time <= time:
            self._leave()

    def lasted(self, begin: Micros, now: Micros) -> tuple[Micros, Micros]:
        """For how long the condition is known to have held from `begin` to `now`, and for how long not to have held.

        What neither has was not heard, or was not known.
        """
        held, not_held = self._held, self._not_held
        first = self._said[self._first] if len(self) else None
        before = self.before
        spans: list[tuple[bool | None, Span, Micros]] = [
            (before.state, (before.time, now if first is None else first.time), max(begin, before.time))
        ]
        if first is not None:
            last = self._said[-1]
            spans.append((last.state, (last.time, now), max(begin, last.time)))
        for state, span, since in spans:
            lasted = 0 if state is None else self._gaps.heard(since, min(span[1], now), of=span)
            held, not_held = (held + lasted, not_held) if state else (held, not_held + lasted)
        return held, not_held

    def move(self, by: Micros, since: Micros) -> None:
        """Move the times from `since` on."""
        said = [Said(each.time + by if each.time >= since else each.time, each.values) for each in self.said]
        before = self.before
        before.time += by if before.time >= since else 0
        self.restore(before, sorted(said, key=attrgetter("time")))

    def _append(self, said: Said) -> None:
        if len(self._said) > self._first:
            self._count_span(self._said[-1], said.time)
        facts = self._facts
        for name, value in zip(self._metrics, said.values, strict=True):
            if value is not None:
                facts[name] = value
        self._said.append(said)
        self._judge(said, self._test(facts))

    def _judge(self, said: Said, state: bool | None) -> None:
        """Note the state with a reading, and whether that is an edge."""
        said.state = state
        if state is None:
            return
        said.edge = 0 if self._known in (None, state) else 1 if state else -1
        self._known = state
        self.rising += said.edge == 1
        self.falling += said.edge == -1
        self.holding += state

    def _count_span(self, said: Said, until: Micros) -> None:
        if said.state is not None:
            said.span = self._gaps.heard(said.time, until, of=(said.time, until))
            self._held += said.span if said.state else 0
            self._not_held += 0 if said.state else said.span

    def _uncount(self, said: Said) -> None:
        self.rising -= said.edge == 1
        self.falling -= said.edge == -1
        self.holding -= said.state is True
        self._held -= said.span if said.state else 0
        self._not_held -= 0 if said.state else said.span
        said.edge = said.span = 0

    def _leave(self) -> None:
        said, before = self._said[self._first], self.before
        self._uncount(said)
        before.time, before.state = said.time, said.state
        before.known = before.known if said.state is None else said.state
        before.values |= self._given(said)
        self._first += 1
        if self._first > _COMPACT_AFTER and 2 * self._first > len(self._said):
            del self._said[: self._first]
            self._first = 0

    def _given(self, said: Said) -> dict[str, Value]:
        given = zip(self._metrics, said.values, strict=True)
        return {name: value for name, value in given if value is not None}

    def _insert(self, said: Said) -> None:
        """Insert a late reading, and judge those after it anew."""
        place = bisect_right(self._said, said.time, self._first, key=attrgetter("time"))
        following = self._said[place:]
        del self._said[place:]
        for each in following:
            self._uncount(each)
        if place > self._first:
            before = self._said[-1]
            self._held -= before.span if before.state else 0
            self._not_held -= 0 if before.state else before.span
            before.span = 0
        self._look_back()
        pending = set(self._given(said))
        self._append(said)
        for each in following:
            if pending:
                pending -= self._given(each).keys()
                self._append(each)
            else:
                self._count_span(self._said[-1], each.time)
                self._facts |= self._given(each)
                self._said.append(each)
                self._judge(each, each.state)

    def _look_back(self) -> None:
        """Find the facts after the last reading, and the latest state that was known."""
        facts: dict[str, Value] = {}
        known = None
        for each in reversed(self._said[self._first :]):
            facts = self._given(each) | facts
            known = each.state if known is None else known
            if len(facts) == len(self._metrics) and known is not None:
                break
        self._facts = self._constants | self.before.values | facts
        self._known = self.before.known if known is None else known
