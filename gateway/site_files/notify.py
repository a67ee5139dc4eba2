"""Who is told of alarms, as a site's files say it: the keys notify, quiet_hours and proof, and what is wrong there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from gateway.core.configuration import Configuration
from gateway.core.kernel.mistakes import Location
from gateway.core.kernel.times import DAY, Micros
from gateway.core.kernel.urgency import Severity
from gateway.core.notices.proof import ProofSpec
from gateway.core.notices.quiet_hours import QuietHoursSpec, compile_quiet_hours
from gateway.core.notices.routes import Recipient, RouteSpec, StepSpec
from gateway.core.notices.settings import NoticeSettings, compile_notice_settings
from gateway.core.notices.ways import ALL_CHANNELS, Channel, ways_of
from gateway.core.rules.rule import Rule
from gateway.core.site.calendars import Calendar
from gateway.core.site.people import PersonSpec
from gateway.core.site.site import DeviceSpec, Site
from gateway.site_files.catalogue import Catalogues, Entry
from gateway.site_files.documents import Document
from gateway.site_files.explain import validate
from gateway.site_files.problems import Problem, did_you_mean

_SOME_TIME: Micros = 18_262 * DAY
"""2020-01-01. Hours that have no end from then on never have one."""


@dataclass(frozen=True, slots=True)
class NoticeKeys:
    """What the site file says beside its routes."""

    quiet_hours: QuietHoursSpec | None = None
    proof: ProofSpec | None = None


def read_notice_keys(
    document: Document, catalogues: Catalogues, compiled: Mapping[str, Calendar], zone: ZoneInfo | None
) -> tuple[NoticeKeys, list[Problem]]:
    """Read them, and check them against the calendars."""
    problems: list[Problem] = []
    quiet: QuietHoursSpec | None = None
    proof: ProofSpec | None = None
    if document.root.get("quiet_hours") is not None:
        quiet, problems = validate(document, ("quiet_hours",), QuietHoursSpec)
    if quiet is not None and quiet.calendar is not None and quiet.calendar not in compiled:
        if not catalogues.calendars.knows(quiet.calendar):
            what, hint = catalogues.calendars.unknown(quiet.calendar)
            problems.append(document.problem(("quiet_hours", "calendar"), what, hint))
        quiet = None
    if quiet is not None and zone is not None:
        hours = compile_quiet_hours(quiet, zone, compiled).staff
        if hours.is_active(_SOME_TIME) and hours.next_change(_SOME_TIME) is None:
            what = "the quiet hours never end: nobody would be told of what can wait"
            problems.append(document.problem(("quiet_hours",), what, "write hours such as 21:00-08:00"))
    if document.root.get("proof") is not None:
        proof, found = validate(document, ("proof",), ProofSpec)
        problems += found
    return NoticeKeys(quiet, proof), problems


def check_routes(catalogues: Catalogues) -> Iterator[Problem]:
    """Routes that name people, teams, places or hours that there are not."""
    people = catalogues.people
    is_whole = len(people.entries) == len(people.places) and people.is_whole
    teams = {team for entry in people.entries.values() for team in entry.spec.teams}
    tickets = [each.spec.ticket for each in catalogues.rules.entries.values() if each.spec.ticket is not None]
    of_tickets = {ticket.team for ticket in tickets}
    for entry in catalogues.notify:
        spec = entry.spec
        if spec.team is not None and is_whole and spec.team not in teams | of_tickets:
            hint = did_you_mean(spec.team, teams | of_tickets, kind="teams")
            yield entry.problem(f"no tickets go to a team {spec.team!r}", hint, at=("team",))
        if spec.category is not None and spec.category not in (known := {ticket.category for ticket in tickets}):
            hint = did_you_mean(spec.category, known, kind="categories")
            yield entry.problem(f"no tickets have the category {spec.category!r}", hint, at=("category",))
        if spec.location is not None and not catalogues.locations.knows(spec.location):
            yield entry.problem(*catalogues.locations.unknown(spec.location), at=("location",))
        if spec.during is not None and not catalogues.calendars.knows(spec.during):
            yield entry.problem(*catalogues.calendars.unknown(spec.during), at=("during",))
        for recipient, at in _recipients(spec):
            if recipient.person is not None and not people.knows(recipient.person):
                yield entry.problem(*people.unknown(recipient.person), at=(*at, "person"))
            if recipient.team is not None and is_whole and recipient.team not in teams:
                hint = did_you_mean(recipient.team, teams, kind="teams") if teams else "list its members under people:"
                yield entry.problem(f"nobody is in the team {recipient.team!r}", hint, at=(*at, "team"))


def compile_notices(site: Site, routes: Iterable[Entry[RouteSpec]], keys: NoticeKeys) -> NoticeSettings:
    """Who is told of the alarms of a site, when its files have no problems."""
    return compile_notice_settings(site, [entry.spec for entry in routes], keys.quiet_hours, keys.proof)


def review_routes(routes: Sequence[Entry[RouteSpec]], configuration: Configuration) -> Iterator[Problem]:
    """Alarms of which no route tells anybody, and people whom a route cannot reach as it says."""
    if not routes:
        return
    site = configuration.site
    untold: dict[str, None] = {}
    for rule in configuration.rules:
        if rule.spec.severity is Severity.CRITICAL or rule.spec.life_safety:
            watched = [device for device in site.devices.values() if rule.watches(device)]
            if any(not any(_may_match(each.spec, rule, device, site) for each in routes) for device in watched):
                untold[rule.id] = None
    if untold:
        named = ", ".join(untold)
        what = f"nobody is told of critical alarms of {named}: no route of notify matches all of them"
        yield routes[0].warning(what, "add a route such as {severity: critical, tell: [{team: …}]}")
    for entry in routes:
        yield from _unreachable(entry, site)


def _may_match(spec: RouteSpec, rule: Rule, device: DeviceSpec, site: Site) -> bool:
    """Whether alarms of the rule about this device are told by the route, at some time at least."""
    ticket, severity = rule.spec.ticket, rule.spec.severity
    return (
        (spec.severity is None or severity in spec.severity)
        and (spec.life_safety is None or spec.life_safety is rule.spec.life_safety)
        and (spec.team is None or (ticket is not None and ticket.team == spec.team))
        and (spec.category is None or (ticket is not None and ticket.category == spec.category))
        and (spec.location is None or site.is_inside(device.location, spec.location))
    )


def _unreachable(entry: Entry[RouteSpec], site: Site) -> Iterator[Problem]:
    steps: list[tuple[RouteSpec | StepSpec, Location]] = [(entry.spec, ())]
    steps += [(step, ("escalate", index)) for index, step in enumerate(entry.spec.escalate)]
    for step, at in steps:
        wanted = [channel for channel in step.channels if channel is not Channel.SIREN]
        lacking = [person.id for person in _people(step.tell, site) if wanted and not _has(person, wanted)]
        if lacking:
            channels = ", ".join(channel.value for channel in wanted)
            what = f"{', '.join(lacking)} cannot be reached by {channels}, and is told by another way"
            yield entry.warning(what, "give the person such a contact, or name another channel", at=(*at, "channels"))


def _people(tell: Iterable[Recipient], site: Site) -> list[PersonSpec]:
    found: dict[str, PersonSpec] = {}
    for each in tell:
        members = site.members_of(each.team) if each.team is not None else ()
        named = [site.people[each.person]] if each.person is not None else members
        found |= {person.id: person for person in named if person.contact}
    return [*found.values()]


def _has(person: PersonSpec, channels: Iterable[Channel]) -> bool:
    known = {way.channel for way in ways_of(person.contact, ALL_CHANNELS, may_ring=True)}
    return not known.isdisjoint(channels)


def _recipients(spec: RouteSpec) -> Iterator[tuple[Recipient, Location]]:
    for index, each in enumerate(spec.tell):
        yield each, ("tell", index)
    for place, step in enumerate(spec.escalate):
        for index, each in enumerate(step.tell):
            yield each, ("escalate", place, "tell", index)
