"""People, rosters and calendars in the files of a site."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.core.kernel.times import from_datetime
from gateway.errors import SiteError
from gateway.site_files import load_configuration
from gateway.site_files.review import review_site
from tests.unit.site_files import HEADER, PUMP, without_limits, write

NOW = from_datetime(datetime(2026, 11, 30, 4, tzinfo=UTC))
"""Monday noon in Shanghai."""
ANN = "  - {id: ann, name: Ann, teams: [engineering], contact: [{email: ann@example.org}]}\n"
BOB = "  - {id: bob, teams: [engineering, security], contact: [{phone: '+86 21 5555 0100'}]}\n"
PEOPLE = f"people:\n{ANN}{BOB}"
ROSTER = """\
rosters:
  - team: engineering
    shifts:
      - {people: [ann], days: mon-fri, hours: 08:00-18:00}
      - {people: [bob], hours: 18:00-08:00}
"""


def checked(home: Path, *texts: str, files: dict[str, str] | None = None) -> list[str]:
    site = write(home, {"site.yaml": HEADER + PUMP + "".join(texts), **(files or {})})
    return without_limits(review_site(site, now=NOW).problems, home)


def test_people_rosters_and_calendars_may_stand_in_included_files(tmp_path: Path) -> None:
    files = {"people.yaml": PEOPLE + ROSTER + "calendars: {night: {hours: 22:00-06:00}}\n"}
    site = write(tmp_path, {"site.yaml": f"{HEADER}{PUMP}include: [people.yaml]\n", **files})
    loaded = load_configuration(site).site
    assert list(loaded.people) == ["ann", "bob"]
    assert list(loaded.calendars) == ["night"]
    assert [person.id for person in loaded.on_duty("engineering", NOW) or ()] == ["ann"]


def test_hours_that_nobody_covers_are_a_warning_with_which_the_site_loads(tmp_path: Path) -> None:
    (warning,) = checked(tmp_path, PEOPLE, ROSTER)
    assert warning == (
        "site.yaml:9:7: warning: nobody of engineering is on duty sat 2026-12-05 08:00 to sat 2026-12-05 18:00, "
        "sun 2026-12-06 08:00 to sun 2026-12-06 18:00, sat 2026-12-12 08:00 to sat 2026-12-12 18:00, and 5 more times "
        "in the next four weeks; add a shift for these hours"
    )
    assert list(load_configuration(tmp_path / "site.yaml").site.rosters) == ["engineering"]


def test_a_roster_that_covers_every_hour_is_no_problem(tmp_path: Path) -> None:
    assert checked(tmp_path, PEOPLE, ROSTER.replace("days: mon-fri, ", "")) == []


def test_somebody_who_cannot_be_reached_is_a_warning_and_on_a_roster_an_error(tmp_path: Path) -> None:
    cid = "  - {id: cid, teams: [engineering]}\n"
    assert checked(tmp_path, PEOPLE, cid) == [
        "site.yaml:6:10: warning: cid cannot be reached; write contact: [{email: …}], or phone, mqtt or webhook"
    ]
    whole = ROSTER.replace("days: mon-fri, ", "").replace("bob", "cid")
    assert checked(tmp_path, PEOPLE, cid, whole) == [
        "site.yaml:6:10: cid is on a duty roster, and cannot be reached; "
        "write contact: [{email: …}], or phone, mqtt or webhook"
    ]
    with pytest.raises(SiteError, match="cid is on a duty roster"):
        load_configuration(tmp_path / "site.yaml")


def test_a_wrong_way_of_contact_is_told_once(tmp_path: Path) -> None:
    (problem,) = checked(tmp_path, "people:\n  - {id: ann, teams: [engineering], contact: [{email: ann}]}\n")
    assert problem == "site.yaml:4:55: 'ann' is no e-mail address: write one such as tech-1@example.org"


def test_a_team_that_gets_tickets_and_has_no_members_is_a_warning(tmp_path: Path) -> None:
    (warning,) = checked(tmp_path, "people:\n  - {id: ann, teams: [office], contact: [{email: a@example.org}]}\n")
    assert warning.startswith("site.yaml:4:5: warning: nobody is in the team 'engineering', to which the rule pump-")
    assert warning.endswith("gives its tickets; add engineering to the teams of somebody")


@pytest.mark.parametrize(
    ("roster", "problem"),
    [
        ("team: enginering\n    shifts: [{people: [ann]}]", "6:11: nobody is in the team 'enginering'; did you mean"),
        ("team: engineering\n    shifts: [{people: [an]}]", "7:24: there is no person 'an'; did you mean 'ann'?"),
        ("team: security\n    shifts: [{people: [ann]}]", "7:24: ann is not in the team 'security'; add it to"),
        (
            "team: engineering\n    shifts: [{people: [ann]}]\n    changes: [{on: 2026-12-24, instead_of: cid}]",
            "8:44: there is no person 'cid'; known people: ann, bob",
        ),
        (
            "team: engineering\n    shifts: [{people: [ann], calendar: nights}]",
            "7:40: there is no calendar 'nights'; did you mean 'night'?",
        ),
    ],
)
def test_unknown_names_in_a_roster_are_errors(tmp_path: Path, roster: str, problem: str) -> None:
    found = checked(tmp_path, PEOPLE, f"rosters:\n  - {roster}\n", "calendars: {night: {hours: 22:00-06:00}}\n")
    wanted, _, rest = problem.partition(": ")
    line, column = wanted.split(":")
    assert found[0].startswith(f"site.yaml:{int(line) + 1}:{column}: {rest}")


@pytest.mark.parametrize(
    ("calendars", "problem"),
    [
        ("{a: {outside: b}}", "there is no calendar 'b'; known calendars: a"),
        ("{a: {outside: b}, b: {outside: a}}", "this calendar is outside itself: a outside b outside a; give one"),
        ("{a: {holidays: XX}}", "holidays: the holidays of 'XX' are not known"),
        ("{a: {holidays: DE-XY}}", "holidays: DE has no part 'XY'; did you mean 'DE-"),
        ("{a b: {days: mon}}", "'a b' is not an id; use letters, digits"),
        ("[a]", "calendars: this is not a mapping; write `id: {…}` lines"),
        ("{a: {day: mon}}", "unknown key 'day'; did you mean 'days'?"),
    ],
)
def test_mistakes_in_calendars_are_errors_that_say_what_to_write(tmp_path: Path, calendars: str, problem: str) -> None:
    assert f": {problem}" in checked(tmp_path, f"calendars: {calendars}\n")[0]


def test_a_calendar_may_be_outside_one_that_stands_after_it(tmp_path: Path) -> None:
    calendars = (
        "calendars: {quiet: {outside: work}, rest: {outside: quiet}, work: {days: mon-fri, hours: 08:00-18:00}}\n"
    )
    assert checked(tmp_path, calendars) == []
    loaded = load_configuration(tmp_path / "site.yaml").site.calendars
    assert {name: loaded[name].is_active(NOW) for name in loaded} == {"work": True, "quiet": False, "rest": True}


@pytest.mark.parametrize(
    ("day", "also", "is_told"),
    [
        ("2026-10-01", "", False),
        ("2026-11-30", "", True),
        ("2027-06-01", "", True),
        ("2026-11-30", "2027-02-07", False),
    ],
)
def test_holidays_that_are_not_announced_are_told_and_not_guessed(
    tmp_path: Path, day: str, also: str, is_told: bool
) -> None:
    more = f", also: {also}" if also else ""
    text = f"{HEADER}{PUMP}calendars: {{work: {{days: mon-fri, hours: 08:00-18:00, holidays: CN{more}}}}}\n"
    now = from_datetime(datetime.fromisoformat(f"{day}T00:00+08:00"))
    found = without_limits(review_site(write(tmp_path, {"site.yaml": text}), now=now).problems, tmp_path)
    assert [each.partition("; ")[0] for each in found] == (
        [
            "site.yaml:3:65: warning: the holidays of CN are known until 2026-12-31: "
            "in 2027 work takes them for days like any other"
        ]
        if is_told
        else []
    )


WARM = "  - {id: warm, applies_to: {profile: booster_pump}, when: vibration > 6, severity: info, title: {en: Warm}"


@pytest.mark.parametrize(
    ("active", "problem"),
    [
        ("nights", "5:117: there is no calendar 'nights'; did you mean 'night'?"),
        ("{outside: nights}", "5:127: there is no calendar 'nights'; did you mean 'night'?"),
        ("{outside: always}", "5:117: the rule is never active; write hours that come, or disable it"),
        ("{days: mon, hour: '1'}", "5:129: unknown key 'hour'; did you mean 'hours'?"),
        ("22:00-06:00", "5:117: active: hours stand in a mapping: write {hours: 22:00-06:00}"),
        (
            "night, chatter: 5",
            "5:133: chatter: 5 is not what is needed here; write it, such as {count: 3, within: '60s'}",
        ),
        ("night, life_safety: true", "5:109: a life-safety rule is active at any time: remove `active`"),
    ],
)
def test_mistakes_in_active_hours_are_told_at_their_place(tmp_path: Path, active: str, problem: str) -> None:
    calendars = "calendars: {night: {hours: 22:00-06:00}, always: {days: mon-sun}}\nrules:\n"
    assert checked(tmp_path, calendars, f"{WARM}, active: {active}}}\n")[0] == f"site.yaml:{problem}"
