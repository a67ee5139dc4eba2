"""Service levels, rings, holds, escalation and service points in site files: what they give, and mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.configuration import Configuration
from gateway.core.kernel.times import HOUR, MINUTE, Micros
from gateway.core.kernel.urgency import Priority
from gateway.core.site.distance import Ring
from gateway.core.work.clocks import ClockKind
from gateway.core.work.escalation import chain_of
from gateway.core.work.holds import PAUSES, HoldReason
from gateway.core.work.levels import Level, ServiceLevels, Work
from gateway.site_files import load_configuration
from gateway.site_files.problems import Gravity
from gateway.site_files.review import review_site
from tests.unit.site_files import HEADER, PUMP, problems_of, without_limits, write

PLACES = """\
locations:
  - {id: b1, walking: 60}
  - {id: b1.office, parent: b1, walking: 20}
  - {id: b1.pump-room, parent: b1, walking: 15}
  - {id: b2, ring: far}
  - {id: b3}
devices:
  - {id: pump-1, profile: booster_pump, location: b1.pump-room}
  - {id: pump-2, profile: booster_pump, location: b2}
"""
PEOPLE = """\
people:
  - {id: tech-1, teams: [engineering], contact: [{email: tech-1@example.org}]}
  - {id: leader-1, teams: [managers], contact: [{email: leader-1@example.org}]}
  - {id: nobody-1, teams: [engineering]}
