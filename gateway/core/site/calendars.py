"""Calendars: the hours of the week, the holidays and the dates in which something holds, in the site's time zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Annotated, Protocol, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.names import Identifier
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.times import DAY, LATEST, Micros
from gateway.core.site.notation import WHOLE_DAY, Dates, DayHours, Days, Hours
from gateway.core.site.wall_time import Interval, date_at, days_around, joined, moment_of, whole_day, without

EVERY_DAY = tuple(range(7))
_A_WEEK: Micros = 8 * DAY
_DAYS_BACK = 56
_WEEKS = timedelta(days=15)
"""After the last date that is special, every week is like the one before: two weeks show whatever may come."""


def _country(text: str) -> str:
    country, _, part = text.partition("-")
    if not (country.isalpha() and country.isupper() and country.isascii() and len(country) == len("CN")):
        raise ValueError(f"{text!r} is no country: write its two letters, such as CN, or DE-BY for a part of it")
    if "-" in text and not part:
        raise ValueError(f"{text!r} names no part of {country}: write such as {country}-BY, or {country}")
    return text


class HoursSpec(Spec):
    """Hours on days of the week."""

    days: Days = EVERY_DAY
    """On which days of the week they begin; on every day unless given."""
    hours: DayHours = (WHOLE_DAY,)
    """In the site's time zone; `22:00-06:00` ends on the next day. The whole day unless given."""


class CalendarSpec(HoursSpec):
    """A calendar as written in YAML: hours of the week without holidays, or the time outside another calendar."""

    spans: tuple[HoursSpec, ...] | None = Field(
        default=None, examples=[[{"days": "mon-thu", "hours": "08:00-18:00"}, {"days": "fri", "hours": "08:00-15:00"}]]
    )
    """Several groups of days with hours of their own, in place of `days` and `hours`."""
    holidays: Annotated[str, AfterValidator(_country), WithJsonSchema({"type": "string"})] | None = Field(
        default=None, examples=["CN", "DE-BY"]
    )
    """The country on whose public holidays it does not hold; in China it holds on make-up working days."""
    except_: Dates = Field(default=frozenset(), alias="except")
    """Dates on which it does not hold."""
    also: Dates = frozenset()
    """Dates on which it holds all the same, with the hours of its first group of days."""
    outside: Identifier | None = None
    """It holds whenever that calendar does not. Stands alone."""

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        given = self.model_fields_set
        if self.outside is not None and (more := sorted(given - {"outside"})):
            raise Mistake("outside: stands alone: write the rest in the calendar that it names", more[0].rstrip("_"))
        if "spans" in given and (more := sorted(given & {"days", "hours"})):
            raise Mistake("spans: stands in place of days and hours: write them in each of the spans", more[0])
        if "spans" in given and not self.spans:
            raise Mistake("spans: there is none: write {days: mon-fri, hours: 08:00-18:00}, or remove it", "spans")
        if both := self.except_ & self.also:
            raise Mistake(f"{min(both)} stands in except and in also: remove one", "also")
        return self

    @property
    def groups(self) -> tuple[HoursSpec, ...]:
        """The groups of days with their hours."""
        return self.spans or (self,)


@dataclass(frozen=True, slots=True)
class Holidays:
    """The public holidays of a country or a part of it, over some years."""

    days: frozenset[date]
    working: frozenset[date]
    """Days of a weekend on which people work for a holiday before or after."""
    until: date
    """The last date of which they are known."""


class Pattern(Protocol):
    """What holds at times, such as a calendar."""

    def intervals_on(self, day: date) -> list[Interval]:
        """When it holds, of that which begins on this date."""


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Hours of the week but for special dates."""

    zone: ZoneInfo
    week: tuple[tuple[Hours, ...], ...]
    """The hours that begin on each day of the week, from Monday on."""
    as_worked: tuple[Hours, ...] = (WHOLE_DAY,)
    """The hours on `also` and on make-up working days."""
    holidays: Holidays | None = None
    except_: frozenset[date] = frozenset()
    also: frozenset[date] = frozenset()

    def hours_on(self, day: date) -> tuple[Hours, ...]:
        """The hours that begin on this date. The site's own dates come before those of its country."""
        usual = self.week[day.weekday()]
        if day in self.also:
            return usual or self.as_worked
        if day in self.except_:
            return ()
        if self.holidays is not None:
            if day in self.holidays.days:
                return ()
            if day in self.holidays.working:
                return usual or self.as_worked
        return usual

    def intervals_on(self, day: date) -> list[Interval]:
        """When it holds, of that which begins on this date."""
        minutes = self.hours_on(day)
        return joined(Interval(*(moment_of(self.zone, day, minute) for minute in hours)) for hours in minutes)

    @property
    def last_special(self) -> date:
        """The last date that is not like any other of its day of the week."""
        known = self.holidays.days | self.holidays.working if self.holidays is not None else frozenset[date]()
        return max(self.except_ | self.also | known, default=date.min)


