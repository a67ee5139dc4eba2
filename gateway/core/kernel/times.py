"""Time inside the core: whole microseconds since 1970-01-01T00:00Z.

An `int` costs less than an aware `datetime` on the hot path (docs/decisions/0003), compares exactly, and is what both
series stores and SQLite keep. Code at the edges converts it to aware datetimes with `to_datetime`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

Micros = int
"""A point in time (microseconds since the epoch, UTC) or a duration (microseconds)."""


class Now(msgspec.Struct, frozen=True):
    """The present, by two clocks. They are read together; neither can be reckoned from the other."""

    steady: Micros
    """By a clock that nobody can set: delays run by it. Only differences mean something, and only within one run."""
    wall: Micros
    """Since the epoch, UTC: for stamps, calendars and SLA. It jumps when the clock is set."""


MILLISECOND: Micros = 1_000
SECOND: Micros = 1_000_000
MINUTE: Micros = 60 * SECOND
HOUR: Micros = 60 * MINUTE
DAY: Micros = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UNITS = {"ms": MILLISECOND, "s": SECOND, "m": MINUTE, "min": MINUTE, "h": HOUR, "d": DAY}
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)\s*")
_LONGEST_DURATION = 40
_LONGEST_NUMBER = 30
_DIGITS = re.compile(r"\d{9,}(\.\d+)?")
_MOST_NANOSECONDS = 1e20
_NUMBERS = (int, float)
LATEST: Micros = 253_402_300_799 * SECOND
"""9999-12-31T23:59:59Z, the last second that `datetime` can represent."""


def to_datetime(time: Micros) -> datetime:
    """The same point in time as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=time)


def from_datetime(time: datetime) -> Micros:
    """The same point in time in microseconds; `time` must be aware."""
    return (time - _EPOCH) // _MICROSECOND


def isoformat(time: Micros) -> str:
    """ISO 8601 in UTC with milliseconds, as the API and the MQTT events give times: `2026-01-31T08:00:00.000Z`."""
    return to_datetime(time).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_duration(text: object) -> Micros:
    """`90s`, `5m` or `5min`, `2h`, `1d`, `250ms`, or parts in a row such as `1h30m`.

    Raises:
        ValueError: with a hint, when the text is anything else.
    """
    if isinstance(text, str) and text.strip() and len(text) < _LONGEST_DURATION:
        total, position = 0.0, 0
        while position < len(text) and (match := _DURATION.match(text, position)):
            total += float(match[1]) * _UNITS[match[2]]
            position = match.end()
        if position == len(text) and total <= LATEST:
            return round(total)
    raise ValueError(f"{text!r} is not a duration: write a number with a unit, such as 90s, 5m, 2h or 1d")


def parse_device_time(value: object) -> Micros | None:
    """A device's own time stamp, or None when it cannot be read.

    Numbers are seconds below 1e11, milliseconds below 1e14, microseconds below 1e17 and nanoseconds above. The ranges
    cannot be confused: 1e11 is the year 5138 in seconds and 1973 in milliseconds, and so on for each unit. Strings are
    such numbers, or ISO 8601 with an offset.
    """
    if type(value) is int and 10**11 <= value < 10**14:
        return value * MILLISECOND  # what most devices send
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and len(value) < _LONGEST_NUMBER and _DIGITS.fullmatch(value):
        value = float(value)
    if isinstance(value, _NUMBERS):
        if not 0 < value < _MOST_NANOSECONDS:
            return None
        scale = SECOND if value < 1e11 else MILLISECOND if value < 1e14 else 1 if value < 1e17 else 0.001
        micros = round(value * scale)
        return micros if micros <= LATEST else None
    if isinstance(value, str):
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            return None
        if time.tzinfo is None:
            return None
        micros = from_datetime(time)
        return micros if 0 < micros <= LATEST else None
    return None


def written_duration(duration: Micros) -> str:
    """A duration as people write it in files, such as 30s or 1m30s; it reads back as the same."""
    parts = []
    for name in ("d", "h", "m", "s"):
        count, duration = divmod(duration, _UNITS[name])
        if count:
            parts.append(f"{count}{name}")
    if duration:
        parts.append(f"{duration / MILLISECOND:g}ms")
    return "".join(parts) or "0s"


Duration = Annotated[
    Micros,
    BeforeValidator(parse_duration),
    WithJsonSchema({"type": "string", "pattern": f"^({_DURATION.pattern})+$", "examples": ["90s", "5m", "1h30m"]}),
]
"""A duration in a YAML file; the model holds it in microseconds."""


def _at_least_a_second(duration: Micros) -> Micros:
    if duration < SECOND:
        raise ValueError("it is shorter than a second: write at least 1s")
    return duration


Interval = Annotated[Duration, AfterValidator(_at_least_a_second)]
"""A duration of at least a second in a YAML file."""
