"""The comparisons of a metric with what is constant for one device: thresholds, and states."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.rules.domains import Domain, Numbers, Range, compared
from gateway.core.rules.syntax import Call, Constant, Name, Node, names_in

_COMPARISONS = {f"_{sign}_": sign for sign in ("<", "<=", ">", ">=", "==", "!=")}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "_+_": operator.add,
    "_-_": operator.sub,
    "_*_": operator.mul,
    "_/_": operator.truediv,
}


@dataclass(frozen=True, slots=True)
class Scope:
    """For which device a condition is seen."""

    profile: Profile
    attributes: Mapping[str, Value]
    """The values of the device's attributes."""
    unsent: frozenset[str] = frozenset()
    """Metrics that the device never has, so that what depends on them is neither true nor false."""


@dataclass(frozen=True)
class Limit:
    """A comparison of a metric with what is constant for one device."""

    node: Node
    metric: str
    operator: str
    """With the metric on the left."""
    value: Value
    attributes: frozenset[str]
    """Those that the other side reads."""
    range: tuple[float, float] | None
    """The metric's."""
    whole: bool = False

    @cached_property
    def _inside(self) -> Domain | None:
        if self.range is None or not isinstance(self.value, int | float) or isinstance(self.value, bool):
            return None
        return compared(self.operator, float(self.value)).within(Numbers((Range(*self.range),), self.whole))

    @property
    def never_holds(self) -> bool:
        """Whether no value within the metric's range fulfils it."""
        return self._inside is not None and self._inside.some() is None

    @property
    def always_holds(self) -> bool:
        """Whether every value does, as the threshold is beyond the range. At its very end it may be meant so."""
        if self._inside is None or self.range is None or self.range[0] <= float(self.value) <= self.range[1]:
            return False
        return not self.never_holds


def limits_in(node: Node, scope: Scope) -> Iterator[Limit]:
    """The comparisons of a metric with a constant, as they stand in the condition."""
    if isinstance(node, Call):
        if (found := limit_of(node, scope)) is not None:
            yield found
        else:
            for part in node.parts:
                yield from limits_in(part, scope)


def limit_of(node: Call, scope: Scope) -> Limit | None:
    sign = _COMPARISONS.get(node.function)
    if sign is None:
        return None
    left, right = node.parts
    if not (isinstance(left, Name) and left.name in scope.profile.metrics):
        left, right, sign = right, left, _FLIPPED[sign]
    if not (isinstance(left, Name) and (metric := scope.profile.metrics.get(left.name))) or metric.type == "list":
        return None
    value = constant(right, scope)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    read = frozenset(names_in(right))
    return Limit(node, left.name, sign, value, read, metric.range, metric.type == "int")


def constant(node: Node, scope: Scope) -> Value | None:
    """The value of what reads no metric, for this device; None where it reads one, or cannot be computed here."""
    if isinstance(node, Constant):
        return node.value
    if isinstance(node, Name):
        value = scope.attributes.get(node.name)
        return float(value) if type(value) is int else value
    if not isinstance(node, Call):
        return None
    values = [constant(part, scope) for part in node.parts]
    if node.function == "-_" and isinstance(values[0], float):
        return -values[0]
    if len(values) != 2 or not all(isinstance(each, float) for each in values):
        return None
    left, right = (float(each) for each in values if each is not None)
    if (sign := _COMPARISONS.get(node.function)) is not None:
        return any(left in each for each in compared(sign, right).ranges)
    if node.function in _ARITHMETIC and not (node.function == "_/_" and right == 0):
        return _ARITHMETIC[node.function](left, right)
    return None
