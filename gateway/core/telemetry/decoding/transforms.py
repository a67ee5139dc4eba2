"""Transforms from a raw value to that of a metric: bits, maps, words, lists, units and scales."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.numbers import EXACT, EXACT_FLOATS, decimal_of, rounded
from gateway.core.kernel.units import Convert, conversion, split_text
from gateway.core.kernel.values import Json, Value
from gateway.core.profiles.bindings import Scalar, Source
from gateway.core.profiles.profile import Metric
from gateway.core.telemetry.decoding.checks import check_of, is_definite, shown, wrong_type
from gateway.core.telemetry.quarantine import Reason, Rejected

Transform = Callable[[Json], Json]
"""Returns the transformed value, or Rejected. What is computed from a whole number is an exact decimal."""

SCALARS = (bool, int, float, str)
_WORDS = re.compile(r"[\s,;]+")
_LONGEST_UID = 24
"""Decimal digits of ten bytes."""
_SHORTEST_UID = 8
"""Hex digits of four bytes."""
_LONGEST_WHOLE = 20
"""Digits of 2^64."""
_BEYOND_BITS = 2**64
_WHOLE_TEXTS = {"true": True, "false": False}


def as_sent(values: Iterable[Scalar], *, plain: bool) -> list[Scalar]:
    """Constants of the profile as a message contains them: in a plain message everything is text."""
    if not plain:
        return list(values)
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in values]


def transforms_of(name: str, metric: Metric, source: Source, *, plain: bool) -> list[Transform]:
    """The transforms of a source, in order.

    Raises:
        ValueError: the source cannot give such a metric. A Mistake says which part of the source.
    """
    transforms: list[Transform] = []
    numeric = metric.type in ("int", "float")
    if source.bit is not None or source.bits is not None:
        transforms.append(_pick_bits(name, source))
    if source.sum:
        _need(name, numeric, f"`sum` is for numbers, the metric is {metric.type}", "sum")
        transforms.append(_sum(name))
    if source.join is not None:
        _need(name, metric.type == "string", f"`join` gives a text, the metric is {metric.type}", "join")
        transforms.append(_join(name, source.join))
    if source.decimal:
        _need(name, metric.type == "tag", f"`decimal` is for tags, the metric is {metric.type}", "decimal")
        transforms.append(_from_decimal(name))
    if source.scale_by is not None:
        _need(name, numeric, f"`scale_by` is for numbers, the metric is {metric.type}", "scale_by")
    convert = _conversion(name, metric, source)
    computes = source.scale is not None or source.offset is not None or convert is not None
    if source.map is not None:
        transforms.append(_map(name, metric, source, plain=plain))
    elif source.equals is not None:
        _need(name, metric.type == "bool", f"`equals` gives true or false, the metric is {metric.type}", "equals")
        transforms.append(_equals(tuple(as_sent(source.equals, plain=plain and source.bits is None))))
    elif source.contains is not None:
        _need(name, metric.type == "bool", f"`contains` gives true or false, the metric is {metric.type}", "contains")
        transforms.append(_contains(name, source.contains))
    elif computes or source.unit is not None or (numeric and source.type is None):
        keys = [key for key in ("scale", "offset", "unit") if getattr(source, key) is not None]
        _need(name, numeric, f"`scale`, `offset` and `unit` are for numbers, the metric is {metric.type}", *keys[:1])
        transforms.append(_compute(name, metric, source, convert))
    elif plain and metric.type == "bool":
        transforms.append(lambda raw: _WHOLE_TEXTS.get(raw, raw))
    elif plain and metric.type == "enum":
        transforms.append(lambda raw: int(raw) if type(raw) is str and raw.isdecimal() and len(raw) < 10 else raw)
    _need_fitting_type(name, metric, source)
    if source.bit is not None and source.map is None and source.equals is None:
        _need(name, metric.type == "bool", f"a `bit` is true or false, the metric is {metric.type}", "bit")
    return transforms


def _need_fitting_type(name: str, metric: Metric, source: Source) -> None:
    """Raise ValueError if the source could never give a value of the metric."""
    if source.map is not None or source.equals is not None or source.contains is not None:
        return
    whole = source.bits is not None or source.type not in (None, "hex", "text")
    if metric.type == "bool" and source.bit is None and (whole or source.type is not None):
        raise ValueError(f"{name}: a number or text is not true or false: say `bit`, `equals` or `map`")
    if metric.type in ("string", "tag") and whole and not source.decimal:
        raise ValueError(f"{name}: a number is no {metric.type}: use `type: hex` or `type: text`, or `map`")
    if metric.type in ("int", "float") and source.type in ("hex", "text") and source.unit is None:
        raise ValueError(f"{name}: `type: {source.type}` gives a text, the metric is {metric.type}")


def _need(name: str, holds: bool, sentence: str, *at: str) -> None:
    if not holds:
        raise Mistake(f"{name}: {sentence}", *at)


def _conversion(name: str, metric: Metric, source: Source) -> Convert | None:
    if source.unit is None:
        return None
    try:
        return conversion(source.unit, metric.unit)
    except ValueError as error:
        raise Mistake(f"{name}: {error}", "unit", of_key=False) from error


def checked(name: str, metric: Metric, constant: Scalar, *at: Scalar) -> Value:
    """A constant of the profile as a value of its metric; `at` leads to it in its source.

    Raises:
        Mistake: it is not a value of the metric.
    """
    value = check_of(name, metric)(constant)
    if isinstance(value, Rejected):
        raise Mistake(f"{at[0]}: {value.detail}", *at, of_key=False)
    return value


def _pick_bits(name: str, source: Source) -> Transform:
    if source.bit is not None:
        first, mask, single = source.bit, 1, True
    else:
        assert source.bits is not None
        first, mask, single = source.bits[0], (1 << source.bits[1]) - 1, False

    def pick(raw: Json) -> Json:
        is_exact = type(raw) is float and raw.is_integer() and raw <= EXACT_FLOATS
        if is_exact or (type(raw) is str and raw.isdecimal() and len(raw) <= _LONGEST_WHOLE):
            raw = int(raw)
        if type(raw) is not int or not 0 <= raw < _BEYOND_BITS:
            return wrong_type(name, raw, "a whole number of at most 64 bits")
        picked = raw >> first & mask
        return bool(picked) if single else picked

    return pick


def _map(name: str, metric: Metric, source: Source, *, plain: bool) -> Transform:
    assert source.map is not None
    sent = as_sent(source.map, plain=plain and source.bits is None and source.bit is None)
    values = [checked(name, metric, value, "map", raw) for raw, value in source.map.items()]
    table = dict(zip(sent, values, strict=True))
    otherwise = None if source.otherwise is None else checked(name, metric, source.otherwise, "otherwise")
    known = ", ".join(str(raw).lower() if isinstance(raw, bool) else repr(raw) for raw in table)

    def look_up(raw: Json) -> Json:
        if not is_definite(raw):
            return wrong_type(name, raw, "a single value")
        value = table.get(raw, otherwise)
        if value is None:
            return Rejected(Reason.UNKNOWN_VALUE, f"{name} is {shown(raw)}, none of {known}", name)
        return value

    return look_up


def _equals(wanted: tuple[Scalar, ...]) -> Transform:
    return lambda raw: raw in wanted if is_definite(raw) else raw


def _contains(name: str, wanted: tuple[Scalar, ...]) -> Transform:
    def look(raw: Json) -> Json:
        if type(raw) is str:
            raw = [raw, *_WORDS.split(raw)]
        if type(raw) is not list:
            return wrong_type(name, raw, "a text or a list")
        return any(type(item) in SCALARS and item in wanted for item in raw)

    return look


def _join(name: str, between: str) -> Transform:
    def join(raw: Json) -> Json:
        if type(raw) is not list or not all(type(item) in SCALARS for item in raw):
            return wrong_type(name, raw, "a list of single values")
        return between.join(str(item) for item in raw)

    return join


def _sum(name: str) -> Transform:
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


def _from_decimal(name: str) -> Transform:
    def convert(raw: Json) -> Json:
        if type(raw) is str and raw.isdecimal() and len(raw) <= _LONGEST_UID:
            raw = int(raw)
        if type(raw) is not int or raw < 0:
            return wrong_type(name, raw, "a tag UID as a decimal number")
        digits = f"{raw:X}"
        return digits.zfill(max(_SHORTEST_UID, len(digits) + len(digits) % 2))

    return convert


def _compute(name: str, metric: Metric, source: Source, convert: Convert | None) -> Transform:
    scale = Decimal(1) if source.scale is None else Decimal(repr(source.scale))
    offset = Decimal(0) if source.offset is None else Decimal(repr(source.offset))
    scaled = source.scale is not None or source.offset is not None

    def compute(raw: Json) -> Json:
        change = convert
        if type(raw) is str:
            parts = split_text(raw)
            if parts is None:
                return wrong_type(name, raw, "a number, with or without a unit")
            raw, unit = parts
            if unit and unit != source.unit:
                try:
                    change = conversion(unit, metric.unit)
                except ValueError as error:
                    return Rejected(Reason.WRONG_TYPE, f"{name} is {shown(unit)}: {error}", name)
        elif type(raw) is not int and type(raw) is not float:
            return wrong_type(name, raw, "a number")
        if not scaled and change is None:
            return raw
        number = decimal_of(raw)
        if scaled:
            number = EXACT.fma(number, scale, offset)
        if change is not None:
            number = change(number)
        return float(rounded(number)) if type(raw) is float else number

    return compute
