"""Times as the API accepts and returns them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from gateway.core.kernel.times import Micros, from_datetime, isoformat, parse_duration

Moment = Annotated[
    Micros,
    PlainSerializer(isoformat, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-01-31T08:00:00.000Z"]}),
]
"""A point in time; in answers ISO 8601 in UTC, with milliseconds."""


def _with_offset(given: object) -> datetime:
    """A number is refused: nobody could tell seconds from milliseconds, or from a date."""
    if isinstance(given, str):
        try:
            time = datetime.fromisoformat(given)
            if time.tzinfo is not None:
                from_datetime(time)
                return time
        except (ValueError, OverflowError):
            pass
    raise ValueError("write a time with its offset, such as 2026-01-31T16:00:00+08:00 or 2026-01-31T08:00:00Z")


OffsetTime = Annotated[
    datetime,
    BeforeValidator(_with_offset),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-01-31T16:00:00+08:00"]}),
]
"""A time in the body of a request: ISO 8601 with an offset."""

_PLUS_SIGN_LOST = re.compile(r"(?<=:\d\d) (?=\d\d:?\d\d$)|(?<=\.\d{3}) (?=\d\d:?\d\d$)|(?<=\.\d{6}) (?=\d\d:?\d\d$)")
"""In a query an unescaped + means a space, so the offset in `…T08:00:00+08:00` comes in as ` 08:00`."""


def parse_moment(text: str, now: Micros) -> Micros:
    """ISO 8601 with an offset, `now`, or a time ago: `-1h`, `-7d`, `-1h30m`.

    Raises:
        ValueError: with a hint, when the text is anything else.
    """
    text = text.strip()
    if text == "now":
        return now
    try:
        if text.startswith("-"):
            moment = now - parse_duration(text[1:])
        else:
            time = datetime.fromisoformat(_PLUS_SIGN_LOST.sub("+", text))
            if time.tzinfo is None:
                raise ValueError("its offset is missing")
            moment = from_datetime(time)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"{text!r} is not a time: write ISO 8601 with an offset, such as 2026-01-31T08:00:00Z or "
            f"2026-01-31T16:00:00+08:00, or a time ago, such as -1h or -7d"
        ) from error
    if moment < 0:
        raise ValueError(f"{text!r} is before 1970")
    return moment
