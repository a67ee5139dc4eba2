"""Windows of conditions: how often they began and ceased to hold, for how long they held, and how long ago."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from gateway.core.kernel.times import LATEST, SECOND, Micros
from gateway.core.kernel.values import Value
from gateway.core.rules.windows.derivation import Derivation
from gateway.core.rules.windows.heard import Gaps
from gateway.core.rules.windows.since import Since, SinceState
from gateway.core.rules.windows.states import Before, Said, States
from gateway.core.rules.windows.thresholds import Thresholds, place_of
from gateway.core.rules.windows.window import Derived, Standing, Window


class StoredStates(msgspec.Struct, frozen=True, array_like=True, tag="states", gc=False):
    """The readings of a condition's metrics."""

    before: Before
    said: list[Said]


class StateWindow(Window):
    """A window over the readings of a condition's metrics."""

    __slots__ = ("_is_of_number", "_states")

    def __init__(self, derivation: Derivation, key: str, begin: Micros, gaps: Gaps, facts: Mapping[str, Value]) -> None:
        super().__init__(derivation, key, begin, gaps)
        self._is_of_number = derivation.function in _COUNTS
        self._states = States(
            _test_of(derivation),
            derivation.metrics,
            _read_by(derivation, facts),
            begin=begin,
            capacity=derivation.capacity,
            gaps=gaps,
        )

    @property
    def lost(self) -> int:
        """Readings of this run that left early, as there was no room."""
        return self._states.lost

    @property
    def size(self) -> int:
        """Readings that it holds."""
        return len(self._states)

    @property
    def most(self) -> float:
        """A number only falls as readings leave."""
        return self._number if self._is_of_number else math.inf

    def read(self, time: Micros, values: Mapping[str, Value], *, is_late: bool) -> None:
        """Read a reading. Most change no number: none of those that count is there."""
        had_none = not self._number
        self._states.add(time, values, is_late=is_late)
        self._states.leave_until(time - self.derivation.over)
        if not (had_none and self._is_of_number and not self._number):
            self.standing = None

    def derived(self, at: Micros) -> Derived | None:
        """How often it became true or false, with how many readings it holds, or for how many seconds it held."""
        over, states = self.derivation.over, self._states
        states.leave_until(at - over)
        if self._is_of_number:
            return self.at_least(self._number, at)
        held, not_held = states.lasted(at - over, at)
        return Derived(held / SECOND, held / SECOND, (over - not_held) / SECOND)

    def stands(self, at: Micros, thresholds: Thresholds) -> Standing:
        """A number changes as readings leave, and a time by as much as passes at most."""
        over, states = self.derivation.over, self._states
        states.leave_until(at - over)
        if self._is_of_number:
            return self._stands_with(self._number, at, thresholds, self._leaving)
        held, not_held = states.lasted(at - over, at)
        least, most = held, over - not_held
        grows, falls = states.state is True and least < over, states.state is not True and least > 0
        most_grows, most_falls = states.state is not False and most < over, states.state is False and most > 0
        if thresholds is None:
            return Standing(None, at + 1 if grows or falls or most_grows or most_falls else None)
        turns = [
            *_turns(least, thresholds, grows=grows, falls=falls),
            *_turns(most, thresholds, grows=most_grows, falls=most_falls),
        ]
        place = place_of(least / SECOND, thresholds), place_of(most / SECOND, thresholds)
        return Standing(place, at + min(turns) if turns else None)

    def _leaving(self, number: int) -> Micros | None:
        """The time of the reading with which so many that count have left, if that is one of the next; else the last of
        these."""
        counts, time = _COUNTS[self.derivation.function], None
        for said in self._states.oldest(_LOOK_AHEAD):
            time = said.time
            number -= counts(said)
            if number <= 0:
                break
        return time

    @property
    def _number(self) -> int:
        states, function = self._states, self.derivation.function
        return states.rising if function == "rising" else states.falling if function == "falling" else states.holding

    def move(self, by: Micros, since: Micros) -> None:
        """Move the times from `since` on."""
        super().move(by, since)
        self._states.move(by, since)

    def content(self) -> object:
        """The readings, and what is known of the time before."""
        said = [Said(each.time, each.values) for each in self._states.said]
        return StoredStates(msgspec.structs.replace(self._states.before, values={**self._states.before.values}), said)

    def restore(self, content: object) -> bool:
        """Restore them."""
        if not isinstance(content, StoredStates):
            return False
        self._states.restore(content.before, content.said)
        return True


class SinceWindow(Window):
    """How long ago a condition held last."""

    __slots__ = ("_since",)

    def __init__(self, derivation: Derivation, key: str, begin: Micros, gaps: Gaps, facts: Mapping[str, Value]) -> None:
        super().__init__(derivation, key, begin, gaps)
        known = _read_by(derivation, facts)
        self._since = Since(_test_of(derivation), derivation.metrics, known, begin=begin, gaps=gaps)

    def read(self, time: Micros, values: Mapping[str, Value], *, is_late: bool) -> None:
        """Read a reading; one that is not late is the latest."""
        self._since.add(time if is_late else max(time, self._since.now.at), values)
        self.standing = None

    def derived(self, at: Micros) -> Derived | None:
        """The seconds since it held: without blind time for certain, and at most with it."""
        lasted = self._since.lasted(at)
        if lasted is None:
            return None
        heard, most = lasted
        return Derived(heard / SECOND, heard / SECOND, math.inf if most is None else most / SECOND)

    def stands(self, at: Micros, thresholds: Thresholds) -> Standing:
        """It grows with time while the condition does not hold."""
        lasted = self._since.lasted(at)
        grows = self._since.now.state is False
        if thresholds is None or lasted is None:
            return Standing(lasted is None, at + 1 if grows and lasted is not None else None)
        heard, most = lasted
        ends = (heard,) if most is None or most == heard else (heard, most)
        turns = [turn for end in ends if grows for turn in _turns(end, thresholds, grows=True, falls=False)]
        place = place_of(heard / SECOND, thresholds), None if most is None else place_of(most / SECOND, thresholds)
        return Standing(place, at + min(turns) if turns else None)

    def move(self, by: Micros, since: Micros) -> None:
        """Move the times from `since` on."""
        super().move(by, since)
        self._since.move(by, since)

    def content(self) -> object:
        """Since when it does not hold."""
        return msgspec.structs.replace(self._since.now, values={**self._since.now.values})

    def restore(self, content: object) -> bool:
        """Restore it."""
        if not isinstance(content, SinceState):
            return False
        self._since.restore(content)
        return True


_LOOK_AHEAD = 64
_COUNTS: Mapping[str, Callable[[Said], bool]] = {
    "rising": lambda said: said.edge == 1,
    "falling": lambda said: said.edge == -1,
    "count": lambda said: said.state is True,
}
"""Which readings a number counts."""


def _turns(lasted: Micros, thresholds: Sequence[float], *, grows: bool, falls: bool) -> Iterator[Micros]:
    """After how long a time that changes by as much as passes at most may pass a threshold."""
    for threshold in thresholds:
        left = threshold * SECOND - lasted
        if (grows and 0 <= left < LATEST) or (falls and -LATEST < left <= 0):
            yield max(1, math.ceil(abs(left)))


def _test_of(derivation: Derivation) -> Callable[[Mapping[str, Value]], bool | None]:
    if derivation.condition is None:
        raise TypeError(f"{derivation.function} of {derivation.argument} is of no condition")
    return derivation.condition


def _read_by(derivation: Derivation, facts: Mapping[str, Value]) -> dict[str, Value]:
    return {name: facts[name] for name in (*derivation.metrics, *derivation.attributes) if name in facts}
