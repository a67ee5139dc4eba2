"""Checks of people, calendars and rosters: unknown names, and hours in which nobody can be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from gateway.core.kernel.mistakes import Location
from gateway.core.kernel.times import DAY, Micros
from gateway.core.rules.active_hours import compile_hours_of
from gateway.core.site.calendars import Calendar, CalendarSpec, Holidays, compile_calendar
from gateway.core.site.people import PersonSpec
from gateway.core.site.rosters import Roster, RosterSpec, compile_roster
from gateway.site_files.catalogue import Catalogue, Catalogues, Entry
from gateway.site_files.holidays import holidays_of
from gateway.site_files.problems import Problem, did_you_mean

HOW_TO_REACH = "write contact: [{email: …}], or phone, mqtt or webhook"
_SOME_TIME: Micros = 18_262 * DAY
"""2020-01-01. Hours that do not come from then on never do."""


def compile_calendars(
    catalogue: Catalogue[CalendarSpec], zone: ZoneInfo | None
) -> tuple[dict[str, Calendar], list[Problem]]:
    """The calendars of the site, and what is wrong with them. Without a zone they are checked alone."""
    problems, holidays = list[Problem](), dict[str, Holidays]()
    for entry in catalogue.entries.values():
        country = entry.spec.holidays
        if country is not None and country not in holidays:
            try:
                holidays[country] = holidays_of(country)
            except ValueError as error:
                what, _, hint = str(error).partition("; ")
                problems.append(entry.problem(what, hint, at=("holidays",)))
    done: dict[str, Calendar] = {}
    waiting = dict(catalogue.entries)
    for name in _in_order(waiting, catalogue, problems):
        spec = waiting[name].spec
        if zone is None or (spec.holidays is not None and spec.holidays not in holidays):
            continue
        if spec.outside is None or spec.outside in done:
            done[name] = compile_calendar(spec, zone, holidays=holidays, calendars=done)
    return done, problems


def _in_order(
    entries: Mapping[str, Entry[CalendarSpec]], catalogue: Catalogue[CalendarSpec], problems: list[Problem]
) -> list[str]:
    """The calendars, each after that of which it is the outside; without those that are outside themselves."""
    order: dict[str, None] = {}
    for name, entry in entries.items():
        chain, walk = dict[str, None](), entry
        while walk.at[-1] not in order:
            chain[str(walk.at[-1])] = None
            outside = walk.spec.outside
            if outside is None:
                break
            if outside not in entries:
                if not catalogue.knows(outside):
                    problems.append(walk.problem(*catalogue.unknown(outside), at=("outside",)))
                chain.clear()
                break
            if outside in chain:
                what = f"this calendar is outside itself: {' outside '.join([*chain, outside])}"
                problems.append(entries[name].problem(what, "give one of them hours", at=("outside",)))
                chain.clear()
                break
            walk = entries[outside]
        order |= dict.fromkeys(reversed(chain))
    return list(order)


def check_active(catalogues: Catalogues, compiled: Mapping[str, Calendar], zone: ZoneInfo | None) -> Iterator[Problem]:
    """Rules whose active hours name no calendar, or never come."""
    calendars = catalogues.calendars
    for entry in catalogues.rules.entries.values():
        active = entry.spec.active
        if active is None:
            continue
        named = active.calendar or active.outside
        if named is not None and named not in compiled:
            if not calendars.knows(named):
                key = "calendar" if active.calendar is not None else "outside"
                yield entry.problem(*calendars.unknown(named), at=("active", key))
        elif zone is not None:
            hours = compile_hours_of(active, zone, compiled)
            if not hours.is_active(_SOME_TIME) and hours.next_change(_SOME_TIME) is None:
                yield entry.problem("the rule is never active", "write hours that come, or disable it", at=("active",))


def _has_contact(entry: Entry[PersonSpec]) -> bool:
    """Whether something stands there, which is wrong and reported as such."""
    return bool(entry.document.value((*entry.at, "contact")))


def compile_rosters(
    catalogues: Catalogues, *, compiled: Mapping[str, Calendar], zone: ZoneInfo | None
) -> tuple[dict[str, Roster], list[Problem]]:
    """The rosters of the site, and what is wrong with them. Without a zone they are checked alone."""
    people, calendars = catalogues.people, catalogues.calendars
    done, problems = dict[str, Roster](), list[Problem]()
    for name, entry in catalogues.rosters.entries.items():
        found = [*_check_team(entry, people), *_check_members(entry, people), *_check_calendars(entry, calendars)]
        problems += found
        used = {shift.calendar for shift in entry.spec.shifts if shift.calendar is not None}
        if zone is not None and not found and used <= compiled.keys():
            done[name] = compile_roster(entry.spec, zone, compiled)
    return done, problems


def _check_team(entry: Entry[RosterSpec], people: Catalogue[PersonSpec]) -> Iterator[Problem]:
    teams = {team for person in people.entries.values() for team in person.spec.teams}
    if entry.spec.team not in teams and len(people.entries) == len(people.places) and people.is_whole:
        what = f"nobody is in the team {entry.spec.team!r}"
        hint = did_you_mean(entry.spec.team, teams, kind="teams") if teams else "list its members under people:"
        yield entry.problem(what, hint, at=("team",))


def _named(spec: RosterSpec) -> Iterator[tuple[str, Location]]:
    """Whom a roster names, and where."""
    for index, shift in enumerate(spec.shifts):
        for place, person in enumerate(shift.people):
            yield person, ("shifts", index, "people", place)
    for index, change in enumerate(spec.changes):
        for place, person in enumerate(change.people):
            yield person, ("changes", index, "people", place)
        if change.instead_of is not None:
            yield change.instead_of, ("changes", index, "instead_of")


def _check_members(entry: Entry[RosterSpec], people: Catalogue[PersonSpec]) -> Iterator[Problem]:
    team = entry.spec.team
    for person, at in _named(entry.spec):
        known = people.entries.get(person)
        if known is not None and team not in known.spec.teams:
            yield entry.problem(f"{person} is not in the team {team!r}", f"add it to the teams of {person}", at=at)
        elif known is None and not people.knows(person):
            yield entry.problem(*people.unknown(person), at=at)


def _check_calendars(entry: Entry[RosterSpec], calendars: Catalogue[CalendarSpec]) -> Iterator[Problem]:
    for index, shift in enumerate(entry.spec.shifts):
        if shift.calendar is not None and not calendars.knows(shift.calendar):
            yield entry.problem(*calendars.unknown(shift.calendar), at=("shifts", index, "calendar"))


def check_people(catalogues: Catalogues) -> Iterator[Problem]:
    """People on a duty roster whom nobody can reach: told before it matters."""
    on_rosters = {person for entry in catalogues.rosters.entries.values() for person, _ in _named(entry.spec)}
    for entry in catalogues.people.entries.values():
        if entry.spec.contact or _has_contact(entry):
            continue
        if entry.spec.id in on_rosters:
            yield entry.problem(f"{entry.spec.id} is on a duty roster, and cannot be reached", HOW_TO_REACH, at=("id",))
