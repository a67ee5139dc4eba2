"""Rosters: who of a team is on duty when, in the site's time zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.names import Identifier, Name
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.times import Micros
from gateway.core.site.calendars import Calendar, HoursSpec, Pattern, compile_hours
from gateway.core.site.notation import Dates, Day
from gateway.core.site.wall_time import Interval, date_at, days_around, without

_DAYS_OF = {"day": 1, "week": 7}
_LOOK_AHEAD_DAYS = 30


class Turns(Spec):
    """People who take turns: one of them at a time, in the order of the list."""

    every: Literal["day", "week"]
    """How long one turn is."""
    from_: Day = Field(alias="from")
    """A date on which the first of the list begins a turn."""


class ShiftSpec(HoursSpec):
    """Hours in which people are on duty. A shift over midnight belongs to the date on which it begins."""

    people: tuple[Identifier, ...] = Field(min_length=1, examples=[["tech-1"]])
    """Who is on duty, by id; all of them, unless they take turns. Who comes first is told first."""
    calendar: Identifier | None = None
    """The calendar whose hours these are, in place of `days` and `hours`."""
    turns: Turns | None = Field(default=None, examples=[{"every": "week", "from": "2026-11-30"}])
    """How the people take turns."""

    @model_validator(mode="after")
    def _has_one_kind_of_hours(self) -> Self:
        if self.calendar is not None and (more := sorted(self.model_fields_set & {"days", "hours"})):
            raise Mistake("calendar: stands in place of days and hours: remove these or the calendar", more[0])
        return self


class RosterChange(HoursSpec):
    """A change to the roster on single dates."""

    on: Dates
    """The dates on which the shifts begin that are changed."""
    people: tuple[Identifier, ...] = ()
    """Who is on duty instead; nobody unless given."""
    instead_of: Identifier | None = None
    """In whose place, in all shifts of that person; unless given, the change replaces all shifts of these dates."""

    @model_validator(mode="after")
    def _has_hours_or_person(self) -> Self:
        given = self.model_fields_set
        if "days" in given:
            raise Mistake("on: says the dates: remove days", "days")
        if self.instead_of is not None and "hours" in given:
            raise Mistake("with instead_of the hours are those of that person's shifts: remove hours", "hours")
        if not self.people and self.instead_of is None:
            raise Mistake("people: nobody is named: say who is on duty, or whom to leave out with instead_of", "people")
        return self


class RosterSpec(Spec):
    """The duty roster of a team."""

    team: Name
    """Whose roster it is, such as `engineering`."""
    shifts: tuple[ShiftSpec, ...] = Field(min_length=1)
    """The shifts of every week."""
    changes: tuple[RosterChange, ...] = ()
    """What is different on single dates. A later change comes after an earlier one."""


class Duty(NamedTuple):
    """A stretch of time in which people are on duty."""

    interval: Interval
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Shift:
    spec: ShiftSpec
    pattern: Pattern

    def people_on(self, day: date) -> tuple[str, ...]:
        turns = self.spec.turns
        if turns is None:
            return self.spec.people
        turn = (day - turns.from_).days // _DAYS_OF[turns.every] % len(self.spec.people)
        return (self.spec.people[turn],)


@dataclass(frozen=True, slots=True)
class Roster:
    """The duty roster of a team, compiled."""

    team: str
    zone: ZoneInfo
    shifts: tuple[_Shift, ...]
    changes: tuple[tuple[RosterChange, Pattern], ...]

    def duties_on(self, day: date) -> list[Duty]:
        """Who is on duty when, of that which begins on this date, in the order of the roster."""
        duties = [
            Duty(interval, shift.people_on(day))
            for shift in self.shifts
            for interval in shift.pattern.intervals_on(day)
        ]
        for change, pattern in self.changes:
            if day not in change.on:
                continue
            if change.instead_of is None:
                duties = [Duty(interval, change.people) for interval in pattern.intervals_on(day)]
            else:
                duties = [Duty(duty.interval, _replaced(duty.people, change)) for duty in duties]
        return duties

    def on_duty(self, at: Micros) -> tuple[str, ...]:
        """The ids of those who are on duty at this moment, in the order in which they are told."""
        days = days_around(date_at(self.zone, at))
        duties = (duty for day in days for duty in self.duties_on(day))
        found = [duty.people for duty in duties if duty.interval.start <= at < duty.interval.end]
        return tuple(dict.fromkeys(person for people in found for person in people))

    def next_change(self, after: Micros) -> Micros | None:
        """When others are on duty than at this moment; None where that is not within four weeks."""
        before, day = self.on_duty(after), date_at(self.zone, after) - timedelta(days=1)
        for _ in range(_LOOK_AHEAD_DAYS):
            for moment in sorted({moment for duty in self.duties_on(day) for moment in duty.interval}):
                if moment > after and self.on_duty(moment) != before:
                    return moment
            day += timedelta(days=1)
        return None

    def gaps(self, period: Interval) -> Iterator[Interval]:
        """When nobody is on duty, of a period."""
        day, last = days_around(date_at(self.zone, period.start))[0], date_at(self.zone, period.end)
        covered: list[Interval] = []
        while day <= last:
            covered += [duty.interval for duty in self.duties_on(day) if duty.people]
            day += timedelta(days=1)
        yield from without(period, covered)


def _replaced(people: Sequence[str], change: RosterChange) -> tuple[str, ...]:
    """The people with those of the change in place of one, each once."""
    result: list[str] = []
    for person in people:
        result += change.people if person == change.instead_of else (person,)
    return tuple(dict.fromkeys(result))


def compile_roster(spec: RosterSpec, zone: ZoneInfo, calendars: Mapping[str, Calendar]) -> Roster:
    """Compile a roster.

    Raises:
        KeyError: a shift names a calendar that is not among these.
    """
    shifts = tuple(
        _Shift(shift, calendars[shift.calendar] if shift.calendar is not None else compile_hours([shift], zone))
        for shift in spec.shifts
    )
    changes = tuple((change, compile_hours([change], zone)) for change in spec.changes)
    return Roster(spec.team, zone, shifts, changes)
