"""What is valid in people, rosters, calendars and maintenance, and somebody should know: warnings and notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

from gateway.core.alarms.maintenance_actions import told_in_maintenance
from gateway.core.alarms.shelf import plain_name
from gateway.core.configuration import Configuration
from gateway.core.kernel.times import DAY, Micros, to_datetime
from gateway.core.rules.rule import Rule
from gateway.core.site.calendars import Calendar, CalendarSpec
from gateway.core.site.maintenance import MaintenanceSpec
from gateway.core.site.notation import WEEKDAYS
from gateway.core.site.people import PersonSpec
from gateway.core.site.rosters import Roster, RosterSpec
from gateway.core.site.site import Site
from gateway.core.site.wall_time import Interval
from gateway.site_files.catalogue import Catalogue, Catalogues, Entry
from gateway.site_files.problems import Problem, first_of
from gateway.site_files.schedule_checks import HOW_TO_REACH

_LOOK_AHEAD: Micros = 28 * DAY
"""How far ahead `check` looks for hours that nobody covers: four turns of a week."""
_ANNOUNCED_AHEAD: Micros = 60 * DAY
"""So long before the known holidays end, `check` tells: a year is announced by the end of November before."""
_SHOWN = 3


def review_schedules(catalogues: Catalogues, configuration: Configuration, now: Micros) -> Iterator[Problem]:
    """People who cannot be reached, hours that nobody covers, holidays that are not known, and what maintenance does
    not stop.

    Args:
        now: from when on rosters and holidays are looked at.
    """
    site = configuration.site
    watching = [rule for rule in configuration.rules if any(rule.watches(device) for device in site.devices.values())]
    yield from _unreachable(catalogues.people)
    yield from _namesakes(catalogues.people)
    yield from _teams(catalogues.people, watching)
    yield from _holidays(catalogues.calendars, site.calendars, now)
    yield from _cover(site.rosters, catalogues.rosters, now)
    yield from _windows(site, catalogues.maintenance, configuration.rules, now)


def _unreachable(people: Catalogue[PersonSpec]) -> Iterator[Problem]:
    """People whom nobody can reach."""
    for entry in people.entries.values():
        if not entry.spec.contact:
            yield entry.warning(f"{entry.spec.id} cannot be reached", HOW_TO_REACH, at=("id",))


def _namesakes(people: Catalogue[PersonSpec]) -> Iterator[Problem]:
    """People of whom one is called as another: who has done something could not be told, nor that two agree."""
    called = {plain_name(entry.spec.id): entry.spec.id for entry in people.entries.values()}
    for entry in people.entries.values():
        person, name = entry.spec.id, entry.spec.name
        for text in dict.fromkeys(() if name is None else (name.en, name.zh or name.en)):
            other = called.setdefault(plain_name(text), person)
            if other != person:
                as_other = f"which is the id of {other}" if plain_name(other) == plain_name(text) else f"as {other} is"
                what = f"{person} is called {text}, {as_other}: who of them has acted could not be told"
                yield entry.warning(what, "write a name that only one of them has", at=("name",))
                break


def _teams(people: Catalogue[PersonSpec], rules: Iterable[Rule]) -> Iterator[Problem]:
    """Teams that get tickets, and of which nobody is a member. A site without people has yet to name them."""
    if not people.entries:
        return
    first = next(iter(people.entries.values()))
    members = {team for person in people.entries.values() for team in person.spec.teams}
    missing: dict[str, str] = {}
    for rule in rules:
        if rule.spec.ticket is not None and rule.spec.ticket.team not in members:
            missing.setdefault(rule.spec.ticket.team, rule.id)
    for team, rule_id in missing.items():
        what = f"nobody is in the team {team!r}, to which the rule {rule_id} gives its tickets"
        yield first.warning(what, f"add {team} to the teams of somebody")


def _holidays(catalogue: Catalogue[CalendarSpec], calendars: Mapping[str, Calendar], now: Micros) -> Iterator[Problem]:
    """Holidays that are not known for the time to come, and that the site does not say itself."""
    for name, calendar in calendars.items():
        entry, holidays = catalogue.entries[name], getattr(calendar.pattern, "holidays", None)
        if holidays is None:
            continue
        first, last = to_datetime(now).year, to_datetime(now + _ANNOUNCED_AHEAD).year
        said = {day.year for day in entry.spec.except_ | entry.spec.also}
        missing = set(range(max(first, holidays.until.year + 1), last + 1)) - said
        if missing:
            what = (
                f"the holidays of {entry.spec.holidays} are known until {holidays.until}: "
                f"in {min(missing)} {name} takes them for days like any other"
            )
            hint = "install a newer release of the gateway once they are announced, or write them in except: and also:"
            yield entry.warning(what, hint, at=("holidays",))


def _cover(rosters: Mapping[str, Roster], entries: Catalogue[RosterSpec], now: Micros) -> Iterator[Problem]:
    """Hours of the next four weeks in which nobody of a team is on duty."""
    for name, roster in rosters.items():
        gaps = list(roster.gaps(Interval(now, now + _LOOK_AHEAD)))
        if gaps:
            shown = ", ".join(_written(gap, roster.zone) for gap in gaps[:_SHOWN])
            more = f", and {len(gaps) - _SHOWN} more times" if len(gaps) > _SHOWN else ""
            what = f"nobody of {name} is on duty {shown}{more} in the next four weeks"
            yield entries.entries[name].warning(what, "add a shift for these hours", at=("shifts",))


def _written(gap: Interval, zone: ZoneInfo) -> str:
    start, end = (to_datetime(time).astimezone(zone) for time in gap)
    return f"{WEEKDAYS[start.weekday()]} {start:%Y-%m-%d %H:%M} to {WEEKDAYS[end.weekday()]} {end:%Y-%m-%d %H:%M}"


def _windows(
    site: Site, entries: Iterable[Entry[MaintenanceSpec]], rules: Iterable[Rule], now: Micros
) -> Iterator[Problem]:
    """The life-safety alarms that windows do not stop, and windows that are over."""
    rules = [*rules]
    for entry, window in zip(entries, site.maintenance, strict=True):
        if window.stretch(now) is None:
            yield entry.note("this maintenance is over", "remove it")
            continue
        told = told_in_maintenance(rules, site, window.devices)
        if told:
            what = f"this maintenance does not stop the life-safety alarms of its devices: {first_of([*told])}"
            hint = "they are told at any time; two people together can shelve one"
            yield entry.note(what, hint)
