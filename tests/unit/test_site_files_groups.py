"""Rules with `group_by` in a site's files: what is refused, what is warned of, and what is compiled."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.site_files.problems import Gravity
from gateway.site_files.review import review_site
from gateway.site_files.sites import check_site, load_configuration
from tests.unit.site_files import said, write

SITE = """\
site: {id: s1, name: {en: Site}}
parameters: {most: 3, hot: 60}
locations:
  - {id: b1, zone: west}
  - {id: hall, parent: b1}
  - {id: attic, parent: b1, zone: top}
devices:
  - {id: sd-1, profile: smoke_detector, location: hall}
  - {id: sd-2, profile: smoke_detector, location: b1}
  - {id: hd-1, profile: water_leak, location: attic}
  - {id: p-1, profile: booster_pump, location: hall, tags: [basement], role: duty}
  - {id: p-2, profile: booster_pump}
rules:
"""
OWN = "  - {id: own, severity: warning, title: {en: Own}, "


def files(tmp_path: Path, rule: str) -> Path:
    return write(tmp_path, {"site.yaml": SITE + OWN + rule + "}\n"})


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (
            "applies_to: {profile: smoke_detector}, group_by: room, at_least: {devices: 2, when: smoke}",
            "group_by: 'room' is none of zone, location, parent, tag, profile; write one of them",
        ),
        (
            "applies_to: {profile: smoke_detector}, at_least: {devices: 2, when: smoke}",
            "at_least counts the members of a group: add group_by, such as group_by: zone",
        ),
        (
            "applies_to: {profile: smoke_detector}, group_by: zone, at_least: {devices: 2, when: smoke}, when: smoke",
            "at_least is the condition of the rule: remove `when`, or at_least",
        ),
        (
            "applies_to: {profile: smoke_detector}, group_by: zone, at_least: {devices: 2, when: smok}",
            "at_least of own, for smoke_detector: smoke_detector has no metric or attribute 'smok';"
            " did you mean 'smoke'?",
        ),
        (
            "applies_to: {profile: smoke_detector}, group_by: zone, at_least: {devices: 2, share: 0.5, when: smoke}",
            "say how many members: write devices: 2, devices: all, or share: 0.5",
        ),
        (
            "applies_to: {profile: smoke_detector}, group_by: zone, at_least: {devices: 0, when: smoke}",
            "devices: 0 is less than 1; write 1 or more",
        ),
        (
            "applies_to: {profiles: [smoke_detector, water_leak]}, group_by: zone,"
            " at_least: {devices: 2, when: {smoke_detector: smoke}}",
            "there is no condition for water_leak: add one",
        ),
        (
            "applies_to: {profiles: [smoke_detector]}, group_by: zone,"
            " at_least: {devices: 2, when: {smoke_detector: smoke, water_leak: leak}}",
            "the rule does not watch water_leak: remove it",
        ),
        (
            "applies_to: {profiles: [smoke_detector, water_leak]}, when: smoke",
            "a rule without group_by is for one profile: write profile, or add group_by",
        ),
        (
            "applies_to: {profiles: [smoke_detector, smok_detector]}, group_by: zone,"
            " at_least: {devices: 2, when: smoke}",
            "there is no profile 'smok_detector'; did you mean 'smoke_detector'?",
        ),
        (
            "applies_to: {profile: smoke_detector, profiles: [water_leak]}, group_by: zone,"
            " at_least: {devices: 2, when: smoke}",
            "`profiles` stands in place of `profile`: remove one of them",
        ),
        ("applies_to: {}, when: smoke", "the key 'profile' is missing: add it, such as profile: booster_pump"),
        (
            "applies_to: {profile: booster_pump}, group_by: zone, when: flow > 3",
            "a condition of a group reads what `let` derives from the members: add let, or write at_least in place of"
            " when",
        ),
        (
            "applies_to: {profile: booster_pump}, group_by: zone, let: {total: {sum: flow, over: 10m}},"
            " when: total > 3",
            "in a rule with group_by a function is over the members as they are now: remove `over`, or derive the"
            " window in a rule without group_by",
        ),
        (
            "applies_to: {profile: booster_pump}, group_by: zone, let: {total: {sum: flw}}, when: total > 3",
            "total of own: booster_pump has no metric 'flw'; did you mean 'flow'?",
        ),
        (
            "applies_to: {profile: booster_pump}, group_by: zone, let: {total: {sum: running}}, when: total > 3",
            "total of own: sum is of a number, and running of booster_pump is of type bool",
        ),
        (
            "applies_to: {profile: booster_pump}, group_by: zone, let: {total: {sum: flow}},"
            " when: total > 3 && flow > 1",
            "when of own: flow is of one member, and this condition of the group; derive one value of the members, such"
            " as let: {highest: {max: flow}}",
        ),
        (
            "applies_to: {profile: booster_pump}, group_by: zone, let: {total: {sum: flow}},"
            " when: totl > 3 && total > 1",
            "when of own: group has no metric or attribute 'totl'; did you mean 'total'?",
        ),
        (
            "applies_to: {profile: booster_pump}, group_by: zone, let: {lead: {difference: flow}}, when: lead > 3",
            "difference is of two members: add their roles, such as of: [duty, standby]",
        ),
        (
            "applies_to: {profile: booster_pump}, group_by: zone, let: {lead: {difference: flow, of: [duty, duty]}},"
            " when: lead > 3",
            "of: the two roles are one: write those of two members",
        ),
        (
            "applies_to: {profile: booster_pump}, group_by: zone, let: {most: {max: flow, of: [duty, standby]}},"
            " when: most > 3",
            "`of` is for difference, not for max: remove it",
        ),
        (
            "applies_to: {profile: booster_pump}, group_by: zone, let: {most: {max: flow, within: 10s}},"
            " when: most > 3",
            "`within` is for count and share, not for max: remove it",
        ),
        (
            "applies_to: {profile: booster_pump}, group_by: zone, let: {x: {max: flow, min: flow}}, when: x > 3",
            "max and min are two functions: write one, such as {sum: flow}",
        ),
        (
            "applies_to: {profile: booster_pump}, let: {x: {spread: flow}}, when: x > 3",
            "unknown key 'spread'; known keys: ",
        ),
        (
            "applies_to: {profile: water_leak}, group_by: zone, device_down: true, at_least: {devices: 2, when: leak}",
            "device_down is of one device, and this rule is of a group: remove it",
        ),
        (
            "applies_to: {profile: smoke_detector}, group_by: zone, at_least: {devices: 2, when: battery > site.nope}",
            "when of own: the site has no parameter 'nope'",
        ),
        (
            "applies_to: {profile: booster_pump}, when: running, inhibited_by: [group]}\n"
            "  - {id: group, severity: info, title: {en: G}, applies_to: {profile: booster_pump}, group_by: zone,"
            " at_least: {devices: 1, when: running}",
            "group is a rule of groups, and an alarm inhibits those of its own device; name a rule without group_by",
        ),
    ],
)
def test_a_mistake_is_refused_with_what_to_write(tmp_path: Path, rule: str, problem: str) -> None:
    found = said(check_site(files(tmp_path, rule)), tmp_path)
    assert any(f": {problem}" in each for each in found), found
    assert all(each.startswith(("site.yaml:14:", "site.yaml:15:")) for each in found), found


@pytest.mark.parametrize(
    ("rule", "warnings"),
    [
        ("applies_to: {profile: smoke_detector}, group_by: zone, at_least: {devices: 2, when: smoke, within: 60s}", []),
        (
            "applies_to: {profile: smoke_detector}, group_by: zone, at_least: {devices: 3, when: smoke}",
            [
                "own can never be raised for zone:west: there are fewer than 3 devices; add devices, write a smaller"
                " number, or write a share, as in share: 0.5"
            ],
        ),
        (
            "applies_to: {profile: smoke_detector}, group_by: tag, at_least: {devices: 1, when: smoke}",
            ["own has no group: its devices have no tag; write tags: [basement] at each of them"],
        ),
        (
            "applies_to: {profile: elevator}, group_by: tag, at_least: {devices: 1, when: door_closed}",
            ["own watches no device: the site has none of the profile elevator; add one, or remove the rule"],
        ),
        (
            "applies_to: {profile: booster_pump}, group_by: tag, let: {lead: {difference: flow, of: [duty, standby]}},"
            " when: lead > 3",
            [
                "lead of own is unknown for group:tag=basement: not one member each has the roles duty and standby;"
                " write role: at these two devices, and at no other of the group"
            ],
        ),
    ],
)
def test_what_is_hardly_meant_is_warned_of(tmp_path: Path, rule: str, warnings: list[str]) -> None:
    found = [each for each in review_site(files(tmp_path, rule)).problems if str(each.gravity) == "warning"]
    assert [f"{each.what}; {each.hint}" for each in found] == warnings


@pytest.mark.parametrize(
    ("rule", "warning"),
    [
        (
            "applies_to: {profile: booster_pump}, group_by: zone, let: {x: {count: running}}, when: x > 5",
            "when of own can never be true, so the alarm never comes: x is within 0 … 2",
        ),
        (
            "applies_to: {profile: booster_pump}, group_by: zone, let: {x: {share: running}}, when: x > 1.5",
            "when of own can never be true, so the alarm never comes: x is within 0 … 1",
        ),
        (
            "applies_to: {profile: booster_pump}, group_by: zone, at_least: {devices: 1, when: outlet_pressure > 99}",
            "when of own can never be true, so the alarm never comes: outlet_pressure is within",
        ),
        (
            "applies_to: {profile: booster_pump}, group_by: zone, let: {x: {max: outlet_pressure}}, when: x > 3,"
            " clear_when: x > 2",
            "when and clear_when of own are both true with x ",
        ),
    ],
)
def test_a_condition_that_can_never_hold_is_warned_of(tmp_path: Path, rule: str, warning: str) -> None:
    found = [each for each in review_site(files(tmp_path, rule)).problems if str(each.gravity) == "warning"]
    assert any(each.what.startswith(warning) for each in found), found


@pytest.mark.parametrize(
    "condition", ["at_least: {devices: 1, when: silent}", "let: {q: {share: silent}}, when: q > 0.3"]
)
@pytest.mark.parametrize(("every", "warns"), [("never", True), ("10m", False)])
def test_a_group_that_asks_for_silent_devices_has_some_that_can_be(
    tmp_path: Path, condition: str, every: str, warns: bool
) -> None:
    rule = f"applies_to: {{profile: booster_pump}}, group_by: tag, {condition}"
    text = SITE.replace("tags: [basement]", f"tags: [basement], expect_every: {every}") + OWN + rule + "}\n"
    found = [each.what for each in review_site(write(tmp_path, {"site.yaml": text})).problems if "silent" in each.what]
    said_so = ["own asks for silent devices, and none of group:tag=basement can be silent"]
    assert [each for each in found if each.startswith("own")] == (said_so if warns else [])


def test_devices_that_are_in_no_group_are_named_in_a_note(tmp_path: Path) -> None:
    rule = "applies_to: {profile: booster_pump}, group_by: zone, at_least: {devices: 1, when: running}"
    (note,) = [each for each in review_site(files(tmp_path, rule)).problems if "own" in each.what]
    assert (str(note.gravity), note.what) == ("note", "own does not watch p-2: no zone")


def test_parameters_of_the_site_stand_in_all_conditions_of_a_group(tmp_path: Path) -> None:
    rule = (
        "applies_to: {profiles: [smoke_detector, water_leak]}, group_by: zone,"
        " let: {hot: {count: {smoke_detector: battery > site.hot, water_leak: leak}}}, when: hot > site.most"
    )
    (own,) = [each for each in load_configuration(files(tmp_path, rule)).rules if each.id == "own"]
    assert own.when.text == "hot > 3"
    assert own.functions["hot"].conditions["smoke_detector"].text == "battery > 60"


def test_groups_are_formed_by_zone_location_parent_tag_and_profile(tmp_path: Path) -> None:
    found = {}
    for group_by in ("zone", "location", "tag", "profile"):
        rule = f"applies_to: {{profile: booster_pump}}, group_by: {group_by}, at_least: {{devices: 1, when: running}}"
        groups = load_configuration(files(tmp_path, rule)).groups["own"]
        found[group_by] = {str(subject): members for subject, members in groups.items()}
    assert found == {
        "zone": {"zone:west": ("p-1",)},
        "location": {"location:hall": ("p-1",)},
        "tag": {"group:tag=basement": ("p-1",)},
        "profile": {"group:profile=booster_pump": ("p-1", "p-2")},
    }


_FLOAT = """\
profile: float
title: {en: Float}
metrics: {high: {type: bool}}
clock: CLOCK
messages:
  - {topic: "site/{site}/float/{device}/telemetry", STAMP}
