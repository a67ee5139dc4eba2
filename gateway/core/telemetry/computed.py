"""Metrics that follow from another one: the level of a tank from the distance to its water."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from gateway.core.kernel.numbers import EXACT, decimal_of, number_of, rounded
from gateway.core.kernel.units import conversion
from gateway.core.kernel.values import Value
from gateway.core.profiles.metric import Attribute, Computed
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.decoding.byte_fields import keep
from gateway.core.telemetry.decoding.checks import check_of
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.quarantine import Reason, Rejected

Compute = Callable[[int | float], Value | Rejected]


class Computation:
    """Adds one computed metric to readings that have the other metric alone."""

    __slots__ = ("_compute", "name", "source")

    def __init__(self, name: str, profile: Profile, attributes: Mapping[str, Value]) -> None:
        computed = profile.metrics[name].computed
        assert computed is not None
        self.name, self.source = name, computed.from_
        self._compute = _compute_of(name, computed, profile, attributes)

    def add_to(self, decoded: Decoded) -> None:
        """Add the metric to a reading, or why it cannot be computed."""
        if self.source in decoded.unread:
            decoded.unread |= {self.name}
        if self.name in decoded.values or any(each.metric == self.name for each in decoded.rejected):
            return
        for each in decoded.rejected:
            if each.metric == self.source and each.limit is None:
                decoded.rejected.append(
                    Rejected(each.reason, f"{self.name} cannot be computed: {each.detail}", self.name)
                )
                return
        number = decoded.values.get(self.source)
        if isinstance(number, int | float):
            keep(self.name, self._compute(number), decoded)


def computations_of(profile: Profile, attributes: Mapping[str, Value]) -> tuple[Computation, ...]:
    """The computed metrics of a device with these attributes."""
    names = [name for name, metric in profile.metrics.items() if metric.computed is not None]
    return tuple(Computation(name, profile, attributes) for name in names)


def with_computed(metrics: frozenset[str], computations: Iterable[Computation]) -> frozenset[str]:
    """The metrics, and those that follow from them."""
    return metrics.union(each.name for each in computations if each.source in metrics)


def _compute_of(name: str, computed: Computed, profile: Profile, attributes: Mapping[str, Value]) -> Compute:
    metric, values = profile.metrics[name], [attributes.get(each) for each in computed.attributes]
    missing = [each for each, value in zip(computed.attributes, values, strict=True) if value is None]
    if missing:
        detail = f"{name} cannot be computed from {computed.from_}: give the device its attribute {missing[0]}"
        return lambda _number: Rejected(Reason.UNKNOWN_VALUE, detail, name)
    check = check_of(name, metric)
    convert = conversion(profile.metrics[computed.from_].unit, metric.unit)
    scale = _number_of(computed.scale, attributes, profile.attributes, to=None)
    offset = _number_of(computed.offset, attributes, profile.attributes, to=metric.unit)

    def compute(number: int | float) -> Value | Rejected:
        exact = decimal_of(number)
        return check(number_of(rounded(EXACT.fma(exact if convert is None else convert(exact), scale, offset))))

    return compute


def _number_of(
    given: float | str, attributes: Mapping[str, Value], specs: Mapping[str, Attribute], *, to: str | None
) -> Decimal:
    if not isinstance(given, str):
        return Decimal(repr(given))
    number = decimal_of(float(attributes[given]))
    convert = None if to is None else conversion(specs[given].unit, to)
    return number if convert is None else convert(number)
