"""Checklists in the files of a site."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.site_files import check_site, load_configuration
from tests.unit.site_files import FAN, HEADER, PUMP, said, write

ITEM = "text: {en: It}"


def site_with(*items: str, profile: str = "booster_pump", name: str = "own") -> str:
    """A site with a checklist that has these items; the first of them stands in line 8."""
    lines = "".join(f"      - {{{item}, {ITEM}}}\n" for item in items)
    for_devices = f"    profile: {profile}\n" if profile else "    # of no devices\n"
    return f"{HEADER}{PUMP}checklists:\n  - id: {name}\n    title: {{en: Own}}\n{for_devices}    items:\n{lines}"


def found(home: Path, text: str, **files: str) -> list[str]:
    return said(check_site(write(home, {"site.yaml": text, **files})), home)


def test_a_site_has_the_shipped_checklists_and_its_own_also_from_included_files(tmp_path: Path) -> None:
    own, included = (
        f"checklists: [{{id: {each}, title: {{en: A}}, items: [{{id: i, {ITEM}, kind: photo}}]}}]\n" for each in "ab"
    )
    text = f"{HEADER}{PUMP}include: [lists.yaml]\n{own}"
    checklists = load_configuration(write(tmp_path, {"site.yaml": text, "lists.yaml": included})).checklists
    assert {"a", "b", "pump-weekly", "elevator-daily"} <= checklists.keys()


def test_a_checklist_of_the_site_replaces_the_shipped_one_of_its_id(tmp_path: Path) -> None:
    file = write(tmp_path, {"site.yaml": site_with("id: a, kind: pass_fail", name="pump-weekly")})
    replaced = load_configuration(file).checklists["pump-weekly"]
    assert (replaced.title.en, len(replaced.items)) == ("Own", 1)


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ("id: a, kind: weight", "8:23: kind: 'weight' is none of pass_fail, number, reading, choice, photo, signature"),
        ("id: a, kind: number, max: high", "8:36: max: 'high' is not a number; write it alone, such as 12.5"),
        ("id: a, kind: number, min: .inf", "8:36: min: inf: Input should be a finite number"),
        ("id: a, kind: number, least: 1", "8:31: unknown key 'least'; "),
        ("id: a, kind: number, min: 2, max: 1", "8:31: min: 2 is above max, 1: exchange them"),
        (
            "id: a, kind: photo, unit: mm",
            "8:30: unit: an item of the kind photo has none, number and reading may",
        ),
        ("id: a b, kind: photo", "8:14: 'a b' is not an id"),
        ("id: a, kind: choice, choices: [dry, dry]", "8:46: a second choice is called 'dry': rename one"),
        ("id: a, kind: choice, choices: [dry, wet], fails: [damp]", "8:60: 'damp' is none of the choices dry, wet"),
        ("id: a, kind: choice", "8:9: a choice needs choices, at least two"),
        ("id: a, kind: number, max: 1, corrective: {category: pump}", "8:51: the key 'priority' is missing in corr"),
        ("id: a, kind: reading, metric: pressure", "8:40: booster_pump has no metric 'pressure'; did you mean '"),
        ("id: a, kind: reading, metric: running, max: 1", "8:49: max: running is bool, and has no limits; write whi"),
        ("id: a, kind: reading, metric: running, fails: ['on']", "8:57: fails: on is no value of running, which is"),
        ("id: a, kind: reading, metric: mode, fails: [off, fast]", "8:59: fails: fast is no value of mode, which is"),
        ("id: a, kind: reading, metric: flow, fails: [true]", "8:54: fails: true is no value of flow, which is float"),
        ("id: a, kind: reading, metric: flow, unit: l/s, max: 9", "8:52: unit: flow is in m3/h, and so are min and m"),
        ("id: a, kind: reading, metric: flow, max_age: 0s", "8:55: it is shorter than a second: write at least 1s"),
    ],
)
def test_mistakes_are_told_at_their_place_with_what_to_write(tmp_path: Path, item: str, problem: str) -> None:
    problems = found(tmp_path, site_with(item))
    assert problems
    assert problems[0].startswith(f"site.yaml:{problem}"), problems


def test_mistakes_of_the_whole_checklist_are_told_at_their_place(tmp_path: Path) -> None:
    twice = site_with("id: a, kind: photo", "id: a, kind: photo")
    assert found(tmp_path, twice) == ["site.yaml:9:14: a second item is called 'a': rename one"]
    assert found(tmp_path, site_with())[0].startswith("site.yaml:7:11: items: nothing is not a list")
    unknown = site_with("id: a, kind: photo", profile="boster_pump")
    assert found(tmp_path, unknown) == [
        "site.yaml:6:14: there is no profile 'boster_pump'; did you mean 'booster_pump'?"
    ]
    nobody = site_with("id: a, kind: reading, metric: flow", profile="")
    assert found(tmp_path, nobody) == [
        "site.yaml:8:32: a takes a reading, and nothing says of which devices: write profile: at the checklist"
    ]
    second = (
        site_with("id: a, kind: photo")
        + f"  - {{id: own, title: {{en: B}}, items: [{{id: b, {ITEM}, kind: photo}}]}}\n"
    )
    assert found(tmp_path, second) == [
        "site.yaml:9:10: a second checklist is called 'own'; the first stands at site.yaml:4; rename one"
    ]
    table = f"{HEADER}{PUMP}checklists: {{id: own}}\n"
    assert found(tmp_path, table) == [
        "site.yaml:3:13: checklists: this is not a list; write one item a line, each after a dash"
    ]


def test_an_event_is_no_state_that_could_be_read(tmp_path: Path) -> None:
    fan = FAN.replace("running: {type: bool}", "running: {type: bool, event: true}")
    text = site_with("id: a, kind: reading, metric: running", profile="fan").replace(
        "site:", "include: [fan.yaml]\nsite:"
    )
    assert found(tmp_path, text, **{"fan.yaml": fan}) == [
        "site.yaml:9:40: running tells of something that happened, and is no state that could be read; "
        "take another metric, or write another kind"
    ]


def test_a_profile_of_the_site_in_place_of_a_shipped_one_is_no_error_of_a_shipped_checklist(tmp_path: Path) -> None:
    own = FAN.replace("profile: fan", "profile: booster_pump").replace("/fan/", "/booster_pump/")
    text = f"include: [pump.yaml]\n{HEADER}{PUMP}"
    text += site_with("id: a, kind: reading, metric: flow").partition(PUMP)[2]
    problems = found(tmp_path, text, **{"pump.yaml": own})
    assert [each for each in problems if "checklists/pumps.yaml" in each] == []
    assert [each for each in problems if each.startswith("site.yaml:")] == [
        "site.yaml:9:40: booster_pump has no metric 'flow'; known metrics: running"
    ]


def test_a_reading_of_a_profile_that_no_device_of_the_site_has_is_no_error(tmp_path: Path) -> None:
    file = write(tmp_path, {"site.yaml": site_with("id: a, kind: reading, metric: service_mode", profile="elevator")})
    assert load_configuration(file).checklists["own"].profile == "elevator"
    assert found(tmp_path, file.read_text()) == []


def test_a_team_that_gets_tickets_of_checklists_alone_is_a_team_of_tickets(tmp_path: Path) -> None:
    corrective = "corrective: {category: elevator, priority: P2, team: lift_company}"
    text = site_with(f"id: a, kind: pass_fail, {corrective}")
    text += "dispatch: {teams: {lift_company: off}}\n"
    assert found(tmp_path, text) == []
    assert found(tmp_path, text.replace("off}", "off, lift_compny: off}")) == [
        "site.yaml:9:39: no ticket goes to the team 'lift_compny'; did you mean 'lift_company'?"
    ]


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ("id: a, kind: number, max: true", "8:36: max: true is not a number; write it alone, such as 12.5"),
        ("id: a, kind: number, max: '5'", "8:36: max: '5' is not a number; write it alone, such as 12.5"),
        ("id: a, kind: choice, choices: [a, b], fails: [a, b]", "8:48: fails: every choice fails: leave out one"),
        ("id: a, kind: reading, metric: running, fails: [true, false]", "8:49: fails: every answer fails: leave out"),
    ],
)
def test_limits_and_failures_that_cannot_be_meant_are_refused(tmp_path: Path, item: str, problem: str) -> None:
    problems = found(tmp_path, site_with(item))
    assert problems
    assert problems[0].startswith(f"site.yaml:{problem}"), problems
