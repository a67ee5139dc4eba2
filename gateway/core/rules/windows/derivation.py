"""Derivations: the functions of a rule's `let`, checked against the profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.times import MINUTE, SECOND, Micros
from gateway.core.kernel.values import Value
from gateway.core.profiles.metric import Metric
from gateway.core.profiles.profile import Profile
from gateway.core.rules.conditions import Condition, compile_condition
from gateway.core.rules.expressions import TOKEN, with_caret
from gateway.core.rules.windows.let import OF_CONDITIONS, OF_NUMBERS, Let

MOST_SAMPLES = 20_000
"""Samples of one window of one device."""
LEAST_SAMPLES = 256
_TIMED = frozenset({"count", "sum", "rising", "falling", "time_in", "since"})
"""The functions that time alone changes. Of the others a reading is needed: silence says nothing of a mean."""
_LONGEST_PERIOD: Micros = MINUTE
_PERIOD_OF_SINCE: Micros = 10 * SECOND
_PERIODS = 60
"""How often in its length a window is looked at when time alone may change its value."""
_BYTES_OF_STATE = 200
"""What one reading of a condition takes, about."""
_BYTES_OF_SAMPLE: Mapping[str, int] = {
    "mean": 32,
    "sum": 32,
    "min": 24,
    "max": 24,
    "stdev": 48,
    "slope": 64,
    "rate": 48,
}
"""Time and value have 8 bytes each, and so has each number of a fold."""
_BYTES_IN_ORDER = 48


@dataclass(frozen=True, slots=True)
class Derivation:
    """A function of readings, checked against the profile."""

    function: str
    argument: str
    metrics: tuple[str, ...]
    """The metrics that it reads, in the order of their names."""
    attributes: tuple[str, ...]
    """The attributes that it reads."""
    condition: Condition | None
    """What it is a function of, unless that is a metric."""
    over: Micros
    """The length of its window; 0 where it has none."""
    type: str
    """The type of its values: `float`, or of `previous` that of the metric."""
    unit: str
    """The unit of its values; empty of a number of readings, and where the metric has none."""
    capacity: int
    """The most samples in its window: one a second. How seldom a device may report (`expect_every`) bounds nothing."""
    lowest: float
    """The end of the metric's range; -inf where it has none."""
    share: float
    """Of `percentile`: the share below, 0 to 1."""
    by: float
    """Of `flat`: how far the value may move."""
    apart: Micros
    """Of `previous`: how soon after another a reading is the same one, said again; 0 where each counts."""
    key: str
    """By which rules share it, and by which it is stored: what it is, and the types and units of what it reads."""

    @property
    def is_timed(self) -> bool:
        """Whether time alone may change its value."""
        return self.function in _TIMED

    @property
    def period(self) -> Micros:
        """How often it is looked at while time changes its value, where any change may matter."""
        period = max(1, self.over // _PERIODS // SECOND) * SECOND
        return min(period, _LONGEST_PERIOD) if self.over else _PERIOD_OF_SINCE

    @property
    def most_bytes(self) -> int:
        """What a full window of one device takes in memory, about."""
        if not self.over:
            return _BYTES_OF_STATE
        if self.condition is not None:
            return self.capacity * _BYTES_OF_STATE
        in_order = self.function in ("median", "percentile")
        return self.capacity * (_BYTES_IN_ORDER if in_order else _BYTES_OF_SAMPLE.get(self.function, 16))

    def key_on(self, attributes: Mapping[str, Value]) -> str:
        """The key on a device with these attributes: with other ones it is another condition."""
        return " ".join((self.key, *(f"{name}={attributes.get(name)!r}" for name in self.attributes)))


def derive(let: Let, profile: Profile) -> Derivation:
    """Check a function against the profile.

    Raises:
        ConditionError: it does not fit the profile; the error shows the argument with a caret under the place.
    """
    function, argument = let.function, let.argument
    metric = profile.metrics.get(argument)
    condition = None
    if function in OF_CONDITIONS or (function == "count" and metric is None):
        condition = compile_condition(argument, profile)
        metrics = tuple(sorted(condition.metrics))
    else:
        _check_metric(function, argument, metric)
        metrics = (argument,)
    names = {match["name"] for match in TOKEN.finditer(argument) if match["name"]}
    read = " ".join(f"{name}:{profile.metrics[name].type}[{profile.metrics[name].unit}]" for name in metrics)
    options = f"percent {let.percent}" if let.percent is not None else f"by {let.by or 0}" if function == "flat" else ""
    options += f"apart {let.apart}" if let.apart is not None else ""
    return Derivation(
        function=function,
        argument=argument,
        metrics=metrics,
        attributes=tuple(sorted(names & profile.attributes.keys())),
        condition=condition,
        over=let.over,
        type=metric.type if metric is not None and function == "previous" else "float",
        unit=_unit(function, metric.unit if metric is not None else ""),
        capacity=min(max(let.over // SECOND, LEAST_SAMPLES), MOST_SAMPLES),
        lowest=metric.range[0] if metric is not None and metric.range is not None else float("-inf"),
        share=(let.percent or 0) / 100,
        by=let.by or 0.0,
        apart=let.apart or 0,
        key=f"{function} {argument!r} over {let.over} {options} of {read}",
    )


def _check_metric(function: str, argument: str, metric: Metric | None) -> None:
    if metric is None:
        sentence = f"{function} is of one metric, and {argument!r} is "
        sentence += "none" if argument.isidentifier() else "more: derive each by itself, and compute in `when`"
        raise ConditionError(with_caret(sentence, argument, 0))
    if not _fits(function, metric):
        what = "a number" if function in OF_NUMBERS or function == "flat" else "a single value"
        sentence = f"{function} is of {what}, and {argument} is of type {metric.type}"
        hint = "rising, falling, time_in and since are of states" if what == "a number" else "write another metric"
        raise ConditionError(with_caret(f"{sentence}: {hint}", argument, 0))


def _fits(function: str, metric: Metric) -> bool:
    if function in OF_NUMBERS or function == "flat":
        return metric.type in ("int", "float")
    return function != "previous" or metric.type not in ("list", "tag")


def _unit(function: str, of_metric: str) -> str:
    if function in ("time_in", "since", "flat"):
        return "s"
    if function in ("rate", "slope"):
        return f"{of_metric}/s" if of_metric else ""
    return "" if function in ("count", "rising", "falling") else of_metric
