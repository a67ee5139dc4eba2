"""Values of readings without a window: how long ago a condition held, how long a value is flat, and the one before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.rules.windows.heard import Gaps
from gateway.core.rules.windows.states import Test


class SinceState(msgspec.Struct, array_like=True, tag="since", gc=False):
    """How long a condition has not held."""

    at: Micros
    """The time of the latest reading."""
    values: dict[str, Value]
    state: bool | None = None
    since: Micros | None = None
    """Since when it has not held; None where it holds, or nothing is known."""
    has_held: bool = False
    """Whether it held before that: else it may have been long ago or never."""
    heard: Micros = 0
    """How much of the time from `since` to `at` was heard."""


class Since:
    """How long ago a condition held last."""

    __slots__ = ("_constants", "_gaps", "_metrics", "_test", "now")

    def __init__(
        self, test: Test, metrics: Sequence[str], facts: Mapping[str, Value], *, begin: Micros, gaps: Gaps
    ) -> None:
        self._test, self._metrics, self._gaps = test, frozenset(metrics), gaps
        self._constants = {name: value for name, value in facts.items() if name not in metrics}
        self.restore(SinceState(begin, {name: facts[name] for name in metrics if name in facts}))

    def restore(self, state: SinceState) -> None:
        """Go on from this state."""
        self.now = state
        self._turn(state.at)

    def add(self, time: Micros, values: Mapping[str, Value]) -> None:
        """Add a reading. A late one counts where the condition held with it, the others being as they are now."""
        now = self.now
        given = {name: value for name, value in values.items() if name in self._metrics}
        if time >= now.at:
            if now.since is not None:
                now.heard += self._gaps.heard(now.at, time, of=(now.at, time))
            now.at = time
            now.values |= given
            self._turn(time)
        elif now.since is not None and time > now.since and self._test(self._constants | now.values | given):
            now.since, now.has_held = time, True
            now.heard = self._gaps.heard(time, now.at, of=(time, now.at))

    def lasted(self, at: Micros) -> tuple[Micros, Micros | None] | None:
        """How long ago it held, without blind time and at most; the latter None where that has no end.

        None where it is unknown whether the condition holds.
        """
        now = self.now
        if now.state is None:
            return None
        if now.since is None:
            return 0, 0
        at = max(at, now.at)
        return now.heard + self._gaps.heard(now.at, at, of=(now.at, at)), at - now.since if now.has_held else None

    def move(self, by: Micros, since: Micros) -> None:
        """Move the times from `since` on."""
        now = self.now
        now.at += by if now.at >= since else 0
        if now.since is not None and now.since >= since:
            now.since += by

    def _turn(self, time: Micros) -> None:
        now = self.now
        now.state = self._test(self._constants | now.values)
        if now.state:
            now.since, now.has_held, now.heard = None, True, 0
        elif now.state is False and now.since is None:
            now.since, now.heard = time, 0


class Flat(msgspec.Struct, array_like=True, tag="flat", gc=False):
    """Since when a value has not moved by more than so much from where it was."""

    by: float
    value: float | None = None
    since: Micros = 0
    at: Micros = 0
    """The time of the latest reading."""
    has_moved: bool = False
    """Whether it was seen to move; else it may have been flat for longer."""

    def add(self, time: Micros, value: float) -> None:
        """Add a reading. A late one that differs shows that the value has moved since."""
        if self.value is None or abs(value - self.value) > self.by:
            self.has_moved = self.value is not None
            if time >= self.at:
                self.value = value
            self.since = max(self.since, time)
        self.at = max(self.at, time)

    @property
    def lasted(self) -> Micros | None:
        """For how long it has been flat up to the latest reading: silence does not show that nothing moves."""
        return None if self.value is None else self.at - self.since


class Latest(msgspec.Struct, array_like=True, tag="latest", gc=False):
    """The latest two values."""

    times: tuple[Micros, Micros] = (0, 0)
    """Of a reading that was said again the first."""
    values: tuple[Value | None, Value | None] = (None, None)
    """The one before, and the latest."""

    def add(self, time: Micros, value: Value, *, apart: Micros = 0) -> None:
        """Add a reading. One that comes sooner than `apart` after the latest is the latest, said again."""
        before, latest = self.times
        if self.values[1] is not None and abs(time - latest) < apart:
            self.values = self.values[0], value if time >= latest else self.values[1]
        elif time >= latest:
            self.times, self.values = (latest, time), (self.values[1], value)
        elif time >= before:
            self.times, self.values = (time, latest), (value, self.values[1])
