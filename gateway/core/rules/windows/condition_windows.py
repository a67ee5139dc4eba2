"""Windows of conditions: how often they began and ceased to hold, for how long they held, and how long ago."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import msgspec

from gateway.core.kernel.times import SECOND, Micros
from gateway.core.kernel.values import Value
from gateway.core.rules.windows.derivation import Derivation
from gateway.core.rules.windows.heard import Gaps
from gateway.core.rules.windows.since import Since, SinceState
from gateway.core.rules.windows.states import Before, Said, States
from gateway.core.rules.windows.window import Derived, Window


class StoredStates(msgspec.Struct, frozen=True, array_like=True, tag="states", gc=False):
    """The readings of a condition's metrics."""

    before: Before
    said: list[Said]


class StateWindow(Window):
    """A window over the readings of a condition's metrics."""

    __slots__ = ("_states",)

    def __init__(self, derivation: Derivation, key: str, begin: Micros, gaps: Gaps, facts: Mapping[str, Value]) -> None:
        super().__init__(derivation, key, begin, gaps)
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

    def read(self, time: Micros, values: Mapping[str, Value], *, is_late: bool) -> None:
        """Read a reading."""
        self._states.add(time, values, is_late=is_late)

    def derived(self, at: Micros) -> Derived | None:
        """How often it became true or false, with how many readings it holds, or for how many seconds it held."""
        over, states = self.derivation.over, self._states
        states.leave_until(at - over)
        match self.derivation.function:
            case "rising":
                return self.at_least(states.rising, at)
            case "falling":
                return self.at_least(states.falling, at)
            case "count":
                return self.at_least(states.holding, at)
        held, not_held = states.lasted(at - over, at)
        return Derived(held / SECOND, held / SECOND, (over - not_held) / SECOND)

    def may_move(self, at: Micros) -> bool:
        """Whether readings are still to leave it, a state lasts, or it is not yet whole."""
        if len(self._states) or not self.is_whole(at):
            return True
        if self.derivation.function != "time_in":
            return False
        held, not_held = self._states.lasted(at - self.derivation.over, at)
        least = held if self._states.state is True else not_held if self._states.state is False else None
        return bool(held or not_held) if least is None else least < self.derivation.over

    def moves_at(self, at: Micros) -> bool:
        """A number changes by nothing but readings that leave, once the window is whole."""
        return (self.derivation.function == "time_in" or not self.is_whole(at)) and super().moves_at(at)

    def leaves_at(self, at: Micros) -> Micros | None:
        """When the oldest reading does."""
        first = self._states.first_after(at - self.derivation.over)
        return None if first is None else first + self.derivation.over

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

    def derived(self, at: Micros) -> Derived | None:
        """The seconds since it held: without blind time for certain, and at most with it."""
        lasted = self._since.lasted(at)
        if lasted is None:
            return None
        heard, most = lasted
        return Derived(heard / SECOND, heard / SECOND, math.inf if most is None else most / SECOND)

    def may_move(self, at: Micros) -> bool:
        """Whether it does not hold."""
        return self._since.now.state is False

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


def _test_of(derivation: Derivation) -> Callable[[Mapping[str, Value]], bool | None]:
    if derivation.condition is None:
        raise TypeError(f"{derivation.function} of {derivation.argument} is of no condition")
    return derivation.condition


def _read_by(derivation: Derivation, facts: Mapping[str, Value]) -> dict[str, Value]:
    return {name: facts[name] for name in (*derivation.metrics, *derivation.attributes) if name in facts}
