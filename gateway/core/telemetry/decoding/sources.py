"""Readers: functions from a raw value at a source to a value of its metric."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Protocol

from gateway.core.kernel.numbers import number_of, rounded
from gateway.core.kernel.units import conversion
from gateway.core.kernel.values import Json, Value
from gateway.core.profiles.bindings import Scalar, Source
from gateway.core.profiles.metric import Metric
from gateway.core.profiles.paths import MISSING
from gateway.core.telemetry.decoding.checks import check_of, is_definite, unreadable, wrong_type
from gateway.core.telemetry.decoding.computing import multiplied
from gateway.core.telemetry.decoding.texts import cleaned, meaning
from gateway.core.telemetry.decoding.transforms import SCALARS, checked, map_of, transforms_of
from gateway.core.telemetry.quarantine import Rejected


class Reader(Protocol):
    """Reads a metric from the raw value at its source, which is MISSING if the message has none."""

    def __call__(self, raw: Json, factor: float | Rejected | None = 1.0, /) -> Value | Rejected | None:
        """The value; Rejected if it is invalid, None if there is none. `factor` is the scale that the message gives."""


Factor = Callable[[Json, Json], float | Rejected | None]
"""Given an element and the whole document, the factor of a value in it."""

_FACTOR = Metric(type="float")
_NUMBERS = (int, float, Decimal)


def reader_of(name: str, metric: Metric, source: Source) -> Reader:
    """A function that reads a metric from the raw value at its source.

    Raises:
        ValueError: the source cannot give such a metric.
    """
    if source.const is not None:
        constant = checked(name, metric, source.const, "const")
        return lambda _raw, _factor=1.0: constant
    transforms = transforms_of(name, metric, source)
    check = check_of(name, metric)
    absent = None if source.absent is None else checked(name, metric, source.absent, "absent")
    empty = _meanings(source.empty)
    whole = metric.type == "int"
    lists = source.contains is not None
    final = _final_types(metric, source)
    known = _known_values(name, metric, source)

    def read(raw: Json, factor: float | Rejected | None = 1.0) -> Value | Rejected | None:
        kind = type(raw)
        if kind in final:
            return check(raw)
        if (table := known.get(kind)) is not None and (value := table.get(raw)) is not None:
            return value
        if raw is MISSING:
            return absent
        if raw is None:
            return None
        sent = raw
        if kind is str:
            raw = cleaned(raw)
        elif lists and kind is list:
            raw = _cleaned_items(raw)
        if raw is None:
            return unreadable(name, sent)
        if empty and kind in SCALARS and meaning(raw) in empty:
            return None
        for transform in transforms:
            raw = transform(raw)
            if type(raw) is Rejected or raw is None:
                return raw
        if factor != 1.0 and type(raw) in _NUMBERS:
            if not isinstance(factor, float):
                return factor  # the rejection of the factor, or None if the message has none
            raw = multiplied(raw, factor)
        if type(raw) is Decimal:
            exact = rounded(raw)
            raw = number_of(exact)
            if whole and raw != exact:
                return wrong_type(name, raw, "a whole number")
        return check(raw)

    return read


def _final_types(metric: Metric, source: Source) -> frozenset[type]:
    """The types of raw values that need nothing but the check: the source neither changes them nor says "no value"."""
    keys = ("bit", "bits", "map", "equals", "contains", "scale", "offset", "scale_by")
    if source.empty or source.decimal or source.range or any(getattr(source, key) is not None for key in keys):
        return frozenset()
    if source.unit is not None and conversion(source.unit, metric.unit) is not None:
        return frozenset()
    return frozenset({int, float} if metric.type in ("int", "float") else {bool, int, float})


def _known_values(name: str, metric: Metric, source: Source) -> dict[type, dict[Scalar, Value]]:
    """The values for what the `map` of a source names, if it reads the raw value as it is: by type, as True == 1."""
    if source.bit is not None or source.bits is not None or source.sum or source.decimal or source.range:
        return {}
    empty = _meanings(source.empty)
    known: dict[type, dict[Scalar, Value]] = {}
    for raw, value in map_of(name, metric, source).items():
        # Texts are cleaned before they are compared, so that a text with control characters is never found.
        is_clean = type(raw) is not str or cleaned(raw) == raw
        if value is not None and is_clean and is_definite(raw) and meaning(raw) not in empty:
            known.setdefault(type(raw), {})[raw] = value
    return known


def _meanings(values: Iterable[Scalar]) -> frozenset[tuple[bool, Json]]:
    return frozenset(map(meaning, values))


def _cleaned_items(items: list[Json]) -> list[Json] | None:
    """The list with its texts cleaned; None if one of them cannot be read."""
    texts = [cleaned(item) if type(item) is str else item for item in items]
    return None if any(text is None and item is not None for text, item in zip(texts, items, strict=True)) else texts


def factor_reader(name: str, source: Source) -> Callable[[Json], float | Rejected | None]:
    """A function that reads the factor of a metric's value.

    Raises:
        ValueError: the source cannot give a number.
    """
    read = reader_of(name, _FACTOR, source)

    def factor(raw: Json) -> float | Rejected | None:
        value = read(raw)
        return float(value) if isinstance(value, int | float) else value if isinstance(value, Rejected) else None

    return factor
