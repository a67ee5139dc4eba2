"""Times as files write them: ISO 8601, numbers since 1970, and dates as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from gateway.core.kernel.times import MILLISECOND, SECOND, Micros, from_datetime

ORDERS = {"dmy": True, "mdy": False}
"""Whether the day stands before the month, by the names of both orders."""
_NUMBER = re.compile(r"(?P<s>\d{9,10}(\.\d+)?)|(?P<ms>\d{12,13}(\.\d+)?)|(?P<us>\d{15,16})|(?P<ns>\d{18,19})")
"""Seconds, milliseconds, microseconds or nanoseconds since 1970."""
_SCALES = {"s": SECOND, "ms": MILLISECOND, "us": 1, "ns": 0.001}
_COMPACT = re.compile(r"((?:19|20)\d\d[01]\d[0-3]\d)([0-2]\d[0-5]\d(?:[0-5]\d)?)")
"""20260213080000: in milliseconds since 1970 such numbers are in 1976, which is less likely."""
_DAYS = re.compile(r"[3-6]\d{4}([.,]\d+)?")
"""46066.33: days as spreadsheets count them, from 1982 to 2091."""
_C_TIME = re.compile(r"[a-z]{3}\s+([a-z]{3})\s+(\d{1,2})\s+(\d\d:\d\d:\d\d)\s+(?:(utc|gmt)\s+)?(\d{4})", re.IGNORECASE)
"""Fri Feb 13 08:00:00 2026, as C's ctime and `date` write it."""
_WRITTEN = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?"
    r"(?P<first>\d{4}|\d{1,2}|[a-z]{3,9})(?P<separator>\s*[-/.年]\s*|\.?,?\s+)"
    r"(?P<second>\d{1,2}|[a-z]{3,9})(?:\s*[-/.月]\s*|\.?,?\s+)(?P<third>\d{4}|\d{1,2})日?"
    r"(?:(?:\s*,?\s+|t)(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second_of>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?:(?P<half>[ap])\.?m\.?)?)?"
    r"\s*(?:(?P<utc>utc|gmt|z)|(?P<sign>[+-])(?P<zone_hours>\d\d):?(?P<zone_minutes>\d\d)?)?",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_END: Micros = from_datetime(datetime(2200, 1, 1, tzinfo=UTC))
"""Files write 9999-12-31 for what has not happened: that is no time by which anything can be followed."""
_SAMPLE = 2_000
"""So many times are looked at to find the format of a file."""


class AmbiguousTimes(Exception):
    """The day and the month of the times cannot be told apart."""


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """How times are written.

    Args:
        zone: of times that have none.
        pattern: as of strptime; None: ISO 8601, a number since 1970, or a date as people write it.
        is_day_first: whether the day stands before the month in numbers; None: only dates that tell it are read.
    """

    zone: ZoneInfo
    pattern: str | None = None
    is_day_first: bool | None = None

    def read(self, text: str) -> Micros:
        """Raises ValueError with what is wrong, to stand behind the text."""
        try:
            moment = self._plain(text) if self.pattern is None else _patterned(text, self.pattern, self.zone)
        except (ValueError, OverflowError) as error:
            raise ValueError("is no time") from error
        if not 0 <= moment < _END:
            raise ValueError("is before 1970 or after 2199")
        return moment

    def _plain(self, text: str) -> Micros:
        if compact := _COMPACT.fullmatch(text):
            return _placed(datetime.fromisoformat(f"{compact[1]}T{compact[2]}"), self.zone)
        if number := _NUMBER.fullmatch(text):
            return round(float(text) * _SCALES[number.lastgroup or "s"])
        if days := _DAYS.fullmatch(text):
            seconds = round(float(days[0].replace(",", ".")) * 86_400)
            return from_datetime(datetime(1899, 12, 30, tzinfo=self.zone) + timedelta(seconds=seconds))
        if c_time := _C_TIME.fullmatch(text):
            month, day, clock, utc, year = c_time.groups()
            return _written(f"{day} {month} {year} {clock} {utc or ''}".strip(), self.zone, self.is_day_first)
        try:
            return _placed(datetime.fromisoformat(text), self.zone)
        except ValueError:
            return _written(text, self.zone, self.is_day_first)


