"""What is valid and hardly meant: warnings, notes, and what can mute a danger to life."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.core.rules.rule import RuleSpec
from gateway.site_files import Gravity, check_site, load_configuration, muting
from gateway.site_files.review import Review, review_site
from tests.unit.site_files import HEADER, said, write

PUMPS = """\
devices:
  - {id: p1, profile: pump}
  - {id: p2, profile: pump, attributes: {low: 1.5, high: 6}}
"""
PROFILE = """\
profile: pump
title: {en: Pump}
metrics:
  running: {type: bool}
  tamper: {type: bool}
  pressure: {type: float, unit: MPa, range: [0, 10]}
  code: {type: int, range: [0, 9]}
  mode: {type: enum, values: {0: off, 1: hand}}
attributes:
  low: {type: float, default: 2}
  high: {type: float, default: 8}
messages:
  - {topic: "site/{site}/pump/{device}"}
dialects:
  plain:
    messages:
      - {topic: "plain/{device}/running", format: plain, values: {running: {}}}
      - {topic: "plain/{device}/pressure", format: plain, values: {pressure: {}}}
"""


def rule(name: str, when: str, *keys: str) -> str:
    return "\n".join(
        [
            f"  - id: {name}",
            "    applies_to: {profile: pump}",
            f"    when: {when}",
            *(f"    {each}" for each in keys),
            "    severity: warning",
            "    title: {en: Something}",
            "",
        ]
    )


def site(*rules: str, devices: str = PUMPS) -> dict[str, str]:
    text = HEADER + "include: [pump.yaml]\n" + devices + ("rules:\n" + "".join(rules) if rules else "")
    return {"site.yaml": text, "pump.yaml": PROFILE}


def review(home: Path, files: dict[str, str], *, strict: bool = False) -> Review:
    return review_site(write(home, files), strict=strict)


def found(home: Path, *rules: str, devices: str = PUMPS) -> list[str]:
    """What is said of a site with these rules, without file and place."""
    problems = review(home, site(*rules, devices=devices)).problems
    assert all(each.gravity is Gravity.WARNING for each in problems)
    return [f"{each.what}; {each.hint}" for each in problems]


def test_a_plain_rule_gives_no_warning(tmp_path: Path) -> None:
    text = rule("a", "running && pressure < low", "clear_when: pressure > low + 0.5", "for: 5s")

    assert found(tmp_path, text) == []


CASES = {
    "a contradiction": (
        rule("a", "pressure > 5 && pressure < 3"),
        "when of a can never be true, so the alarm never comes: its parts contradict each other;"
        " see which of its comparisons is meant otherwise",
    ),
    "a danger to life that never comes": (
        rule("a", "running && !running", "life_safety: true"),
        "when of a can never be true, so the alarm never comes, and people are in danger then:"
        " its parts contradict each other; see which of its comparisons is meant otherwise",
    ),
    "a threshold beyond the range": (
        rule("a", "pressure > 12"),
        "when of a can never be true, so the alarm never comes: pressure is within 0 … 10 MPa;"
        " correct the threshold, or the range in the profile",
    ),
    "a threshold that every value exceeds": (
        rule("a", "pressure > -1"),
        "when of a is always true, so the alarm always stands: pressure is within 0 … 10 MPa;"
        " correct the threshold, or the range in the profile",
    ),
    "a part with a threshold beyond the range": (
        rule("a", "running || pressure > 12"),
        "a part of when of a is never true: pressure is within 0 … 10 MPa;"
        " correct the threshold, or the range in the profile",
    ),
    "what is always true": (
        rule("a", 'mode == "off" || mode == "hand"'),
        "when of a is always true, so the alarm always stands; see which of its comparisons is meant otherwise",
    ),
    "an alarm that never ends": (
        rule("a", "pressure > 5", "clear_when: pressure < 0"),
        "clear_when of a can never be true, so the alarm never ends: pressure is within 0 … 10 MPa;"
        " correct the threshold, or the range in the profile",
    ),
    "an alarm that ends while it stands": (
        rule("a", "pressure > 5", "clear_when: pressure < 6"),
        "when and clear_when of a are both true with pressure 5.5: the alarm would end while it stands;"
        " leave a gap between them, as in when: level > 3 and clear_when: level < 2.8",
    ),
    "both true by another metric": (
        rule("a", "running || pressure > 5", "clear_when: pressure < 3"),
        "when and clear_when of a are both true with pressure 0, running true: the alarm would end while it stands;"
        " leave a gap between them, as in when: level > 3 and clear_when: level < 2.8",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_rule_hardly_means_is_a_warning(tmp_path: Path, case: str) -> None:
    text, expected = CASES[case]

    assert found(tmp_path, text) == [expected]


LEVELS = """\
  - id: a
    applies_to: {profile: pump}
    levels:
      - {severity: warning, when: pressure > 5, deadband: 0.5}
      - {severity: critical, when: pressure > 12}
    title: {en: Something}
