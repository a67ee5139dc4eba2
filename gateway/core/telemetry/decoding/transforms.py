"""Transforms from a raw value to that of a metric: bits, maps, words, lists; `computing` has those of numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.numbers import EXACT_FLOATS
from gateway.core.kernel.units import split_text
from gateway.core.kernel.values import Json, Value
from gateway.core.profiles.bindings import Scalar, Source
from gateway.core.profiles.metric import Metric
from gateway.core.profiles.paths import MISSING, entered
from gateway.core.telemetry.decoding.checks import check_of, is_definite, shown, wrong_type
from gateway.core.telemetry.decoding.computing import Transform, add_up, compute, conversion_of
from gateway.core.telemetry.decoding.texts import comparable, meaning
from gateway.core.telemetry.quarantine import Reason, Rejected

SCALARS = (bool, int, float, str)
_WORDS = re.compile(r"[\s,;]+")
_LONGEST_UID = 24
"""Decimal digits of ten bytes."""
_SHORTEST_UID = 8
"""Hex digits of four bytes."""
_MARKED_HEX = re.compile("(?:0[xX]([0-9a-fA-F]{1,20})|([0-9a-fA-F]{1,20})[hH])")
_WHOLE = re.compile("0|[1-9][0-9]{0,19}")
"""A whole number as text, of as many digits as 2^64. With a leading zero it may as well be hex, or bits."""

_BEYOND_BITS = 2**64


def transforms_of(name: str, metric: Metric, source: Source) -> list[Transform]:
    """The transforms of a source, in order.

    Raises:
        ValueError: the source cannot give such a metric. A Mistake says which part of the source.
    """
    transforms: list[Transform] = []
    numeric = metric.type in ("int", "float")
    if source.any:
        _need(name, metric.type == "bool", f"`any` gives true or false, the metric is {metric.type}", "any")
    if source.range is not None:
        transforms.append(_within(name, source.range, source.bit))
    if source.bit is not None or source.bits is not None:
        transforms.append(_pick_bits(name, source))
    if source.sum:
        _need(name, numeric, f"`sum` is for numbers, the metric is {metric.type}", "sum")
        transforms.append(add_up(name))
    if source.decimal:
        _need(name, metric.type == "tag", f"`decimal` is for tags, the metric is {metric.type}", "decimal")
        transforms.append(_from_decimal(name, texts=source.decimal is True))
    if source.scale_by is not None:
        _need(name, numeric, f"`scale_by` is for numbers, the metric is {metric.type}", "scale_by")
    convert = conversion_of(name, metric, source)
    computes = source.scale is not None or source.offset is not None or convert is not None
    if source.map is not None:
        transforms.append(_map(name, metric, source))
    elif source.equals is not None:
        _need(name, metric.type == "bool", f"`equals` gives true or false, the metric is {metric.type}", "equals")
        transforms.append(_equals(source.equals))
    elif source.contains is not None:
        _need(name, metric.type == "bool", f"`contains` gives true or false, the metric is {metric.type}", "contains")
        transforms.append(_contains(name, source.contains, source.words))
    elif computes or source.unit is not None or (numeric and source.type is None):
        keys = [key for key in ("scale", "offset", "unit") if getattr(source, key) is not None]
        _need(name, numeric, f"`scale`, `offset` and `unit` are for numbers, the metric is {metric.type}", *keys[:1])
        transforms.append(compute(name, metric, source, convert))
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
    if metric.type in ("string", "list", "tag") and whole and not source.decimal:
        raise ValueError(f"{name}: a number is no {metric.type}: use `type: hex` or `type: text`, or `map`")
    if metric.type in ("int", "float") and source.type in ("hex", "text") and source.unit is None:
        raise ValueError(f"{name}: `type: {source.type}` gives a text, the metric is {metric.type}")


def _need(name: str, holds: bool, sentence: str, *at: str) -> None:
    if not holds:
        raise Mistake(f"{name}: {sentence}", *at)


def checked(name: str, metric: Metric, constant: Scalar, *at: Scalar) -> Value:
    """A constant of the profile as a value of its metric; `at` leads to it in its source.

    Raises:
        Mistake: it is not a value of the metric.
    """
    value = check_of(name, metric)(constant)
    if isinstance(value, Rejected):
        raise Mistake(f"{at[0]}: {value.detail}", *at, of_key=False)
    return value


def _within(name: str, bounds: tuple[float, float], bit: int | None) -> Transform:
    """Rejects a number outside the bounds, unless the bit is set in it: a fire with an odd bit beside it is a fire."""
    low, high = bounds

    def check(raw: Json) -> Json:
        number = comparable(raw)
        if type(number) is str and (parts := split_text(number)) and parts[1]:
            number = parts[0]  # it has a unit
        if type(number) not in (int, float):
            return wrong_type(name, raw, "a number")
        if low <= number <= high or (bit is not None and bits_of(raw, bit, 1) == 1):
            return raw
        return Rejected(Reason.OUT_OF_RANGE, f"{name} is {shown(raw)} as it is sent, outside {low:g} … {high:g}", name)

    return check


def _pick_bits(name: str, source: Source) -> Transform:
    first, count = source.bits if source.bits is not None else (source.bit or 0, 1)
    single = source.bits is None

    def pick(raw: Json) -> Json:
        picked = bits_of(raw, first, count)
        if picked is None:
            return wrong_type(name, raw, "a whole number of at most 64 bits")
        return picked == 1 if single else picked

    return pick


def bits_of(raw: Json, first: int, count: int) -> int | None:
    """Some bits of a whole number, which may be a text; None if it is none."""
    if type(raw) is float:
        raw = int(raw) if raw.is_integer() and raw <= EXACT_FLOATS else raw
    elif type(raw) is str:
        raw = int(raw) if _WHOLE.fullmatch(raw) else raw
    if type(raw) is not int or not 0 <= raw < _BEYOND_BITS:
        return None
    return raw >> first & (1 << count) - 1


def _map(name: str, metric: Metric, source: Source) -> Transform:
    table = map_of(name, metric, source)
    by_meaning = _by_meaning(table)
    otherwise = None if source.otherwise is None else checked(name, metric, source.otherwise, "otherwise")
    known = ", ".join(str(raw).lower() if isinstance(raw, bool) else repr(raw) for raw in table)

    def look_up(raw: Json) -> Json:
        if not is_definite(raw):
            return wrong_type(name, raw, "a single value")
        is_truth, meant = meaning(raw)
        value = by_meaning.get((is_truth, meant), MISSING)
        if value is MISSING and type(raw) is str:
            value = table.get(raw, MISSING)  # its spelling decides
        if value is MISSING and is_truth:
            value = by_meaning.get((False, int(meant)), MISSING)
        if value is MISSING and otherwise is not None:
            value = otherwise
        if value is MISSING:
            return Rejected(Reason.UNKNOWN_VALUE, f"{name} is {shown(raw)}, none of {known}", name)
        return value

    return look_up


def map_of(name: str, metric: Metric, source: Source) -> dict[Scalar, Value | None]:
    """The `map` of a source, with values of its metric; None for what says nothing.

    Raises:
        Mistake: one of the values is none of the metric.
    """
    return {
        raw: None if value is None else checked(name, metric, value, "map", raw)
        for raw, value in (source.map or {}).items()
    }


def _by_meaning(table: Mapping[Scalar, Value | None]) -> dict[tuple[bool, Json], Value | None]:
    """The table by what its keys are compared by, without those that differ in their spelling alone."""
    values: dict[tuple[bool, Json], set[Value | None]] = {}
    for raw, value in table.items():
        values.setdefault(meaning(raw), set()).add(value)
    return {meant: next(iter(each)) for meant, each in values.items() if len(each) == 1}


def _equals(wanted: tuple[Scalar, ...]) -> Transform:
    meant = frozenset(map(meaning, wanted))
    return lambda raw: meaning(raw) in meant if is_definite(raw) else raw


def _contains(name: str, wanted: tuple[Scalar, ...], words: tuple[Scalar, ...]) -> Transform:
    meant, known = frozenset(map(meaning, wanted)), frozenset(map(meaning, (*wanted, *words)))

    def look(raw: Json) -> Json:
        sent, raw = raw, entered(raw)
        if type(raw) is str:
            raw = [raw, *_WORDS.split(raw)]
        if type(raw) is not list:
            return wrong_type(name, raw, "a text or a list")
        items = {meaning(item) for item in raw if type(item) in SCALARS}
        if items and words and items.isdisjoint(known):
            return Rejected(Reason.UNKNOWN_VALUE, f"{name} is {shown(sent)}, in which no word is known", name)
        return not items.isdisjoint(meant)

    return look


def _from_decimal(name: str, *, texts: bool) -> Transform:
    """The UID in hex. `texts` says whether a text is decimal too, unless it is marked as hex."""

    def convert(raw: Json) -> Json:
        if type(raw) is str and not texts:
            return raw.removesuffix("h").removesuffix("H")
        if type(raw) is str and (as_hex := _MARKED_HEX.fullmatch(raw)):
            raw = int(as_hex[1] or as_hex[2], 16)
        elif type(raw) is str and raw.isdecimal() and len(raw.lstrip("0")) <= _LONGEST_UID:
            raw = int(raw.lstrip("0") or "0")
        elif type(raw) is float and raw.is_integer() and raw <= EXACT_FLOATS:
            raw = int(raw)
        if type(raw) is not int or raw < 0:
            return wrong_type(name, raw, "a tag UID as a decimal number")
        digits = f"{raw:X}"
        return digits.zfill(max(_SHORTEST_UID, len(digits) + len(digits) % 2))

    return convert