def found_format(texts: Iterable[str], zone: ZoneInfo) -> TimeFormat:
    """The order of day and month that most of the first times tell; later ones do so where need be.

    Raises:
        AmbiguousTimes: none tells it.
    """
    told = {True: 0, False: 0}
    unclear = None
    for count, text in enumerate(texts, start=1):
        if (numbers := _unnamed(text)) is not None:
            first, second = numbers
            if max(first, second) > 12:
                told[first > second] += 1
            elif first != second:
                unclear = unclear or text
        if count >= _SAMPLE and (unclear is None or any(told.values())):
            break
    if any(told.values()):
        return TimeFormat(zone, is_day_first=told[True] >= told[False])
    if unclear is not None:
        raise AmbiguousTimes(
            f"the day and the month of times such as {unclear!r} cannot be told apart: "
            "say which by --format dmy or --format mdy"
        )
    return TimeFormat(zone)


def _unnamed(text: str) -> tuple[int, int] | None:
    """The day and the month of a date in numbers in which either may stand first."""
    if text[:4].isdigit() or (match := _WRITTEN.fullmatch(text)) is None:
        return None
    first, second, separator = match["first"], match["second"], match["separator"].strip()
    if not (first.isdigit() and second.isdigit()) or separator == "." or (separator == "-" and len(match["third"]) < 4):
        return None
    return int(first), int(second)


def _written(text: str, zone: ZoneInfo, is_day_first: bool | None) -> Micros:
    """A date as people write it, mostly with a time behind it."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ValueError("no date")
    year, month, day = _date(match, is_day_first)
    hour = int(match["hour"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("no hour of half a day")
        hour = hour % 12 + (12 if match["half"] in "pP" else 0)
    microsecond = int((match["fraction"] or "0").ljust(6, "0")[:6])
    offset: tzinfo = zone
    if match["utc"]:
        offset = UTC
    elif match["sign"]:
        ahead = timedelta(hours=int(match["zone_hours"]), minutes=int(match["zone_minutes"] or 0))
        offset = timezone(ahead if match["sign"] == "+" else -ahead)
    minute, second = int(match["minute"] or 0), int(match["second_of"] or 0)
    return from_datetime(datetime(year, month, day, hour, minute, second, microsecond, offset))


def _date(match: re.Match[str], is_day_first: bool | None) -> tuple[int, int, int]:
    first, second, third = match["first"], match["second"], match["third"]
    if len(first) == 4 and first.isdigit():
        return int(first), _month(second), int(third)
    separator = match["separator"].strip()
    if not first.isdigit():
        month, day = _month(first), int(second)
    elif not second.isdigit() or separator == ".":
        month, day = _month(second), int(first)
    else:
        if len(third) != 4 and separator == "-":
            raise ValueError("the year may stand first")
        if is_day_first is None and first != second and max(int(first), int(second)) <= 12:
            raise ValueError("the day and the month cannot be told apart")
        tells = int(first) > 12 if is_day_first is None else is_day_first
        day, month = (int(first), int(second)) if tells else (int(second), int(first))
    year = int(third)
    if len(third) != 4:
        year += 1900 if year >= 69 else 2000
    return year, month, day


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _MONTHS.index(text[:3].lower()) + 1


def _patterned(text: str, pattern: str, zone: ZoneInfo) -> Micros:
    if "%z" in pattern:
        return from_datetime(datetime.strptime(text, pattern).astimezone(UTC))
    return from_datetime(datetime.strptime(text, pattern).replace(tzinfo=zone))


def _placed(found: datetime, zone: ZoneInfo) -> Micros:
    return from_datetime(found if found.tzinfo is not None else found.replace(tzinfo=zone))
