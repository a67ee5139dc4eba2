"""Computes numbers: sums, scales, offsets, units, and factors that stand in the message."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.numbers import EXACT, Linear, decimal_of, rounded
from gateway.core.kernel.units import Convert, conversion, split_text
from gateway.core.kernel.values import Json
from gateway.core.profiles.bindings import Source
from gateway.core.profiles.metric import Metric
from gateway.core.telemetry.decoding.checks import shown, wrong_type
from gateway.core.telemetry.quarantine import Reason, Rejected

Transform = Callable[[Json], Json]
"""Returns the transformed value, or Rejected. What is computed from a whole number is a float or an exact decimal."""

_MOST = 10**15
"""Below, a float holds each whole number, and is told from all others by 15 digits."""


def conversion_of(name: str, metric: Metric, source: Source) -> Convert | None:
    """The conversion from the unit of the source to that of the metric; None if there is nothing to convert.

    Raises:
        Mistake: the unit cannot be converted.
    """
    if source.unit is None:
        return None
    try:
        return conversion(source.unit, metric.unit)
    except ValueError as error:
        raise Mistake(f"{name}: {error}", "unit", of_key=False) from error


def add_up(name: str) -> Transform:
    """The numbers of a list added up."""

    def add(raw: Json) -> Json:
        if type(raw) is not list:
            return raw
        if not all(type(item) in (int, float) for item in raw):
            return wrong_type(name, raw, "a list of numbers")
        if all(type(item) is int for item in raw):
            return sum(raw)
        total = Decimal(0)
        for item in raw:
            total = EXACT.add(total, decimal_of(item))
        number = float(rounded(total))
        is_whole = any(type(item) is int for item in raw) and total == total.to_integral_value()
        return int(total) if is_whole and number != total else number  # a float would lose its last digits

    return add


def compute(name: str, metric: Metric, source: Source, convert: Convert | None) -> Transform:
    """The number, scaled and converted. A text is read as a number, with its unit if it has one."""
    scale = Decimal(1) if source.scale is None else Decimal(repr(source.scale))
    offset = Decimal(0) if source.offset is None else Decimal(repr(source.offset))
    scaled = source.scale is not None or source.offset is not None
    computes = scaled or convert is not None
    of_whole = _of_whole(metric, source, scale, offset, convert) if computes else None

    def transform(raw: Json) -> Json:
        change = convert
        if type(raw) is int:
            if of_whole is not None and (number := of_whole(raw)) is not None:
                return number
        elif type(raw) is str:
            parts = split_text(raw)
            if parts is None:
                return wrong_type(name, raw, "a number, with or without a unit")
            raw, unit = parts
            if unit and unit != source.unit:
                try:
                    change = conversion(unit, metric.unit)
                except ValueError as error:
                    return Rejected(Reason.WRONG_TYPE, f"{name} is {shown(unit)}: {error}", name)
        elif type(raw) is not float:
            return wrong_type(name, raw, "a number")
        if not scaled and change is None:
            return raw
        exact = decimal_of(raw)
        if scaled:
            exact = EXACT.fma(exact, scale, offset)
        if change is not None:
            exact = change(exact)
        return float(rounded(exact)) if type(raw) is float else exact

    return transform


def _of_whole(
    metric: Metric, source: Source, scale: Decimal, offset: Decimal, convert: Convert | None
) -> Callable[[int], float | None] | None:
    """A function that computes the number from a whole one in whole numbers, which is exact and faster.

    The function returns None where that would not be exact. None if it never would.
    """
    linear = Linear(*map(Fraction, (scale, offset))) if scale.is_finite() and offset.is_finite() else None
    if linear is not None and convert is not None:
        linear = convert.after(linear) if isinstance(convert, Linear) else None
    if linear is None or not linear.keeps_decimals or source.scale_by is not None:
        return None
    times, plus, divisor = linear.times, linear.plus, linear.divisor
    whole_only = metric.type == "int"

    def of_whole(raw: int) -> float | None:
        number = raw * times + plus
        if not -_MOST < number < _MOST or (whole_only and number % divisor):
            return None
        return number / divisor

    return of_whole


def multiplied(number: int | float | Decimal, factor: float) -> float | Decimal:
    """The number times a factor: a float if it is one, or else exact."""
    if type(number) is int and 0 < factor < _MOST and factor.is_integer():
        product = number * int(factor)
        if -_MOST < product < _MOST:
            return float(product)
    exact = number if isinstance(number, Decimal) else decimal_of(number)
    exact = EXACT.multiply(exact, decimal_of(factor))
    return float(rounded(exact)) if isinstance(number, float) else exact
