"""Parameters in the files of a site."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.site_files import load_configuration
from tests.unit.site_files import HEADER, PUMP, problems_of, write

RULES = """\
rules:
  - id: too-warm
    applies_to: {profile: booster_pump}
    when: vibration > site.limit && running == site.on
    clear_when: vibration < site.limit - 1
    severity: info
    title: {en: Too warm}
  - id: stepwise
    applies_to: {profile: booster_pump}
    levels: [{severity: info, when: vibration > site.limit}, {severity: warning, when: vibration > 2 * site.limit}]
    title: {en: Stepwise}
"""


def test_conditions_read_the_parameters_of_the_site(tmp_path: Path) -> None:
    text = f"{HEADER}{PUMP}parameters: {{limit: 4.5, on: true}}\n{RULES}"
    configuration = load_configuration(write(tmp_path, {"site.yaml": text}))
    rules = {rule.key: rule for rule in configuration.rules}
    assert rules["too-warm"].when({"vibration": 4.6, "running": True}) is True
    assert rules["too-warm"].clears({"vibration": 3.6, "running": True}) is False
    assert rules["stepwise/warning"].when.text == "vibration > 2 * 4.5"
    assert configuration.site.parameters == {"limit": 4.5, "on": True}


def test_a_parameter_that_is_not_there_is_an_error_with_the_place_and_a_suggestion(tmp_path: Path) -> None:
    assert problems_of(tmp_path, f"{HEADER}{PUMP}parameters: {{limits: 4.5, on: true}}\n{RULES}") == [
        "site.yaml:7:11: when of too-warm: the site has no parameter 'limit'; did you mean 'limits'?\n"
        "    vibration > site.limit && running == site.on\n"
        "                ^",
        "site.yaml:13:37: when of stepwise: the site has no parameter 'limit'; did you mean 'limits'?\n"
        "    vibration > site.limit\n"
        "                ^",
    ]


def test_a_limit_that_is_a_parameter_may_have_a_deadband(tmp_path: Path) -> None:
    rule = """\
rules:
  - id: too-warm
    applies_to: {profile: booster_pump}
    when: vibration > site.limit
    deadband: 0.5
    severity: info
    title: {en: Too warm}
"""
    text = f"{HEADER}{PUMP}parameters: {{limit: 4.5}}\n{rule}"
    rules = {rule.id: rule for rule in load_configuration(write(tmp_path, {"site.yaml": text})).rules}
    assert [rules["too-warm"].clears({"vibration": value}) for value in (4.1, 4.0)] == [False, True]


def test_a_parameter_of_another_type_does_not_fit(tmp_path: Path) -> None:
    (problem, *_) = problems_of(tmp_path, f"{HEADER}{PUMP}parameters: {{limit: high, on: true}}\n{RULES}")
    assert problem.startswith("site.yaml:7:11: when of too-warm: vibration is a number")
    assert 'vibration > "high" && running == true' in problem


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ("[18]", "3:13: parameters: this is not a mapping; write {night_setback: 18}"),
        ("{Night: 18}", "3:14: 'Night' is not a name; use lower-case letters, digits and _, starting with a letter"),
        ("{night: [18]}", "3:21: night: [18] is no value; write true, false, a number or a text"),
        ("{night: .inf}", "3:21: night: inf is no value; write true, false, a number or a text"),
        ("{night: }", "3:21: night: nothing is no value; write true, false, a number or a text"),
    ],
)
def test_a_parameter_is_a_name_with_a_single_value(tmp_path: Path, parameters: str, problem: str) -> None:
    assert problems_of(tmp_path, f"{HEADER}{PUMP}parameters: {parameters}\n") == [f"site.yaml:{problem}"]


def test_an_included_file_has_no_parameters(tmp_path: Path) -> None:
    write(tmp_path, {"more.yaml": "parameters: {limit: 1}\n"})
    assert problems_of(tmp_path, f"{HEADER}{PUMP}include: [more.yaml]\n") == [
        "more.yaml:1:1: unknown key 'parameters'; only the site file has it"
    ]
