"""What looks back on the values of a metric as far as is known: how long one is flat, and which was before."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from gateway.core.kernel.times import SECOND, Micros
from gateway.core.kernel.values import Value
from gateway.core.rules.windows.derivation import Derivation
from gateway.core.rules.windows.heard import Gaps
from gateway.core.rules.windows.since import Flat, Latest
from gateway.core.rules.windows.window import Derived, Window


class FlatWindow(Window):
    """For how long a metric has not moved."""

    __slots__ = ("_flat",)

    def __init__(self, derivation: Derivation, key: str, begin: Micros, gaps: Gaps) -> None:
        super().__init__(derivation, key, begin, gaps)
        self._flat = Flat(derivation.by)

    def read(self, time: Micros, values: Mapping[str, Value], *, is_late: bool) -> None:
        """Read a value."""
        value = values[self.derivation.metrics[0]]
        if not isinstance(value, str) and math.isfinite(value):
            self._flat.add(time, float(value))

    def derived(self, at: Micros) -> Derived | None:
        """The seconds up to the latest reading; the least that they may be where no movement was seen yet."""
        lasted = self._flat.lasted
        if lasted is None:
            return None
        seconds = lasted / SECOND
        return Derived(seconds, seconds, seconds if self._flat.has_moved else math.inf)

    def move(self, by: Micros, since: Micros) -> None:
        """Move the times from `since` on."""
        super().move(by, since)
        flat = self._flat
        flat.since += by if flat.since >= since else 0
        flat.at += by if flat.at >= since else 0

    def content(self) -> object:
        """Since when it is flat."""
        return msgspec.structs.replace(self._flat)

    def restore(self, content: object) -> bool:
        """Restore it."""
        if not isinstance(content, Flat):
            return False
        self._flat = content
        return True


class PreviousWindow(Window):
    """The value before the latest."""

    __slots__ = ("_latest",)

    def __init__(self, derivation: Derivation, key: str, begin: Micros, gaps: Gaps) -> None:
        super().__init__(derivation, key, begin, gaps)
        self._latest = Latest()

    def begin_with(self, facts: Mapping[str, Value], times: Mapping[str, Micros]) -> None:
        """Know the latest value."""
        name = self.derivation.metrics[0]
        if name in times and name in facts:
            self._latest.add(min(times[name], self.begin), facts[name])

    def read(self, time: Micros, values: Mapping[str, Value], *, is_late: bool) -> None:
        """Read a value. A late one that is the latest was said again."""
        value = values[self.derivation.metrics[0]]
        if not (is_late and (time, value) == (self._latest.times[1], self._latest.values[1])):
            at = time if is_late else max(time, self._latest.times[1])
            self._latest.add(at, value, apart=self.derivation.apart)

    def derived(self, at: Micros) -> Derived | None:
        """The value before the latest."""
        value = self._latest.values[0]
        if value is None:
            return None
        value = float(value) if self.derivation.type in ("int", "float") else value
        return Derived(value, value, value)

    def move(self, by: Micros, since: Micros) -> None:
        """Move the times from `since` on."""
        super().move(by, since)
        before, latest = (time + by if time >= since else time for time in self._latest.times)
        self._latest.times = before, latest

    def content(self) -> object:
        """The latest two values."""
        return msgspec.structs.replace(self._latest)

    def restore(self, content: object) -> bool:
        """Restore them."""
        if not isinstance(content, Latest):
            return False
        self._latest = content
        return True