@dataclass(frozen=True, slots=True)
class Outside:
    """Whenever another calendar does not hold."""

    zone: ZoneInfo
    inner: Calendar

    def intervals_on(self, day: date) -> list[Interval]:
        """When it holds on this date."""
        inside = (interval for each in days_around(day) for interval in self.inner.intervals_on(each))
        return without(whole_day(self.zone, day), inside)

    @property
    def last_special(self) -> date:
        """As of the other calendar."""
        return self.inner.pattern.last_special


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar of the site, compiled."""

    zone: ZoneInfo
    pattern: WeeklyHours | Outside = field(repr=False)

    def intervals_on(self, day: date) -> list[Interval]:
        """When it holds, of that which begins on this date."""
        return self.pattern.intervals_on(day)

    def is_active(self, at: Micros) -> bool:
        """Whether it holds at this moment."""
        return any(
            interval.start <= at < interval.end
            for day in days_around(date_at(self.zone, at))
            for interval in self.intervals_on(day)
        )

    def next_change(self, after: Micros) -> Micros | None:
        """The first moment after this one at which it begins or ends; None if it never does."""
        for interval in self.following(after):
            if interval.start > after:
                return interval.start
            if interval.end < LATEST:
                return interval.end
        return None

    def latest_end(self, at: Micros) -> Micros | None:
        """When it has ended last, at this moment or before; None where that is more than eight weeks ago."""
        day = date_at(self.zone, at)
        for _ in range(_DAYS_BACK):
            ends = (interval.end for each in days_around(day) for interval in self.intervals_on(each))
            found = [end for end in ends if end <= at and not self.is_active(end)]
            if found:
                return max(found)
            day -= timedelta(days=1)
        return None

    def following(self, after: Micros) -> Iterator[Interval]:
        """The stretches of time in which it holds after this moment, in order, those that touch joined.

        One that never ends has the end `LATEST`. Once no date is special any more, they break off after two weeks.
        """
        day = date_at(self.zone, after) - timedelta(days=1)
        last = max(day, self.pattern.last_special) + _WEEKS
        waiting: list[Interval] = []
        while day <= last:
            # What begins on later dates begins no earlier, so all that ends before is complete.
            begins = moment_of(self.zone, day, 0)
            while waiting and waiting[0].end < begins:
                if waiting[0].end > after:
                    yield waiting[0]
                waiting.pop(0)
            waiting = joined([*waiting, *self.intervals_on(day)])
            day += timedelta(days=1)
        until = moment_of(self.zone, last, 0)
        for each in waiting:
            if after < each.end < until:
                yield each
            elif each.end >= until and until - each.start > _A_WEEK:  # it has gone on for a week that is like any other
                yield each._replace(end=LATEST)


def compile_hours(groups: Sequence[HoursSpec], zone: ZoneInfo) -> Calendar:
    """Compile hours of the week."""
    return Calendar(zone, _weekly(groups, zone))


def compile_calendar(
    spec: CalendarSpec, zone: ZoneInfo, *, holidays: Mapping[str, Holidays], calendars: Mapping[str, Calendar]
) -> Calendar:
    """Compile a calendar.

    Args:
        holidays: those of each country that a calendar names.
        calendars: those compiled before.

    Raises:
        KeyError: it is the time outside a calendar that is not among them.
    """
    if spec.outside is not None:
        return Calendar(zone, Outside(zone, calendars[spec.outside]))
    known = holidays[spec.holidays] if spec.holidays is not None else None
    return Calendar(zone, replace(_weekly(spec.groups, zone), holidays=known, except_=spec.except_, also=spec.also))


def _weekly(groups: Sequence[HoursSpec], zone: ZoneInfo) -> WeeklyHours:
    week = tuple(
        tuple(sorted(hours for group in groups if day in group.days for hours in group.hours)) for day in EVERY_DAY
    )
    return WeeklyHours(zone, week, groups[0].hours)
