"""The key `dispatch` of a site file, and mistakes in it."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.work.dispatch_spec import DispatchSpec
from gateway.site_files.catalogue import Catalogues
from gateway.site_files.documents import Document, Table
from gateway.site_files.escalation_checks import knows_all_teams, teams_of_tickets
from gateway.site_files.explain import validate
from gateway.site_files.problems import Problem, did_you_mean

OFF = "off"


def read_dispatch(document: Document, catalogues: Catalogues) -> tuple[DispatchSpec | None, list[Problem]]:
    """How tickets are given to people, None where they wait for a person; and what is wrong with it."""
    given = document.root.get("dispatch")
    if given is None:
        return DispatchSpec(), []
    if given == OFF:
        return None, []
    if not isinstance(given, Table):
        hint = "write off, or for how long somebody may wait who is asked, such as {accept_within: 3m}"
        return None, [document.problem(("dispatch",), "dispatch: this is no way to give tickets to people", hint)]
    spec, problems = validate(document, ("dispatch",), DispatchSpec)
    if spec is not None:
        problems += _check_teams(spec, document, catalogues)
    return spec, problems


def _check_teams(spec: DispatchSpec, document: Document, catalogues: Catalogues) -> Iterator[Problem]:
    """Teams that have no members and get no tickets."""
    teams = teams_of_tickets(catalogues)
    for team in spec.teams if knows_all_teams(catalogues) else ():
        if team not in teams:
            what, hint = f"no ticket goes to the team {team!r}", did_you_mean(team, teams, kind="teams")
            yield document.problem(("dispatch", "teams", team), what, hint, of_key=True)
