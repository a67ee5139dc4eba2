"""Times as files write them: ISO 8601, numbers since 1970, and dates as people write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from gateway.core.kernel.times import LATEST, MILLISECOND, SECOND, Micros, from_datetime

_EPOCH = re.compile(r"(?P<s>\d{9,10}(\.\d+)?)|(?P<ms>\d{12,13}(\.\d+)?)|(?P<us>\d{15,16})")
"""Seconds, milliseconds or microseconds since 1970."""
_SCALES = {"s": SECOND, "ms": MILLISECOND, "us": 1}
_SPACED_ZONE = re.compile(r"\s+(?:(UTC|GMT|Z)|([+-]\d\d:?\d\d))$")
_DATES = (
    *("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d"),
    *("%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%b-%Y", "%d %b %Y", "%b %d, %Y"),
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
_FORMATS = tuple(date + time for date in _DATES for time in _TIMES)
_SAMPLE = 2_000
"""So many times are looked at to find the format of a file."""


class AmbiguousTimes(Exception):
    """The day and the month of the times cannot be told apart."""


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """How times are written.

    Args:
        zone: of times that have none.
        pattern: as of strptime; None: ISO 8601 or a number since 1970.
        is_found: whether the pattern was found in the file: then those other forms are read as well.
    """

    zone: ZoneInfo
    pattern: str | None = None
    is_found: bool = False

    def read(self, text: str) -> Micros:
        """Raises ValueError where this is no time."""
        if self.pattern is None:
            moment = _plain(text, self.zone)
        else:
            try:
                moment = _patterned(text, self.pattern, self.zone)
            except ValueError:
                if not self.is_found:
                    raise
                moment = _plain(text, self.zone)
        if not 0 <= moment <= LATEST:
            raise ValueError("outside the years from 1970 on")
        return moment


def found_format(texts: Iterable[str], zone: ZoneInfo) -> TimeFormat:
    """The format in which most of the first times are written; later ones tell the day from the month where need be.

    Raises:
        AmbiguousTimes: two formats read as many, and differently.
    """
    rest = iter(texts)
    others = [text for text in islice(rest, _SAMPLE) if not _is_read(TimeFormat(zone), text)]
    fits = Counter(pattern for text in others for pattern in _FORMATS if _is_read(TimeFormat(zone, pattern), text))
    if not fits:
        return TimeFormat(zone)
    most = max(fits.values())
    best, *tied = [pattern for pattern, count in fits.items() if count == most]
    equals = [best, *(other for other in tied if any(_differ(text, best, other, zone) for text in others))]
    while len(equals) > 1 and (text := next(rest, None)) is not None:
        equals = [pattern for pattern in equals if _is_read(TimeFormat(zone, pattern), text)] or equals
    if len(equals) > 1:
        raise AmbiguousTimes(f"the times may be {equals[0]!r} or {equals[1]!r}: say which by --format")
    return TimeFormat(zone, equals[0], is_found=True)


def _plain(text: str, zone: ZoneInfo) -> Micros:
    if number := _EPOCH.fullmatch(text):
        return round(float(text) * _SCALES[number.lastgroup or "s"])
    return _placed(datetime.fromisoformat(_SPACED_ZONE.sub(lambda found: found[2] or "+00:00", text)), zone)


def _patterned(text: str, pattern: str, zone: ZoneInfo) -> Micros:
    if "%z" in pattern:
        return from_datetime(datetime.strptime(text, pattern).astimezone(UTC))
    return from_datetime(datetime.strptime(text, pattern).replace(tzinfo=zone))


def _placed(found: datetime, zone: ZoneInfo) -> Micros:
    return from_datetime((found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC))


def _is_read(time_format: TimeFormat, text: str) -> bool:
    try:
        time_format.read(text)
    except (ValueError, OverflowError):
        return False
    return True


def _differ(text: str, one: str, other: str, zone: ZoneInfo) -> bool:
    try:
        return _patterned(text, one, zone) != _patterned(text, other, zone)
    except ValueError:
        return False
