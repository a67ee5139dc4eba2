"""Checks of values against their metric: type, range, known states. No value raises."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Mapping

from gateway.core.kernel.numbers import EXACT_FLOATS
from gateway.core.kernel.tags import normalise_tag_uid
from gateway.core.kernel.values import Json, Value
from gateway.core.profiles.metric import LIST_SEPARATOR, Metric
from gateway.core.profiles.paths import entered
from gateway.core.telemetry.decoding.texts import cleaned, comparable
from gateway.core.telemetry.quarantine import Reason, Rejected

LONGEST_STRING = 1024
"""Characters of a string value; longer ones are rejected."""

_SHOWN = 60
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
_SHORTEST_UID, _SHORTEST_WHOLE_UID = 5, 8
"""Hex digits. A reader that writes the UID as a number in hex leaves out leading zeros: 5 of 8 are seldom missing."""

_BETWEEN_ITEMS = re.compile("[,;\uff0c\uff1b\u3001]")
"""Between the items of a list that is sent as text: commas and semicolons, those of full width too."""

_BETWEEN_WORDS = re.compile(r"[\s_-]+")
"""Between the words of a state: `Fire return` and `fire-return` are fire_return."""

_LEAST_WHOLE, _LARGEST_WHOLE = -(2**63), 2**63 - 1
"""The whole numbers that SQLite and InfluxDB store."""

_LARGEST = sys.float_info.max

Check = Callable[[Json], Value | Rejected]


def shown(raw: object, characters: int = _SHOWN) -> str:
    """A value for error sentences, cut short."""
    try:
        text = repr(raw)
    except (RecursionError, ValueError):  # a ValueError is what a number of more than 4,300 digits raises
        return "something too deep or too long to show"
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
        meant = comparable(raw) if type(raw) is str else raw
        return meant if meant is True or meant is False else wrong_type(name, raw, "true or false")

    return check


def _outside(name: str, metric: Metric, low: float, high: float) -> Callable[[Json], Rejected]:
    """A function that gives the rejection of a number outside the bounds."""
    unit = f" {metric.unit}" if metric.unit else ""
    outside = f"outside {low:g} … {high:g}{unit}" if metric.range else "more than can be stored"
    top = high if metric.over_range == "limit" else None
    bottom = low if metric.under_range == "limit" else None

    def reject(raw: Json) -> Rejected:
        limit = top if raw > high else bottom if raw < low else None  # NaN is neither
        return Rejected(Reason.OUT_OF_RANGE, f"{name} is {shown(raw)}{unit}, {outside}", name, limit)

    return reject


# Below, NaN is in no range. A whole number of 400 digits is compared first, as float() would overflow on it.


def _check_float(name: str, metric: Metric) -> Check:
    low, high = metric.range or (-_LARGEST, _LARGEST)
    low, high = float(max(low, -_LARGEST)), float(min(high, _LARGEST))
    outside = _outside(name, metric, low, high)

    def check(raw: Json) -> Value | Rejected:
        raw = comparable(raw) if type(raw) is str else raw
        if type(raw) is float:
            return raw if low <= raw <= high else outside(raw)
        if type(raw) is not int:
            return wrong_type(name, raw, "a number")
        if not low <= raw <= high:
            return outside(raw)
        value = float(raw)
        if value == raw:
            return value
        detail = f"{name} is {shown(raw)}, and no float is exactly that: make the metric an int"
        return Rejected(Reason.OUT_OF_RANGE, detail, name)

    return check


def _check_int(name: str, metric: Metric) -> Check:
    low, high = metric.range or (_LEAST_WHOLE, _LARGEST_WHOLE)
    low, high = math.ceil(max(low, _LEAST_WHOLE)), math.floor(min(high, _LARGEST_WHOLE))
    outside = _outside(name, metric, low, high)

    def check(raw: Json) -> Value | Rejected:
        raw = comparable(raw) if type(raw) is str else raw
        if type(raw) is int:
            return raw if low <= raw <= high else outside(raw)
        if type(raw) is not float:
            return wrong_type(name, raw, "a whole number")
        if not low <= raw <= high:
            return outside(raw)
        if not raw.is_integer():
            return wrong_type(name, raw, "a whole number")
        if -EXACT_FLOATS <= raw <= EXACT_FLOATS:
            return int(raw)
        detail = f"{name} is {shown(raw)}, and a float beyond 2^53 may be one of several whole numbers"
        return Rejected(Reason.OUT_OF_RANGE, detail, name)

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
            if raw in known:
                return raw
            text = cleaned(raw)
            if text is None:
                return unreadable(name, raw)
            state = _BETWEEN_WORDS.sub("_", text.casefold())
            if state in known:
                return state
            if (code := comparable(text)) in names and type(code) is int:
                return names[code]
        if type(raw) in (int, str):
            expected = ", ".join(f"{code} {state}" for code, state in names.items())
            return Rejected(Reason.UNKNOWN_VALUE, f"{name} is {shown(raw)}, none of {expected}", name)
        return wrong_type(name, raw, "a code or a name")

    return check


def _check_string(name: str, _metric: Metric) -> Check:
    def check(raw: Json) -> Value | Rejected:
        if type(raw) is int or (type(raw) is float and math.isfinite(raw)):
            raw = str(int(raw) if raw == math.floor(raw) and abs(raw) <= EXACT_FLOATS else raw)  # such as an address
        if type(raw) is not str:
            return wrong_type(name, raw, "a string")
        text = cleaned(raw)
        if text is None:
            return unreadable(name, raw)
        return _too_long(name, text) or text

    return check


def _check_list(name: str, _metric: Metric) -> Check:
    def check(raw: Json) -> Value | Rejected:
        raw = entered(raw)
        if type(raw) is not list and type(raw) is not str:
            return wrong_type(name, raw, "a list, or a text with commas between its items")
        items: set[str] = set()
        for item in [raw] if type(raw) is str else raw:
            if type(item) is str:
                text = cleaned(item)
                if text is None:
                    return unreadable(name, raw)
                items.update(cleaned(part) or "" for part in _BETWEEN_ITEMS.split(text))
            elif type(item) is int or (type(item) is float and item.is_integer()):
                items.add(str(int(item)))
            elif item is not None:
                return wrong_type(name, raw, "a list of texts and whole numbers")
        text = LIST_SEPARATOR.join(sorted(items - {""}))
        return _too_long(name, text) or text

    return check


def _too_long(name: str, text: str) -> Rejected | None:
    if len(text) <= LONGEST_STRING:
        return None
    detail = f"{name} has {len(text)} characters, at most {LONGEST_STRING} are kept"
    return Rejected(Reason.OUT_OF_RANGE, detail, name)


def _check_tag(name: str, _metric: Metric) -> Check:
    def check(raw: Json) -> Value | Rejected:
        if type(raw) is not str:
            return wrong_type(name, raw, "a tag UID in hex")
        text = cleaned(raw)
        if text is None:
            return unreadable(name, raw)
        if len(text) >= _SHORTEST_UID and set(text) <= _HEX_DIGITS:  # else as the sender wrote it, or no UID at all
            text = text.zfill(max(_SHORTEST_WHOLE_UID, len(text) + len(text) % 2))
        if not text.strip("0:- "):
            return Rejected(Reason.UNKNOWN_VALUE, f"{name} is {shown(raw)}: no tag has a UID of zeros", name)
        try:
            return normalise_tag_uid(text)
        except ValueError as error:
            return Rejected(Reason.UNKNOWN_VALUE, f"{name}: {error}", name)

    return check


_CHECKS: Mapping[str, Callable[[str, Metric], Check]] = {
    "bool": _check_bool,
    "int": _check_int,
    "float": _check_float,
    "enum": _check_enum,
    "string": _check_string,
    "list": _check_list,
    "tag": _check_tag,
}


def check_of(name: str, metric: Metric) -> Check:
    """A function that returns the value to store, or Rejected, with the value to store in its place if there is one."""
    return _CHECKS[metric.type](name, metric)
