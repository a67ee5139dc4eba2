"""From the bytes of a message to values of a profile, or to the reason why not. Nothing here ever raises on input."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gateway.core.profiles import Metric, Profile
from gateway.core.readings import Reason, Rejected, Value, normalise_tag_uid

LONGEST_STRING = 1024
"""Characters of a string value; more is a fault of the sender."""

_SHOWN = 60
_INT64 = 2**63
_LARGEST = sys.float_info.max
_SURROGATE = re.compile("[\ud800-\udfff]")

_Check = Callable[[Any], Value | Rejected]
_decode_object = msgspec.json.Decoder(dict[str, Any]).decode


def _shown(raw: object) -> str:
    try:
        text = repr(raw)
    except RecursionError:
        return "something nested too deep to show"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _wrong_type(name: str, raw: object, expected: str) -> Rejected:
    return Rejected(Reason.WRONG_TYPE, f"{name} is {_shown(raw)}, {expected} was expected", name)


def _check_bool(name: str, _metric: Metric) -> _Check:
    def check(raw: Any) -> Value | Rejected:  # noqa: ANN401 — anything JSON can hold
        if raw is True or raw is False:
            return raw
        return _wrong_type(name, raw, "true or false")

    return check


def _check_number(name: str, metric: Metric) -> _Check:
    whole = metric.type == "int"
    least, largest = (-float(_INT64), float(_INT64 - 1024)) if whole else (-_LARGEST, _LARGEST)
    low, high = metric.range or (least, largest)
    low, high = max(low, least), min(high, largest)
    unit = f" {metric.unit}" if metric.unit else ""
    outside = f"outside {low:g} … {high:g}{unit}" if metric.range else "more than can be stored"
    expected = "a whole number" if whole else "a number"

    def check(raw: Any) -> Value | Rejected:  # noqa: ANN401
        kind = type(raw)
        if kind is float:
            if whole:
                if not raw.is_integer():
                    return _wrong_type(name, raw, expected)
                raw = int(raw)
        elif kind is not int:
            return _wrong_type(name, raw, expected)
        # NaN is within nothing; a whole number of 400 digits is compared before float() would overflow on it.
        if low <= raw <= high:
            return raw if whole else float(raw)
        return Rejected(Reason.OUT_OF_RANGE, f"{name} is {_shown(raw)}{unit}, {outside}", name)

    return check


def _check_enum(name: str, metric: Metric) -> _Check:
    names = dict(metric.values or {})
    known = frozenset(names.values())

    def check(raw: Any) -> Value | Rejected:  # noqa: ANN401
        if type(raw) is float and raw.is_integer():
            raw = int(raw)
        if type(raw) is int and raw in names:
            return names[raw]
        if type(raw) is str and raw in known:
            return raw
        if type(raw) in (int, str):
            expected = ", ".join(f"{code} {state}" for code, state in names.items())
            return Rejected(Reason.UNKNOWN_VALUE, f"{name} is {_shown(raw)}, none of {expected}", name)
        return _wrong_type(name, raw, "a code or a name")

    return check


def _check_string(name: str, _metric: Metric) -> _Check:
    def check(raw: Any) -> Value | Rejected:  # noqa: ANN401
        if type(raw) is not str or _SURROGATE.search(raw):
            return _wrong_type(name, raw, "a string")
        if len(raw) > LONGEST_STRING:
            detail = f"{name} has {len(raw)} characters, at most {LONGEST_STRING} are kept"
            return Rejected(Reason.OUT_OF_RANGE, detail, name)
        return raw

    return check


def _check_tag(name: str, _metric: Metric) -> _Check:
    def check(raw: Any) -> Value | Rejected:  # noqa: ANN401
        if type(raw) is not str:
            return _wrong_type(name, raw, "a tag UID in hex")
        try:
            return normalise_tag_uid(raw)
        except ValueError as error:
            return Rejected(Reason.UNKNOWN_VALUE, f"{name}: {error}", name)

    return check


_CHECKS: Mapping[str, Callable[[str, Metric], _Check]] = {
    "bool": _check_bool,
    "int": _check_number,
    "float": _check_number,
    "enum": _check_enum,
    "string": _check_string,
    "tag": _check_tag,
}


class Decoded(msgspec.Struct, gc=False):
    """What one message held: values by metric, the metrics that were kept aside, the device's raw time stamp."""

    values: dict[str, Value]
    rejected: list[Rejected]
    time: object


def _parse(payload: bytes) -> Any:  # noqa: ANN401
    try:
        return _decode_object(payload)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return _parse_leniently(payload)


def _parse_leniently(payload: bytes) -> Any:  # noqa: ANN401
    """NaN, Infinity and 1e999 are no JSON, but devices send them: the metric is kept aside then, not its message."""
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError) as error:
        return Rejected(Reason.MALFORMED, f"the payload is not JSON: {error}")
    if type(document) is dict:
        return document
    return Rejected(Reason.MALFORMED, "the payload is JSON, but not an object: {…} with one key per metric")


class Decoder:
    """Decodes native JSON telemetry of one profile: one flat object, one key per metric.

    A metric that is null or missing is unknown, not false or zero. Keys that the profile does not name are passed over.
    """

    def __init__(self, profile: Profile, time_key: str | None) -> None:
        self._checks = {name: _CHECKS[metric.type](name, metric) for name, metric in profile.metrics.items()}
        self._time_key = time_key

    def decode(self, payload: bytes) -> Decoded | Rejected:
        """The values in `payload`; Rejected when it is no JSON object or holds no metric of the profile at all."""
        document = _parse(payload)
        if type(document) is Rejected:
            return document
        values: dict[str, Value] = {}
        rejected: list[Rejected] = []
        checks = self._checks
        for name, raw in document.items():
            if (check := checks.get(name)) is not None and raw is not None:
                value = check(raw)
                if type(value) is Rejected:
                    rejected.append(value)
                else:
                    values[name] = value  # type: ignore[assignment]
        if not values and not rejected:
            detail = f"none of the profile's metrics is in it; keys: {_shown(list(document))}"
            return Rejected(Reason.NO_METRICS, detail)
        return Decoded(values, rejected, document.get(self._time_key) if self._time_key else None)