calendars: {day: {hours: "08:00-18:00"}, never: {outside: always-on}, always-on: {hours: "00:00-24:00"}}
"""
BASE = HEADER + PUMP + PEOPLE
"""Eight lines, so what is tested begins in line 8."""


def load(home: Path, site: str) -> Configuration:
    return load_configuration(write(home, {"site.yaml": site}))


def pump(levels: ServiceLevels, priority: Priority, at: Micros = 0) -> Level:
    return levels.of(Work(category="pump", priority=priority), at)


def test_a_site_without_these_keys_has_what_ships(tmp_path: Path) -> None:
    configuration = load(tmp_path, HEADER + PUMP)

    assert configuration.service_levels.of(
        Work(category="pump", priority=Priority.P2, ring=Ring.NEAR), 0
    ) == ServiceLevels().of(Work(category="pump", priority=Priority.P2, ring=Ring.NEAR), 0)
    assert configuration.escalation == ()
    assert configuration.site.distances.ring_of("b1", "engineering") is None


def test_levels_rings_and_holds_of_the_site_reach_its_tickets(tmp_path: Path) -> None:
    levels = load(
        tmp_path,
        BASE
        + "sla: {P2: {respond: 20m}}\n"
        + "service_levels:\n"
        + "  - {category: pump, priority: P2, during: day, on_site: 50m, calendar: day, warn_at: 75%}\n"
        + "rings: {middle: {on_site: 25m}}\n"
        + "holds: {parts: [], other: [resolve]}\n",
    ).service_levels

    by_day = pump(levels, Priority.P2, at=4 * HOUR)  # noon in Shanghai
    assert [*by_day.targets.values()] == [20 * MINUTE, 50 * MINUTE, 24 * HOUR]
    assert (by_day.calendar, by_day.warn_share) == ("day", 0.75)
    by_night = pump(levels, Priority.P2, at=14 * HOUR)
    assert (by_night.targets[ClockKind.ON_SITE], by_night.calendar) == (2 * HOUR, None)
    middle = levels.of(Work(category="gas", priority=Priority.P2, ring=Ring.MIDDLE), 0)
    assert [*middle.targets.values()] == [15 * MINUTE, 25 * MINUTE, 24 * HOUR]
    assert levels.holds[HoldReason.PARTS] == frozenset()
    assert levels.holds[HoldReason.OTHER] == {ClockKind.RESOLVE}
    assert levels.holds[HoldReason.WEATHER] == PAUSES[HoldReason.WEATHER]


def test_service_points_and_metres_make_rings(tmp_path: Path) -> None:
    one = load(tmp_path, HEADER + PLACES + "service_point: b1.office\n").site.distances
    assert [one.ring_of(place, "engineering") for place in ("b1.pump-room", "b2", "b3")] == [Ring.NEAR, Ring.FAR, None]
    of_team = load(tmp_path, HEADER + PLACES + PEOPLE + "service_point: {engineering: b1.office}\n").site.distances
    assert of_team.ring_of("b1.pump-room", "engineering") is Ring.NEAR
    assert of_team.ring_of("b1.pump-room", "cleaning") is None


def test_chains_of_the_site_stand_before_the_one_that_ships(tmp_path: Path) -> None:
    chains = load(
        tmp_path,
        BASE
        + "escalation:\n"
        + "  - team: engineering\n"
        + "    levels: [{tell: assignee}, {tell: [leader-1]}, {tell: {team: managers}, after: 30m}]\n"
        + "    repeat: 10m\n",
    ).escalation
    found = chain_of(chains, team="engineering", priority=Priority.P2, category="pump")
    assert [level.tell.people or level.tell.team for level in found.levels] == [None, ("leader-1",), "managers"]
    assert (found.levels[2].after, found.repeat) == (30 * MINUTE, 10 * MINUTE)


CASES = {
    "levels that are no list": (
        "service_levels: {P1: {respond: 5m}}\n",
        [
            "site.yaml:8:17: service_levels: this is not a list;"
            " write one level a line, each after a dash, such as - {priority: P2, respond: 10m}"
        ],
    ),
    "keys and values that there are none of": (
        "service_levels:\n"
        "  - {categry: pump, respond: 5m}\n"
        "  - {priority: P5, respond: 5m}\n"
        "  - {ring: nere, respond: 5m}\n"
        "  - {kind: compliant, respond: 5m}\n",
        [
            "site.yaml:9:6: unknown key 'categry'; did you mean 'category'?",
            "site.yaml:10:16: priority: 'P5' is none of P1, P2, P3, P4; write one of them",
            "site.yaml:11:12: ring: 'nere' is none of near, middle, far; did you mean 'near'?",
            "site.yaml:12:12: kind: 'compliant' is none of fault, complaint; did you mean 'complaint'?",
        ],
    ),
    "targets and shares that are none": (
        "service_levels:\n"
        "  - {respond: soon}\n"
        "  - {on_site: 0s}\n"
        "  - {warn_at: 0.8}\n"
        "  - {warn_at: 100%}\n"
        "  - {priority: P2}\n",
        [
            "site.yaml:9:15: 'soon' is not a duration: write a number with a unit, such as 90s, 5m, 2h or 1d",
            "site.yaml:10:15: it is shorter than a second: write at least 1s",
            "site.yaml:11:15: 0.8 is no share of the time: write a percentage from 1% to 99%, such as 80%",
            "site.yaml:12:15: '100%' is no share of the time: write a percentage from 1% to 99%, such as 80%",
            "site.yaml:13:5: this gives nothing: write respond, on_site, resolve, calendar or warn_at",
        ],
    ),
    "calendars that there are none of, or that never hold": (
        "service_levels:\n"
        "  - {during: dya, respond: 5m}\n"
        "  - {calendar: nights}\n"
        "  - {priority: P4, calendar: never}\n"
        "  - {calendar: always}\n",
        [
            "site.yaml:9:14: there is no calendar 'dya'; did you mean 'day'?",
            "site.yaml:10:16: there is no calendar 'nights'; known calendars: always-on, day, never",
            "site.yaml:11:5: this level is never used: the one in line 10 matches all of its tickets and gives the"
            " same; put it before that one, or remove it",
            "site.yaml:11:30: never never holds; write hours that come into this calendar",
            "site.yaml:12:5: this level is never used: the one in line 10 matches all of its tickets and gives the"
            " same; put it before that one, or remove it",
        ],
    ),
    "a level behind one that matches all of its tickets": (
        "service_levels:\n"
        "  - {category: [pump, gas], respond: 5m, resolve: 20h}\n"
        "  - {category: pump, priority: P1, resolve: 10h}\n"
        "  - {category: pump, priority: P1, on_site: 10m}\n",
        [
            "site.yaml:10:5: this level is never used: the one in line 9 matches all of its tickets and gives the"
            " same; put it before that one, or remove it"
        ],
    ),
    "a target beyond that of what comes next": (
        "service_levels:\n  - {category: pump, on_site: 3d}\n  - {kind: complaint, during: day, respond: 9d}\n",
        [
            "site.yaml:9:31: on_site: 3d is longer than P1 pump has for what comes next, 1d;"
            " write at most 1d, or a longer resolve as well",
            "site.yaml:10:45: respond: 9d is longer than P1 pump complaint has for what comes next, 1d;"
            " write at most 1d, or a longer on_site as well",
        ],
    ),
    "a ring that makes emergencies slower": (
        "service_levels:\n  - {ring: far, on_site: 45m}\n  - {ring: near, respond: none}\n",
        [
            "site.yaml:9:26: on_site: an emergency would be slower here than P1 is elsewhere;"
            " write at most 30m, or name other priorities",
            "site.yaml:10:27: respond: an emergency would have no such clock here; name other priorities",
        ],
    ),
    "rings with mistakes": (
        "rings: {near: {respond: 10m}, fra: {on_site: 1h}, far: {resolve: 1h}}\n",
        [
            "site.yaml:8:15: near: somebody would be on site before anybody has responded;"
            " what is not given here is as it ships; give both",
            "site.yaml:8:31: 'fra' is no ring; did you mean 'far'?",
            "site.yaml:8:57: unknown key 'resolve'; known keys: on_site, respond",
        ],
    ),
    "rings that are no mapping": (
        "rings: [near]\n",
        ["site.yaml:8:8: rings: this is not a mapping; write {far: {respond: 1h, on_site: 1h}}"],
    ),
    "holds with mistakes": (
        "holds: {parts: [solve], weathr: [resolve], access: resolve}\n",
        [
            "site.yaml:8:16: parts: these are no clocks; write a list of respond, on_site, resolve, or [] for none",
            "site.yaml:8:25: 'weathr' is no reason to wait; did you mean 'weather'?",
            "site.yaml:8:52: access: these are no clocks; write a list of respond, on_site, resolve, or [] for none",
        ],
    ),
    "holds that are no mapping": (
        "holds: parts\n",
        ["site.yaml:8:8: holds: this is not a mapping; write {parts: [resolve]}"],
    ),
    "an escalation that is no list": (
        "escalation: assignee\n",
        [
            "site.yaml:8:13: escalation: this is not a list;"
            " write one chain a line, each after a dash, such as - {levels: [{tell: assignee}]}"
        ],
    ),
    "people and teams that there are none of": (
        "escalation:\n"
        "  - {team: enginering, levels: [{tell: assigne}, {tell: {team: manager}}, {tell: [leader-1, leader-2]}]}\n",
        [
            "site.yaml:9:12: no ticket goes to the team 'enginering'; did you mean 'engineering'?",
            "site.yaml:9:40: there is no person 'assigne'; did you mean 'assignee'?",
            "site.yaml:9:64: nobody is in the team 'manager'; did you mean 'managers'?",
            "site.yaml:9:93: there is no person 'leader-2'; did you mean 'leader-1'?",
        ],
    ),
    "somebody who cannot be reached": (
        "escalation: [{levels: [{tell: nobody-1}]}]\n",
        [
            "site.yaml:8:31: nobody-1 is to be told of breaches, and cannot be reached;"
            " write contact: [{email: …}], or phone, mqtt or webhook"
        ],
    ),
    "who is nobody": (
        "escalation: [{levels: [{tell: 3}, {tell: {team: A B}}], repeat: 10s}, {levels: []}]\n",
        [
            "site.yaml:8:31: this is nobody who can be told: write assignee, team (that of the ticket),"
            " {team: managers}, or people by id, such as [leader-1]",
            "site.yaml:8:49: 'A B' is no team: use lower-case letters, digits and _",
            "site.yaml:8:65: it is shorter than a minute: nobody could acknowledge in time; write at least 1m",
            "site.yaml:8:80: levels: [] is empty; at least one is needed, such as [{tell: assignee}]",
        ],
    ),
    "a chain behind one that matches all of its tickets": (
        "escalation:\n  - {priority: [P1, P2], levels: [{tell: team}]}\n"
        "  - {priority: P2, team: engineering, levels: [{tell: assignee}]}\n",
        [
            "site.yaml:10:5: this chain is never used: the one in line 9 matches all of its tickets;"
            " put it before that one, or remove it"
        ],
    ),
    "a service point that is no location": (
        "service_point: office\n",
        ["site.yaml:8:16: there is no location 'office'; there are no locations"],
    ),
    "service points of a team that nobody knows": (
        "service_point: {enginering: b1}\n",
        [
            "site.yaml:8:17: no ticket goes to the team 'enginering'; did you mean 'engineering'?",
            "site.yaml:8:29: there is no location 'b1'; there are no locations",
        ],
    ),
    "service points that are a list": (
        "service_point: [b1]\n",
        [
            "site.yaml:8:16: service_point: this is no location;"
            " write a location by its id, or one for each team, such as {engineering: b1.workshop}"
        ],
    ),
    "metres below zero and a ring that there is none of": (
        "locations: [{id: b1, walking: -3}, {id: b2, ring: next}]\n",
        [
            "site.yaml:8:31: walking: -3 is less than 0.0; write 0.0 or more",
            "site.yaml:8:51: ring: 'next' is none of near, middle, far; write one of them",
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_told_with_file_line_column_and_hint(tmp_path: Path, case: str) -> None:
    text, expected = CASES[case]

    assert problems_of(tmp_path, BASE + text) == expected


@pytest.mark.parametrize("key", ["service_levels", "rings", "holds", "escalation", "service_point"])
def test_an_included_file_has_none_of_these_keys(tmp_path: Path, key: str) -> None:
    file = write(tmp_path, {"site.yaml": HEADER + PUMP + "include: [more.yaml]\n", "more.yaml": f"{key}: []\n"})

    problems = [problem for problem in review_site(file).problems if problem.gravity is Gravity.ERROR]
    assert [(problem.what, problem.hint) for problem in problems] == [
        (f"unknown key {key!r}", "only the site file has it")
    ]


def reviewed(home: Path, site: str, *words: str) -> list[str]:
    """Warnings and notes in which one of these words stands."""
    problems = review_site(write(home, {"site.yaml": site}), now=0).problems
    return [each for each in without_limits(problems, home) if any(word in each for word in words)]


def test_an_emergency_that_waits_for_office_hours_is_warned_of(tmp_path: Path) -> None:
    everything = BASE + "service_levels:\n  - {category: pump, calendar: day}\n"
    warning = (
        "warning: an emergency that comes outside day is late only after day has begun;"
        " name priorities from P2 on, or put - {priority: P1, calendar: always} before it"
    )
    assert reviewed(tmp_path, everything, "emergency") == [f"site.yaml:9:32: {warning}"]
    before = everything.replace("levels:\n", "levels:\n  - {priority: P1, calendar: always}\n")
    assert reviewed(tmp_path, before, "emergency") == []
    assert reviewed(tmp_path, everything.replace("category: pump", "priority: [P2, P3]"), "emergency") == []


def test_places_of_which_nobody_knows_how_far_they_are_are_noted(tmp_path: Path) -> None:
    note = (
        "note: nobody knows how far these places are from where people start: b3;"
        " their targets do not depend on it; write walking: in metres at each place on the way, or ring:"
    )
    further = "  - {id: pump-3, profile: booster_pump, location: b3}\n"
    assert reviewed(tmp_path, HEADER + PLACES + further + "service_point: b1\n", "how far") == [
        f"site.yaml:7:5: {note}"
    ]
    assert reviewed(tmp_path, HEADER + PLACES + further, "how far") == []
    assert reviewed(tmp_path, HEADER + PLACES + "service_point: b1\n", "how far") == []


def test_a_category_that_is_nearly_one_of_rules_is_warned_of(tmp_path: Path) -> None:
    text = (
        BASE
        + "service_levels: [{category: [elevater, pump], respond: 3m}, {category: noise, resolve: 1d}]\n"
        + "escalation: [{category: fires, levels: [{tell: assignee}]}]\n"
    )
    assert reviewed(tmp_path, text, "category") == [
        "site.yaml:8:29: warning: no rule gives its tickets the category 'elevater'; did you mean 'elevator'?",
        "site.yaml:9:25: warning: no rule gives its tickets the category 'fires'; did you mean 'fire'?",
    ]


LIFT = HEADER + "devices: [{id: lift-1, profile: elevator}]\n" + PEOPLE


@pytest.mark.parametrize(
    ("text", "place", "waits"),
    [
        ("sla: {P1: {on_site: 40m}}\n", "8:11", "take up to 40m"),
        ("service_levels: [{category: elevator, priority: P1, on_site: 1h}]\n", "8:62", "take up to 1h"),
        ("service_levels: [{during: day, on_site: none}]\n", "8:41", "never be timed"),
    ],
)
def test_people_in_a_lift_for_whom_nobody_need_come_in_half_an_hour_are_warned_of(
    tmp_path: Path, text: str, place: str, waits: str
) -> None:
    assert reviewed(tmp_path, LIFT + text, "trapped") == [
        f"site.yaml:{place}: warning: to reach people who are trapped in a lift would {waits};"
        " municipal rules ask for 30m; write on_site: 30m or less"
    ]
    assert reviewed(tmp_path, HEADER + PUMP + PEOPLE + text, "trapped") == []
    assert reviewed(tmp_path, LIFT + "sla: {P1: {on_site: 20m}}\n", "trapped") == []