dialects:
  keeps: {messages: [{topic: "keeps/{device}", time: ts}], clock: {ahead: 1m}}
"""


@pytest.mark.parametrize(
    ("clock", "stamp", "within", "dialect", "warned"),
    [
        ("{ahead: 2m}", "time: ts", "60s", None, True),
        ("{ahead: 2m}", "time: ts", "2m", None, False),
        ("{behind: 1h}", "time: ts", "60s", None, False),
        ("{ahead: 2m}", "time: {path: ts, by: server}", "60s", None, False),
        ("{ahead: 2m}", "values: {high: high}", "60s", None, False),
        ("{ahead: 2m}", "time: ts", "60s", "keeps", False),
    ],
)
def test_a_clock_that_may_be_ahead_by_more_than_members_count_together_is_warned_of(
    tmp_path: Path, clock: str, stamp: str, within: str, dialect: str | None, *, warned: bool
) -> None:
    spoken = f", dialect: {dialect}" if dialect is not None else ""
    site = f"""\
site: {{id: s1, name: {{en: Site}}}}
include: [float.yaml]
locations: [{{id: hall}}]
devices:
  - {{id: f-1, profile: float, location: hall{spoken}}}
  - {{id: f-2, profile: float, location: hall{spoken}}}
rules:
  - id: own
    applies_to: {{profile: float}}
    group_by: location
    at_least: {{devices: 2, when: high, within: {within}}}
    severity: warning
    title: {{en: Own}}
"""
    profile = _FLOAT.replace("CLOCK", clock).replace("STAMP", stamp)
    problems = review_site(write(tmp_path, {"site.yaml": site, "float.yaml": profile})).problems
    found = [each for each in problems if "own counts what devices say" in each.what]
    assert [each.what for each in found] == (
        [
            "own counts what devices say within 1m of each other, and by their profile the clock of f-1, f-2 may be"
            " further ahead than that"
        ]
        if warned
        else []
    )
    assert [str(each) for each in problems if each.gravity is Gravity.ERROR] == []


def test_the_shipped_rules_of_groups_find_no_clock_of_a_shipped_profile_too_far_ahead(tmp_path: Path) -> None:
    text = SITE.removesuffix("rules:\n")
    found = review_site(write(tmp_path, {"site.yaml": text})).problems
    assert not [each for each in found if "counts what devices say" in each.what]
