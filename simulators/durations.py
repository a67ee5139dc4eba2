"""Durations as people write them: `90s`, `5m`, `5min`, `2h`, `1h30m`."""

import math
import re
from typing import Annotated

from pydantic import BeforeValidator

_SECONDS = {"ms": 0.001, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|sec|s|min|m|h|d)")


def parse_duration(written: object) -> float:
    """The seconds of a written duration; a `ValueError` says how to write it."""
    text = str(written).strip()
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text).strip():
        raise ValueError(f"{text!r} is not a duration: write a number with its unit, such as 90s, 5m or 2h")
    return math.fsum(float(number) * _SECONDS[unit] for number, unit in parts)


def format_duration(seconds: float) -> str:
    """A duration for reading: `45s`, `2m05s`, `1h00m05s`."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours}h{minutes:02}m{rest:02}s"
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"


Duration = Annotated[float, BeforeValidator(parse_duration)]
"""A pydantic field that is written as a duration and read as seconds."""
