"""The key `dispatch` of a site file."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.kernel.times import MINUTE
from gateway.core.work.dispatch_spec import DispatchSpec
from gateway.site_files import load_configuration
from tests.unit.site_files import HEADER, PUMP, problems_of, write

PEOPLE = "people: [{id: ann, teams: [engineering, cleaning], contact: [{email: ann@example.org}]}]\n"


def dispatch(home: Path, text: str) -> DispatchSpec | None:
    return load_configuration(write(home, {"site.yaml": HEADER + PUMP + PEOPLE + text})).dispatch


def test_tickets_are_given_to_people_unless_the_site_says_otherwise(tmp_path: Path) -> None:
    assert dispatch(tmp_path, "") == dispatch(tmp_path, "dispatch:\n") == DispatchSpec()
    assert dispatch(tmp_path, "dispatch: off\n") is None


def test_teams_have_times_of_their_own_or_wait_for_a_person(tmp_path: Path) -> None:
    spec = dispatch(tmp_path, "dispatch: {accept_within: 3m, teams: {engineering: 5m, cleaning: off}}\n")
    assert spec is not None
    assert (spec.accept_within, spec.teams) == (3 * MINUTE, {"engineering": 5 * MINUTE, "cleaning": "off"})
    assert (spec.gives("engineering"), spec.gives("cleaning"), spec.gives("security")) == (True, False, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("true", "4:11: dispatch: this is no way to give tickets to people; write off, or for how long somebody may"),
        ("{accept_within: 3}", "4:27: 3 is not a duration: write a number with a unit, such as 90s, 5m, 2h or 1d"),
        ("{accept_within: 0s}", "4:27: "),
        ("{within: 3m}", "4:12: unknown key 'within'; did you mean 'accept_within'?"),
        ("{teams: {engneering: 5m}}", "4:20: no ticket goes to the team 'engneering'; did you mean 'engineering'?"),
    ],
)
def test_a_mistake_is_shown_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    (problem,) = problems_of(tmp_path, f"{HEADER}{PUMP}{PEOPLE}dispatch: {text}\n")
    assert problem.startswith(f"site.yaml:{says}")


def test_only_the_site_file_has_it(tmp_path: Path) -> None:
    write(tmp_path, {"more.yaml": "dispatch: off\n"})
    (problem,) = problems_of(tmp_path, f"{HEADER}{PUMP}include: [more.yaml]\n")
    assert "only the site file has it" in problem