"""


@pytest.mark.parametrize(
    ("when", "is_warned"),
    [
        ("derived > 1 && pressure < -1", True),
        ("derived > 1 || pressure > -1", True),
        ("derived > 1000000 && derived < 0.5", False),
        ("derived > 1 && pressure < 0.5", False),
    ],
)
def test_of_a_derived_value_nothing_is_claimed_and_of_the_metrics_beside_it_what_is_proved(
    tmp_path: Path, when: str, is_warned: bool
) -> None:
    problems = found(tmp_path, rule("mixed", when, "let: {derived: {mean: pressure, over: 10m}}"))
    assert bool(problems) is is_warned, problems


def test_a_level_of_a_rule_is_examined_as_a_rule_of_its_own(tmp_path: Path) -> None:
    (problem,) = said(list(review(tmp_path, site(LEVELS)).problems), tmp_path)

    assert problem.startswith(
        "site.yaml:11:36: warning: when of a, critical can never be true, so the alarm never comes: pressure is"
    )


def test_a_deadband_that_no_value_passes_is_told_at_its_key(tmp_path: Path) -> None:
    text = rule("a", "pressure > 5", "deadband: 6")

    assert found(tmp_path, text) == [
        "clear_when of a can never be true, so the alarm never ends: pressure is within 0 … 10 MPa;"
        " correct the threshold, or the range in the profile"
    ]
    assert review(tmp_path, site(text)).problems[0].line == 10


def test_a_warning_shows_the_place_in_the_condition(tmp_path: Path) -> None:
    (problem,) = said(list(review(tmp_path, site(rule("a", "running || pressure > 12"))).problems), tmp_path)

    assert problem == (
        "site.yaml:9:11: warning: a part of when of a is never true: pressure is within 0 … 10 MPa;"
        " correct the threshold, or the range in the profile\n"
        "    running || pressure > 12\n"
        "               ^"
    )


def test_an_attribute_that_makes_a_rule_impossible_is_named_at_its_device(tmp_path: Path) -> None:
    devices = PUMPS.replace("high: 6", "high: 10")
    problems = review(tmp_path, site(rule("a", "pressure > high"), devices=devices)).problems

    assert said(list(problems), tmp_path) == [
        "site.yaml:5:58: warning: p2: when of a can never be true, so the alarm never comes: high is 10, and pressure"
        " is within 0 … 10 MPa; correct the attribute\n"
        "    pressure > high\n"
        "    ^"
    ]


def test_a_mistake_of_the_rule_itself_is_told_once_whatever_the_devices_are_given(tmp_path: Path) -> None:
    assert len(found(tmp_path, rule("a", "pressure > 12 && pressure < high"))) == 1


def test_crossed_limits_of_a_device_are_found_across_rules(tmp_path: Path) -> None:
    rules = rule("a", "pressure < low"), rule("b", "pressure > high")
    devices = PUMPS.replace("low: 1.5", "low: 7")

    assert found(tmp_path, *rules) == []
    assert found(tmp_path, *rules, devices=devices) == [
        "p2: low, the low limit of pressure, is 7, and high, its high limit, is 6: every value breaches one of them;"
        " write a low limit that is below the high one"
    ]


def test_a_rule_of_a_profile_without_devices_is_told(tmp_path: Path) -> None:
    text = rule("a", "speed > 1").replace("profile: pump", "profile: elevator")

    assert found(tmp_path, text) == [
        "a watches no device: the site has none of the profile elevator; add one, or remove the rule"
    ]


DIALECT = PUMPS + "  - {id: p3, profile: pump, dialect: plain}\n"


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        (rule("a", "running && tamper"), "never comes"),
        (rule("a", "running", 'clear_when: "!running && !tamper"'), "never ends"),
        (rule("a", "running || tamper"), "never ends"),
    ],
)
def test_a_metric_that_a_dialect_never_has_is_told_with_its_devices(tmp_path: Path, text: str, ending: str) -> None:
    assert found(tmp_path, text, devices=DIALECT) == [
        f"a: the alarm {ending} for p3, whose messages never have tamper;"
        " say by applies_to which devices it watches, or give the metric a default in the profile"
    ]
    assert found(tmp_path, rule("a", "running || pressure > 3"), devices=DIALECT) == []


def test_of_a_shipped_rule_a_missing_metric_is_a_note(tmp_path: Path) -> None:
    files = {"site.yaml": HEADER + "devices: [{id: d, profile: smoke_detector, dialect: zigbee2mqtt}]\n"}
    notes = review(tmp_path, files).problems

    assert {each.gravity for each in notes} == {Gravity.NOTE}
    assert any("whose messages never have" in each.what for each in notes)


# What can mute a danger to life ---------------------------------------------------------------------------------------

SMOKE = "devices: [{id: s1, profile: smoke_detector}, {id: s2, profile: smoke_detector}]\n"
OWN_SMOKE = """\
rules:
  - id: smoke-fire
    applies_to: {profile: smoke_detector}
    when: smoke
    severity: critical
    title: {en: Fire}
