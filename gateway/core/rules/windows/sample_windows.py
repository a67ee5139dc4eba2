"""Windows over the readings of a metric."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from typing import ClassVar

import msgspec

from gateway.core.kernel.times import SECOND, Micros
from gateway.core.kernel.values import Value
from gateway.core.rules.windows.counters import CounterSamples
from gateway.core.rules.windows.derivation import Derivation
from gateway.core.rules.windows.folds import Fold, Greatest, Least, Spread, Sum, Trend, deviation, slope
from gateway.core.rules.windows.heard import Gaps
from gateway.core.rules.windows.ordered import OrderedSamples
from gateway.core.rules.windows.samples import Samples
from gateway.core.rules.windows.thresholds import Thresholds
from gateway.core.rules.windows.window import MAY_MISS, Derived, Standing, Window


class StoredSamples(msgspec.Struct, frozen=True, array_like=True, tag="samples", gc=False):
    """The samples of a window."""

    times: list[Micros]
    values: list[float]


class StoredCounter(msgspec.Struct, frozen=True, array_like=True, tag="counter", gc=False):
    """The samples of a counter."""

    times: list[Micros]
    values: list[float]
    before: tuple[Micros, float] | None
    heard_since: Micros | None


class SampleWindow(Window):
    """A window over the readings of a metric."""

    __slots__ = ("samples",)
    fold: ClassVar[Mapping[str, type[Fold]]] = {
        "mean": Sum,
        "sum": Sum,
        "min": Least,
        "max": Greatest,
        "stdev": Spread,
        "slope": Trend,
    }

    def __init__(self, derivation: Derivation, key: str, begin: Micros, gaps: Gaps) -> None:
        super().__init__(derivation, key, begin, gaps)
        self.samples = self._make(derivation)

    def _make(self, derivation: Derivation) -> Samples:
        fold = self.fold.get(derivation.function)
        return Samples(derivation.capacity, fold() if fold else None)

    @property
    def lost(self) -> int:
        """Samples of this run that left early, as there was no room."""
        return self.samples.lost

    @property
    def size(self) -> int:
        """Samples that it holds."""
        return len(self.samples)

    @property
    def most(self) -> float:
        """A number only falls as readings leave, and the least value is none of the greater ones."""
        samples, function = self.samples, self.derivation.function
        if function == "min":
            return samples.latest[1] if len(samples) else -math.inf
        return len(samples) if function == "count" else math.inf

    def read(self, time: Micros, values: Mapping[str, Value], *, is_late: bool) -> None:
        """Read a value. A late one that is there already was said again."""
        value = values[self.derivation.metrics[0]]
        number = 0.0 if isinstance(value, str) else float(value)
        if math.isfinite(number) and not (is_late and self.samples.has(time, number)):
            self.samples.add(time, number)
            self.samples.leave_until(time - self.derivation.over)
            self.standing = None

    def stands(self, at: Micros, thresholds: Thresholds) -> Standing:
        """A count and a sum change as readings leave, and become certain as the window becomes whole."""
        self.samples.leave_until(at - self.derivation.over)
        return self._stands_with(len(self.samples), at, thresholds, self.samples.time_of)

    def move(self, by: Micros, since: Micros) -> None:
        """Move the times from `since` on."""
        super().move(by, since)
        self.samples.move(by, since)

    def content(self) -> object:
        """Times and values."""
        return StoredSamples(self.samples.times.tolist(), self.samples.values.tolist())

    def restore(self, content: object) -> bool:
        """Restore times and values."""
        if not isinstance(content, StoredSamples | StoredCounter):
            return False
        self.samples.restore(array("q", content.times), array("d", content.values))
        return True

    def derived(self, at: Micros) -> Derived | None:
        """The value of the function; of a sum, a least and a greatest value also what the unheard part allows."""
        samples = self.samples
        samples.leave_until(at - self.derivation.over)
        function, count = self.derivation.function, len(samples)
        if function == "count":
            return self.at_least(count, at)
        folded = samples.folded()
        if function == "sum":
            total = sum(folded) if folded is not None else 0.0
            known = self.at_least(total, at)
            return known if self.derivation.lowest >= 0 or known.high == total else known._replace(low=-math.inf)
        if function == "change":
            return _exact(samples.latest[1] - samples.oldest[1] if count > 1 else None)
        if folded is None:
            return None
        match function:
            case "min":
                return Derived(folded[0], folded[0] if self.is_whole(at) else -math.inf, folded[0])
            case "max":
                return self.at_least(folded[0], at)
            case "stdev":
                return _exact(deviation(folded))
            case "slope":
                return _exact(slope(folded))
        return _exact(sum(folded) / count)


class QuantileWindow(SampleWindow):
    """A window of which a median or a percentile is wanted."""

    __slots__ = ()

    def _make(self, derivation: Derivation) -> Samples:
        return OrderedSamples(derivation.capacity)

    def derived(self, at: Micros) -> Derived | None:
        """The median or percentile."""
        samples = self.samples
        samples.leave_until(at - self.derivation.over)
        share = 0.5 if self.derivation.function == "median" else self.derivation.share
        return _exact(samples.quantile(share)) if isinstance(samples, OrderedSamples) else None


class RateWindow(SampleWindow):
    """A window over a counter."""

    __slots__ = ("_counter", "heard_since")
    _counter: CounterSamples

    def __init__(self, derivation: Derivation, key: str, begin: Micros, gaps: Gaps) -> None:
        super().__init__(derivation, key, begin, gaps)
        self.heard_since: Micros | None = None
        """Since when the device reports, with the counter or without."""

    def _make(self, derivation: Derivation) -> Samples:
        self._counter = CounterSamples(derivation.capacity)
        return self._counter

    def read(self, time: Micros, values: Mapping[str, Value], *, is_late: bool) -> None:
        """Read a value. A counter that the device did not have for a whole window has begun at 0."""
        counter, begin = self._counter, time - self.derivation.over
        is_first = counter.before is None and not len(counter)
        if is_first and self.heard_since is not None and self.heard_since <= begin and self.is_whole(time):
            counter.before = begin, 0.0
        super().read(time, values, is_late=is_late)

    def begin_with(self, facts: Mapping[str, Value], times: Mapping[str, Micros]) -> None:
        """Count on from the latest value."""
        name = self.derivation.metrics[0]
        value = facts.get(name)
        if name in times and isinstance(value, int | float):
            self._counter.before = min(times[name], self.begin), float(value)

    def derived(self, at: Micros) -> Derived | None:
        """The increase per second in as much of the window as the readings span."""
        begin = at - self.derivation.over
        self._counter.leave_until(begin)
        increased = self._counter.increased(begin)
        if increased is None:
            return None
        increase, span = increased
        rate = increase * SECOND / span
        if (self.derivation.over - span) * MAY_MISS <= self.derivation.over:
            return Derived(rate, rate, rate)
        return Derived(rate, increase * SECOND / self.derivation.over, math.inf)

    def content(self) -> object:
        """Times and values, and the sample before them."""
        counter = self._counter
        return StoredCounter(counter.times.tolist(), counter.values.tolist(), counter.before, self.heard_since)

    def restore(self, content: object) -> bool:
        """Restore them."""
        if not isinstance(content, StoredCounter):
            return False
        self._counter.before, self.heard_since = content.before, content.heard_since
        return super().restore(content)

    def move(self, by: Micros, since: Micros) -> None:
        """Move the times from `since` on."""
        super().move(by, since)
        if self._counter.before is not None and self._counter.before[0] >= since:
            self._counter.before = self._counter.before[0] + by, self._counter.before[1]
        if self.heard_since is not None and self.heard_since >= since:
            self.heard_since += by


def _exact(value: float | None) -> Derived | None:
    return None if value is None else Derived(value, value, value)
