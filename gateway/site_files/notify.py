"""Who is told of alarms, as a site's files say it: the keys notify, quiet_hours and proof, and what is wrong there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from gateway.core.kernel.mistakes import Location
from gateway.core.kernel.times import DAY, Micros
from gateway.core.notices.proof import ProofSpec
from gateway.core.notices.quiet_hours import QuietHoursSpec, compile_quiet_hours
from gateway.core.notices.routes import Recipient, RouteSpec
from gateway.core.notices.settings import NoticeSettings, compile_notice_settings
from gateway.core.site.calendars import Calendar
from gateway.core.site.site import Site
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


def _recipients(spec: RouteSpec) -> Iterator[tuple[Recipient, Location]]:
    for index, each in enumerate(spec.tell):
        yield each, ("tell", index)
    for place, step in enumerate(spec.escalate):
        for index, each in enumerate(step.tell):
            yield each, ("escalate", place, "tell", index)
