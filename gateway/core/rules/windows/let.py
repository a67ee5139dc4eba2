"""`let` of a rule as written in YAML: named values that are derived from readings."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.times import DAY, SECOND, Duration

SHORTEST, LONGEST = SECOND, 31 * DAY
"""How long a window may be."""

OF_NUMBERS = frozenset({"mean", "min", "max", "sum", "median", "percentile", "stdev", "rate", "slope", "change"})
"""The functions of a metric that is a number, over a window."""
OF_CONDITIONS = frozenset({"rising", "falling", "time_in", "since"})
"""The functions of a condition."""
LASTING = frozenset({"time_in", "since"})
"""The functions of how long a state lasts: they go on with the latest one that is known."""
WITHOUT_WINDOW = frozenset({"since", "flat", "previous"})
"""The functions that look back as far as is known."""
FUNCTIONS = (*sorted(OF_NUMBERS | OF_CONDITIONS | {"count", "flat", "previous"}),)


def _argument(value: object) -> object:
    if value is None or not isinstance(value, str) or not value.strip():
        raise ValueError("this is no metric and no condition: write the name of a metric, such as {mean: pressure}")
    return value


Argument = Annotated[str | None, BeforeValidator(_argument), WithJsonSchema({"type": "string", "minLength": 1})]
"""A metric or a condition."""


class Let(Spec):
    """A value that is derived from readings: one function, of a metric or a condition."""

    mean: Argument = None
    """The arithmetic mean of a metric's readings, in its unit."""
    min: Argument = None
    """The least of a metric's readings, in its unit."""
    max: Argument = None
    """The greatest of a metric's readings, in its unit."""
    sum: Argument = None
    """The sum of a metric's readings, in its unit."""
    median: Argument = None
    """The median of a metric's readings, in its unit."""
    percentile: Argument = None
    """The value below which `percent` of a metric's readings lie, in its unit."""
    stdev: Argument = None
    """The standard deviation of a metric's readings (a sample's, by n - 1), in its unit."""
    rate: Argument = None
    """By how much a counter increases per second. One that falls has begun again at 0."""
    slope: Argument = None
    """By how much a metric rises per second: the straight line with the least squares."""
    change: Argument = None
    """The last of a metric's readings less the first, in its unit."""
    count: Argument = None
    """How many readings a metric has, or with how many a condition holds."""
    rising: Argument = None
    """How often a condition, or a metric that is true or false, became true."""
    falling: Argument = None
    """How often a condition, or a metric that is true or false, became false."""
    time_in: Argument = None
    """For how many seconds of the window a condition held."""
    since: Argument = None
    """How many seconds ago a condition held last; 0 while it holds."""
    flat: Argument = None
    """For how many seconds a metric has not moved by more than `by` from where it was, up to its latest reading."""
    previous: Argument = None
    """The metric's value before the latest one."""
    over: Duration = 0
    """How long the window is, up to the latest reading: 1s to 31d."""
    percent: Annotated[float, Field(ge=0, le=100)] | None = None
    """Of `percentile`: which, such as 95."""
    by: Annotated[float, Field(ge=0)] | None = None
    """Of `flat`: how far the value may move, in its unit; 0 unless given."""
    apart: Annotated[Duration, Field(gt=0)] | None = None
    """Of `previous`: readings that come sooner than this after another are the same one, said again. For bridges that
    publish all they know with each new value."""

    @property
    def function(self) -> str:
        """The function."""
        return next(name for name in FUNCTIONS if getattr(self, name) is not None)

    @property
    def argument(self) -> str:
        """Its metric or condition."""
        return str(getattr(self, self.function)).strip()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        given = [name for name in FUNCTIONS if getattr(self, name) is not None]
        if len(given) != 1:
            what = f"{' and '.join(given)} are two functions" if given else "this has no function"
            raise Mistake(f"{what}: write one, such as {{mean: pressure, over: 10m}}", *given[1:2])
        name = given[0]
        if name in WITHOUT_WINDOW:
            if "over" in self.model_fields_set:
                raise Mistake(f"{name} looks back as far as is known: remove `over`", "over")
        elif "over" not in self.model_fields_set:
            raise Mistake(f"{name} needs the length of its window: add `over`, such as over: 10m", name)
        elif not SHORTEST <= self.over <= LONGEST:
            raise Mistake("over: a window is between 1s and 31d long: write such a time", "over", of_key=False)
        for key, function in (("percent", "percentile"), ("by", "flat"), ("apart", "previous")):
            if getattr(self, key) is not None and name != function:
                raise Mistake(f"`{key}` is for {function}, not for {name}: remove it", key)
        if name == "percentile" and self.percent is None:
            raise Mistake("percentile needs `percent`: add it, such as percent: 95", name)
        return self
