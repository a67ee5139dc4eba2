"""How people write days, hours and dates: `mon-fri`, `22:00-06:00`, `2026-12-24..2026-12-31`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, WithJsonSchema

from gateway.core.kernel.mistakes import Mistake
from gateway.core.site.wall_time import DAY_MINUTES

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = "|".join(WEEKDAYS)
_DAYS = re.compile(rf"(?P<first>{_DAY})(?:-(?P<last>{_DAY}))?")
_HOURS = re.compile(r"(?P<from>[0-2]?\d:[0-5]\d)\s*-\s*(?P<to>[0-2]?\d:[0-5]\d)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOST_DAYS = 3_660
_YEARS = range(1970, 3000)
"""Around dates in the first and last years that Python knows, nothing can be computed."""
_WRONG_YEAR = f"write a year from {_YEARS[0]} to {_YEARS[-1]}; what has no end needs none"


class _WrongYear(ValueError):
    """A date of a year that is none of a building."""


class Hours(NamedTuple):
    """Times of day, in minutes from 0:00 of the day on which they begin; beyond 1,440 they end on the next."""

    start: int
    end: int

    def __str__(self) -> str:
        """As people write it."""
        return f"{_clock(self.start)}-{_clock(self.end if self.end <= DAY_MINUTES else self.end - DAY_MINUTES)}"


WHOLE_DAY = Hours(0, DAY_MINUTES)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else (value,)


def _days(value: object) -> tuple[int, ...]:
    found: set[int] = set()
    for index, each in enumerate(_items(value)):
        match = _DAYS.fullmatch(each) if isinstance(each, str) else None
        if match is None:
            at = (index,) if isinstance(value, list | tuple) else ()
            raise Mistake(f"{each!r} is no day of the week: write mon, mon-fri, or [mon, wed-fri]", *at, of_key=False)
        first = WEEKDAYS.index(match["first"])
        last = WEEKDAYS.index(match["last"] or match["first"])
        found |= {day % len(WEEKDAYS) for day in range(first, last + 1 if first <= last else last + 1 + len(WEEKDAYS))}
    return tuple(sorted(found))


def is_hours(text: str) -> bool:
    """Whether this is one span of hours, such as `22:00-06:00`."""
    return _HOURS.fullmatch(text.strip()) is not None


def _hours(value: object) -> tuple[Hours, ...]:
    found = []
    for index, each in enumerate(_items(value)):
        at = (index,) if isinstance(value, list | tuple) else ()
        match = _HOURS.fullmatch(each) if isinstance(each, str) else None
        start, end = (_minute(match["from"]), _minute(match["to"])) if match else (-1, -1)
        if not (0 <= start < DAY_MINUTES and 0 <= end <= DAY_MINUTES):
            raise Mistake(f"{each!r} are no hours: write 08:00-18:00, or 22:00-06:00 over midnight", *at, of_key=False)
        if start == end:
            raise Mistake(f"{each!r} begin and end at one time: write 00:00-24:00 for a whole day", *at, of_key=False)
        found.append(Hours(start, end if end > start else end + DAY_MINUTES))
    if not found:
        raise ValueError("there are no hours: write 08:00-18:00, or leave the key out for the whole day")
    return tuple(sorted(found))


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def _dates(value: object) -> frozenset[date]:
    found: set[date] = set()
    for index, each in enumerate(_items(value)):
        at = (index,) if isinstance(value, list | tuple) else ()
        try:
            found |= set(_dates_of(each))
        except _WrongYear as error:
            raise Mistake(f"{each!r}: {_WRONG_YEAR}", *at, of_key=False) from error
        except ValueError as error:
            hint = "write 2026-12-24, or 2026-12-24..2026-12-31 for all days from one to the other"
            raise Mistake(f"{each!r} is no date: {hint}", *at, of_key=False) from error
    return frozenset(found)


def _dates_of(value: object) -> Iterator[date]:
    """Raises ValueError for what is no date or range of dates."""
    if not isinstance(value, str):
        raise ValueError("not text")
    first, _, last = value.partition("..")
    day, end = (_date(each) for each in (first, last or first))
    if not 0 <= (end - day).days < _MOST_DAYS:
        raise ValueError("not in order, or too many days")
    while day <= end:
        yield day
        day += timedelta(days=1)


def _date(text: str) -> date:
    if not _DATE.fullmatch(text):  # a week or an ordinal date is one for Python as well
        raise ValueError("not a date")
    return _checked(date.fromisoformat(text))


def _checked(day: date) -> date:
    if day.year not in _YEARS:
        raise _WrongYear
    return day


def _one_date(value: object) -> date:
    try:
        return _date(value if isinstance(value, str) else "")
    except _WrongYear as error:
        raise ValueError(f"{value!r}: {_WRONG_YEAR}") from error
    except ValueError as error:
        raise ValueError(f"{value!r} is no date: write one such as 2026-12-24") from error


def _wall_moment(value: object) -> datetime:
    try:
        if not isinstance(value, str) or not _MOMENT.fullmatch(value):
            raise ValueError("not in this form")
        moment = datetime.fromisoformat(value)
        _checked(moment.date())
        return moment
    except _WrongYear as error:
        raise ValueError(f"{value!r}: {_WRONG_YEAR}") from error
    except ValueError as error:
        raise ValueError(f"{value!r} is no time: write it in the site's time zone, such as 2026-12-01T09:00") from error


_A_DAY = {"type": "string", "pattern": f"^(?:{_DAYS.pattern.replace('?P<first>', '?:').replace('?P<last>', '?:')})$"}
_SOME_HOURS = {"type": "string", "pattern": r"^[0-2]?\d:[0-5]\d\s*-\s*[0-2]?\d:[0-5]\d$"}
_A_DATE = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d(?:\.\.\d{4}-\d\d-\d\d)?$"}


def _one_or_several(item: dict[str, object], *examples: object) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [item, {"type": "array", "items": item}], "examples": list(examples)})


Days = Annotated[tuple[int, ...], BeforeValidator(_days), _one_or_several(_A_DAY, "mon-fri", ["mon", "wed", "sat-sun"])]
"""Days of the week, from 0 for Monday."""
DayHours = Annotated[
    tuple[Hours, ...], BeforeValidator(_hours), _one_or_several(_SOME_HOURS, "08:00-18:00", ["08:00-12:00"])
]
"""Hours of a day, in order."""
Dates = Annotated[
    frozenset[date], BeforeValidator(_dates), _one_or_several(_A_DATE, "2026-12-24", ["2026-12-24..2026-12-31"])
]
"""Single dates."""
Day = Annotated[
    date, BeforeValidator(_one_date), WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-12-24"]})
]
"""One date."""
WallMoment = Annotated[
    datetime,
    BeforeValidator(_wall_moment),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d$", "examples": ["2026-12-01T09:00"]}),
]
"""A date and a time of day as the wall clock of the site shows them (naive)."""
