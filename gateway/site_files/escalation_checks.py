"""The keys `escalation` and `service_point` of a site file, and mistakes in them."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.checklists.definition import ChecklistSpec
from gateway.core.kernel.mistakes import Location
from gateway.core.site.distance import ServicePoints
from gateway.core.site.people import PersonSpec
from gateway.core.site.site import LocationSpec
from gateway.core.work.escalation import ASSIGNEE, OWN_TEAM, ChainSpec
from gateway.site_files.catalogue import Catalogue, Catalogues, Entry, read_entries
from gateway.site_files.documents import Document, Series, Table
from gateway.site_files.problems import Problem, did_you_mean
from gateway.site_files.schedule_checks import HOW_TO_REACH
from gateway.site_files.service_level_checks import matches_all_of, unreachable


def read_escalation(document: Document, catalogues: Catalogues) -> tuple[tuple[ChainSpec, ...], list[Problem]]:
    """The chains in the site file, and what is wrong with them."""
    entries, problems = read_chains(document)
    for entry in entries:
        problems += _check_chain(entry, catalogues)
    problems += unreachable(entries, _covers, "chain")
    return tuple(entry.spec for entry in entries), problems


def read_chains(document: Document) -> tuple[list[Entry[ChainSpec]], list[Problem]]:
    """The chains in the site file, and what is wrong with each by itself."""
    example = "write one chain a line, each after a dash, such as - {levels: [{tell: assignee}]}"
    return read_entries(document, "escalation", ChainSpec, example)


def read_service_point(document: Document, catalogues: Catalogues) -> tuple[ServicePoints, list[Problem]]:
    """From where people start, and what is wrong with it: one location, or one for each team."""
    given = document.root.get("service_point")
    if given is None:
        return ServicePoints(), []
    if isinstance(given, str):
        return ServicePoints(given), _check_location(given, document, ("service_point",), catalogues.locations)
    if not isinstance(given, Table) or not all(isinstance(each, str) for each in given.values()):
        hint = "write a location by its id, or one for each team, such as {engineering: b1.workshop}"
        return ServicePoints(), [document.problem(("service_point",), "service_point: this is no location", hint)]
    points, problems = dict[str, str](), list[Problem]()
    teams = teams_of_tickets(catalogues)
    for team, location in given.items():
        at = ("service_point", str(team))
        points[str(team)] = str(location)
        problems += _check_location(str(location), document, at, catalogues.locations)
        if knows_all_teams(catalogues) and team not in teams:
            what, hint = f"no ticket goes to the team {team!r}", did_you_mean(team, teams, kind="teams")
            problems.append(document.problem(at, what, hint, of_key=True))
    return ServicePoints(of_team=points), problems


def _check_location(
    location: str, document: Document, at: Location, locations: Catalogue[LocationSpec]
) -> list[Problem]:
    return [] if locations.knows(location) else [document.problem(at, *locations.unknown(location))]


def _covers(before: ChainSpec, chain: ChainSpec) -> bool:
    return (
        before.team in (None, chain.team)
        and matches_all_of(chain.priority, before.priority)
        and matches_all_of(chain.category, before.category)
    )


def _check_chain(entry: Entry[ChainSpec], catalogues: Catalogues) -> Iterator[Problem]:
    """Unknown teams, and people who are unknown or cannot be reached."""
    team, teams = entry.spec.team, teams_of_tickets(catalogues)
    if team is not None and knows_all_teams(catalogues) and team not in teams:
        yield entry.problem(
            f"no ticket goes to the team {team!r}", did_you_mean(team, teams, kind="teams"), at=("team",)
        )
    for index, level in enumerate(entry.spec.levels):
        at: Location = ("levels", index, "tell")
        if level.tell.team is not None:
            yield from _check_team(entry, level.tell.team, (*at, "team"), catalogues.people)
        is_list = isinstance(entry.document.value((*entry.at, *at)), Series)
        for place, person in enumerate(level.tell.people):
            yield from _check_person(entry, person, (*at, place) if is_list else at, catalogues.people)


def _check_team(entry: Entry[ChainSpec], team: str, at: Location, people: Catalogue[PersonSpec]) -> Iterator[Problem]:
    teams = {each for person in people.entries.values() for each in person.spec.teams}
    if team not in teams and _is_complete(people):
        hint = did_you_mean(team, teams, kind="teams") if teams else "list its members under people:"
        yield entry.problem(f"nobody is in the team {team!r}", hint, at=at)


def _check_person(
    entry: Entry[ChainSpec], person: str, at: Location, people: Catalogue[PersonSpec]
) -> Iterator[Problem]:
    known = people.entries.get(person)
    if known is None and not people.knows(person):
        hint = did_you_mean(person, [*people.places, ASSIGNEE, OWN_TEAM], kind="people")
        yield entry.problem(f"there is no person {person!r}", hint, at=at)
    elif known is not None and not known.spec.contact and not known.document.value((*known.at, "contact")):
        yield entry.problem(f"{person} is to be told of breaches, and cannot be reached", HOW_TO_REACH, at=at)


def teams_of_tickets(catalogues: Catalogues) -> set[str]:
    """The teams to which tickets can go: those of rules, of items that fail, and those that have members."""
    of_rules = {entry.spec.ticket.team for entry in catalogues.rules.entries.values() if entry.spec.ticket is not None}
    items = (item for entry in catalogues.checklists.entries.values() for item in entry.spec.items)
    of_items = {item.corrective.team for item in items if item.corrective is not None}
    return of_rules | of_items | {team for entry in catalogues.people.entries.values() for team in entry.spec.teams}


def knows_all_teams(catalogues: Catalogues) -> bool:
    """Whether every team is known: nothing that may name one is invalid."""
    rules, checklists = catalogues.own_rules, catalogues.own_checklists
    return _is_complete(catalogues.people) and len(rules.entries) == len(rules.places) and _is_complete(checklists)


def _is_complete(catalogue: Catalogue[PersonSpec] | Catalogue[ChecklistSpec]) -> bool:
    return catalogue.is_whole and len(catalogue.entries) == len(catalogue.places)
