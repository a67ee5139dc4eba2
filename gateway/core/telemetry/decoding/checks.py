"""Checks of values against their metric: type, range, known states. No value raises."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping

from gateway.core.kernel.tags import normalise_tag_uid
from gateway.core.kernel.values import Json, Value
from gateway.core.profiles.profile import Metric
from gateway.core.telemetry.decoding.texts import cleaned
from gateway.core.telemetry.quarantine import Reason, Rejected

LONGEST_STRING = 1024
"""Characters of a string value; longer ones are rejected."""

_SHOWN = 60
_INT64 = 2**63
_LARGEST = sys.float_info.max

Check = Callable[[Json], Value | Rejected]


def shown(raw: object, characters: int = _SHOWN) -> str:
    """A value for error sentences, cut short."""
    try:
        text = repr(raw)
    except RecursionError:
        return "something nested too deep to show"
    return text if len(text) <= characters else text[:characters] + "…"


def wrong_type(name: str, raw: object, expected: str) -> Rejected:
    """The rejection of a value of the wrong type."""
    return Rejected(Reason.WRONG_TYPE, f"{name} is {shown(raw)}, {expected} was expected", name)


def unreadable(name: str, raw: object) -> Rejected:
    """The rejection of a text of which a part cannot be read."""
    return Rejected(Reason.MALFORMED, f"{name} is {shown(raw)}, which is not text in UTF-8", name)


def is_definite(raw: Json) -> bool:
    """Whether this is one value that can be compared: no list or object, and no number that is infinite or NaN."""
    kind = type(raw)
    return kind is str or kind is bool or kind is int or (kind is float and math.isfinite(raw))


def _check_bool(name: str, _metric: Metric) -> Check:
    def check(raw: Json) -> Value | Rejected:
        if raw is True or raw is False:
            return raw
        return wrong_type(name, raw, "true or false")

    return check


def _check_number(name: str, metric: Metric) -> Check:
    whole = metric.type == "int"
    least, largest = (-float(_INT64), float(_INT64 - 1024)) if whole else (-_LARGEST, _LARGEST)
    low, high = metric.range or (least, largest)
    low, high = max(low, least), min(high, largest)
    unit = f" {metric.unit}" if metric.unit else ""
    outside = f"outside {low:g} … {high:g}{unit}" if metric.range else "more than can be stored"
    expected = "a whole number" if whole else "a number"

    def check(raw: Json) -> Value | Rejected:
        kind = type(raw)
        if kind is float:
            if whole:
                if not raw.is_integer():
                    return wrong_type(name, raw, expected)
                raw = int(raw)
        elif kind is not int:
            return wrong_type(name, raw, expected)
        # NaN is in no range. A whole number of 400 digits is compared first, as float() would overflow on it.
        if low <= raw <= high:
            return raw if whole else float(raw)
        return Rejected(Reason.OUT_OF_RANGE, f"{name} is {shown(raw)}{unit}, {outside}", name)

    return check


def _check_enum(name: str, metric: Metric) -> Check:
    names = dict(metric.values or {})
    known = frozenset(names.values())

    def check(raw: Json) -> Value | Rejected:
        if type(raw) is float and raw.is_integer():
            raw = int(raw)
        if type(raw) is int and raw in names:
            return names[raw]
        if type(raw) is str:
            text = raw if raw in known else cleaned(raw)
            if text is None:
                return unreadable(name, raw)
            if text in known:
                return text
        if type(raw) in (int, str):
            expected = ", ".join(f"{code} {state}" for code, state in names.items())
            return Rejected(Reason.UNKNOWN_VALUE, f"{name} is {shown(raw)}, none of {expected}", name)
        return wrong_type(name, raw, "a code or a name")

    return check


def _check_string(name: str, _metric: Metric) -> Check:
    def check(raw: Json) -> Value | Rejected:
        if type(raw) is not str:
            return wrong_type(name, raw, "a string")
        text = cleaned(raw)
        if text is None:
            return unreadable(name, raw)
        if len(text) > LONGEST_STRING:
            detail = f"{name} has {len(text)} characters, at most {LONGEST_STRING} are kept"
            return Rejected(Reason.OUT_OF_RANGE, detail, name)
        return text

    return check


def _check_tag(name: str, _metric: Metric) -> Check:
    def check(raw: Json) -> Value | Rejected:
        if type(raw) is not str:
            return wrong_type(name, raw, "a tag UID in hex")
        text = cleaned(raw)
        if text is None:
            return unreadable(name, raw)
        try:
            return normalise_tag_uid(text)
        except ValueError as error:
            return Rejected(Reason.UNKNOWN_VALUE, f"{name}: {error}", name)

    return check


_CHECKS: Mapping[str, Callable[[str, Metric], Check]] = {
    "bool": _check_bool,
    "int": _check_number,
    "float": _check_number,
    "enum": _check_enum,
    "string": _check_string,
    "tag": _check_tag,
}


def check_of(name: str, metric: Metric) -> Check:
    """A function that returns the value to store, or Rejected."""
    return _CHECKS[metric.type](name, metric)
