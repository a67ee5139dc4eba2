"""The key `ticket_feed` of a site file, and mistakes in it."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.notices.ways import ALL_CHANNELS, ways_of
from gateway.core.work.ticket_feed import FeedSpec
from gateway.site_files.catalogue import Catalogues, Entry, read_entries
from gateway.site_files.documents import Document
from gateway.site_files.escalation_checks import knows_all_teams, teams_of_tickets
from gateway.site_files.problems import Problem, did_you_mean


def read_ticket_feed(document: Document, catalogues: Catalogues) -> tuple[tuple[FeedSpec, ...], list[Problem]]:
    """The systems that follow tickets, and what is wrong with them."""
    example = "write one system a line, each after a dash, such as - {to: cmms}"
    entries, problems = read_entries(document, "ticket_feed", FeedSpec, example)
    for entry in entries:
        problems += _check(entry, catalogues)
    return tuple(entry.spec for entry in entries), problems


def _check(entry: Entry[FeedSpec], catalogues: Catalogues) -> Iterator[Problem]:
    """Systems, teams, categories and places that there are not, and people in place of systems."""
    spec, people = entry.spec, catalogues.people
    system = people.entries.get(spec.to)
    if system is None and not people.knows(spec.to):
        yield entry.problem(*people.unknown(spec.to), at=("to",))
    elif system is not None:
        ways = ways_of(system.spec.contact, ALL_CHANNELS, may_ring=False)
        if not ways or not all(way.channel.is_machine for way in ways):
            what = (
                f"{spec.to} is told of each step of a ticket, and is no system: it has other contacts than those of one"
            )
            yield entry.problem(
                what, "give it a webhook or mqtt alone, such as contact: [{webhook: https://…}]", at=("to",)
            )
    teams = teams_of_tickets(catalogues)
    if spec.team is not None and knows_all_teams(catalogues) and spec.team not in teams:
        hint = did_you_mean(spec.team, teams, kind="teams")
        yield entry.problem(f"no ticket goes to the team {spec.team!r}", hint, at=("team",))
    if spec.location is not None and not catalogues.locations.knows(spec.location):
        yield entry.problem(*catalogues.locations.unknown(spec.location), at=("location",))