"""


def muted(home: Path, text: str) -> list[str]:
    return said(list(review(home, {"site.yaml": HEADER + SMOKE + text}).problems), home)


def test_a_life_safety_rule_that_the_site_disables_is_told(tmp_path: Path) -> None:
    assert muted(tmp_path, "disable_rules: [smoke-heat-alarm, smoke-fire]\n") == [
        "site.yaml:3:17: warning: smoke-heat-alarm is a life-safety rule, and is disabled: its alarm never comes;"
        " remove it here, unless a rule of the site watches for the same danger",
        "site.yaml:3:35: warning: smoke-fire is a life-safety rule, and is disabled: its alarm never comes;"
        " remove it here, unless a rule of the site watches for the same danger",
    ]


def test_a_rule_that_replaces_a_life_safety_rule_by_less_is_told(tmp_path: Path) -> None:
    assert muted(tmp_path, OWN_SMOKE + "    life_safety: true\n") == []
    assert muted(tmp_path, OWN_SMOKE) == [
        "site.yaml:4:9: warning: smoke-fire replaces a shipped life-safety rule, and is none itself:"
        " its alarm can be muted; write life_safety: true"
    ]
    narrower = OWN_SMOKE.replace("smoke_detector}", "smoke_detector, devices: [s1]}") + "    life_safety: true\n"
    assert muted(tmp_path, narrower) == [
        "site.yaml:5:17: warning: smoke-fire replaces a shipped life-safety rule, and does not watch s2;"
        " let it watch these too, or give it another id so that the shipped one stays"
    ]


def test_a_key_that_can_mute_is_an_error_in_a_life_safety_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # `realarm` mutes nothing; it stands here for a key that does, whichever of them the rules have.
    monkeypatch.setattr(muting, "MUTING_KEYS", (muting.MutingKey("realarm", "it would not"),))
    text = HEADER + SMOKE + OWN_SMOKE + "    realarm: 1h\n"

    assert check_site(write(tmp_path, {"site.yaml": text})) == []
    assert said(check_site(write(tmp_path, {"site.yaml": text + "    life_safety: true\n"})), tmp_path) == [
        "site.yaml:9:5: smoke-fire is a life-safety rule, and realarm would mute it: it would not; remove realarm"
    ]


def test_every_key_of_a_rule_is_known_to_mute_or_not_to_mute() -> None:
    harmless = {
        *(
            "id",
            "applies_to",
            "let",
            "when",
            "for",
            "clear_when",
            "clear_for",
            "severity",
            "title",
            "guidance",
            "latched",
        ),
        *("life_safety", "ticket", "levels", "deadband", "realarm", "device_down"),
        *("group_by", "at_least"),
    }
    keys = {field.alias or name for name, field in RuleSpec.model_fields.items()}

    assert keys - harmless <= {each.key for each in muting.MUTING_KEYS}


# What the command prints ----------------------------------------------------------------------------------------------


def check(home: Path, files: dict[str, str], *options: str) -> Result:
    return CliRunner().invoke(app, ["check", "--site", str(write(home, files)), *options])


def test_warnings_are_printed_and_counted_and_no_failure_unless_strict(tmp_path: Path) -> None:
    files = site(rule("a", "pressure > 12"), rule("b", "pressure > high"))

    result = check(tmp_path, files)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "warning: when of a can never be true" in lines[0]
    assert lines[-1] == f"{tmp_path}/site.yaml: no errors, 1 warning; 2 devices of 1 profile, 2 rules"

    strict = check(tmp_path, files, "--strict")
    assert strict.exit_code == 1
    assert strict.stdout.splitlines()[-1].startswith(f"{tmp_path}/site.yaml: 1 error, ")
    assert ": warning: " not in strict.stdout


def test_a_site_with_errors_says_that_warnings_were_not_looked_for(tmp_path: Path) -> None:
    result = check(tmp_path, site(rule("a", "pressure > 12"), rule("b", "presure > high")))

    assert result.exit_code == 1
    assert "1 error, which hides warnings" in result.stdout.splitlines()[-1]


def test_notes_are_counted_and_printed_on_demand(tmp_path: Path) -> None:
    files = {"site.yaml": HEADER + "devices: [{id: d, profile: smoke_detector, dialect: zigbee2mqtt}]\n"}

    short, long = check(tmp_path, files), check(tmp_path, files, "--verbose")

    assert len(short.stdout.splitlines()) == 1
    assert "1 note (--verbose shows them)" in short.stdout
    assert ": note: " in long.stdout
    assert (short.exit_code, long.exit_code) == (0, 0)


def test_as_json_everything_is_there(tmp_path: Path) -> None:
    result = check(tmp_path, site(rule("a", "pressure > 12")), "--json")

    answer = json.loads(result.stdout)
    assert {key: answer[key] for key in ("devices", "rules", "profiles")} == {"devices": 2, "rules": 1, "profiles": 1}
    (problem,) = answer["problems"]
    assert (problem["gravity"], problem["line"], problem["column"]) == ("warning", 9, 11)
    assert problem["file"] == f"{tmp_path}/site.yaml"


def test_a_site_with_warnings_loads(tmp_path: Path) -> None:
    file = write(tmp_path, site(rule("a", "pressure > 12")))

    assert len(load_configuration(file).rules) == 1


SUPPLIED = """\
devices:
  - {{id: p1, profile: pump, expect_every: {parent}}}
  - {{id: p2, profile: pump, powered_by: p1}}
  - {{id: p3, profile: pump, expect_every: {child}, reports_via: p2}}
  - {{id: p4, profile: pump, expect_every: {child}, powered_by: p1}}
  - {{id: p5, profile: pump, powered_by: p4}}
"""


def test_what_sends_too_rarely_for_its_failure_to_explain_that_of_others_is_told_once(tmp_path: Path) -> None:
    assert found(tmp_path, devices=SUPPLIED.format(parent="1d", child="3s")) == [
        "p1 is expected every 1d, and what depends on it as often as every 3s: if p1 fails, each of these is told as "
        "silent before p1 is: p3, p4; expect p1 every 1m40s or more often, if it can send so"
    ]


@pytest.mark.parametrize(("parent", "child"), [("100s", "3s"), ("1h", "1h"), ("1h", "1d"), ("never", "3s")])
def test_what_is_found_in_time_is_no_warning(tmp_path: Path, parent: str, child: str) -> None:
    assert found(tmp_path, devices=SUPPLIED.format(parent=parent, child=child)) == []
