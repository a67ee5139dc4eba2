"""What check says of the derived values of rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from tests.unit.site_files import HEADER, PUMP, problems_of, write

RULE = """\
rules:
  - id: pump-restless
    applies_to: {profile: booster_pump}
    let:
      x: LET
    when: x > 10
    severity: info
    title: {en: Pump restless}
"""

OF_MODELS = {
    "{maen: outlet_pressure, over: 1h}": "7:11: unknown key 'maen'; did you mean 'mean'?",
    "{average: outlet_pressure, over: 1h}": "7:11: unknown key 'average'; did you mean 'mean'?",
    "{over: 1h}": "7:10: this has no function: write one, such as {mean: pressure, over: 10m}",
    "{mean: outlet_pressure}": "7:11: mean needs the length of its window: add `over`, such as over: 10m",
    "{mean: outlet_pressure, over: 60d}": "7:40: over: a window is between 1s and 31d long: write such a time",
    "{mean: outlet_pressure, over: 10}": (
        "7:40: 10 is not a duration: write a number with a unit, such as 90s, 5m, 2h or 1d"
    ),
    "{min: flow, max: flow, over: 1h}": (
        "7:11: max and min are two functions: write one, such as {mean: pressure, over: 10m}"
    ),
    "{since: running, over: 1h}": "7:27: since looks back as far as is known: remove `over`",
    "{percentile: flow, over: 1h}": "7:11: percentile needs `percent`: add it, such as percent: 95",
    "{percentile: flow, percent: 101, over: 1h}": "7:38: percent: 101 is more than 100.0; write 100.0 or less",
    "{mean: flow, by: 3, over: 1h}": "7:23: `by` is for flat, not for mean: remove it",
    "{mean: 3, over: 1h}": (
        "7:17: this is no metric and no condition: write the name of a metric, such as {mean: pressure}"
    ),
}
OF_PROFILES = {
    "{mean: outlet_presure, over: 1h}": (
        "7:17: x of pump-restless: mean is of one metric, and 'outlet_presure' is none;"
        " did you mean 'outlet_pressure'?\n    outlet_presure\n    ^"
    ),
    "{mean: flow - current, over: 1h}": (
        "7:17: x of pump-restless: mean is of one metric, and 'flow - current' is more:"
        " derive each by itself, and compute in `when`\n    flow - current\n    ^"
    ),
    "{mean: running, over: 1h}": (
        "7:17: x of pump-restless: mean is of a number, and running is of type bool:"
        " rising, falling, time_in and since are of states\n    running\n    ^"
    ),
    "{rising: runing && flow > 3, over: 1h}": (
        "7:19: x of pump-restless: booster_pump has no metric or attribute 'runing'; did you mean 'running'?"
        "\n    runing && flow > 3\n    ^"
    ),
    "{time_in: flow, over: 1h}": (
        "7:20: x of pump-restless: this is a number, and a condition must be true or false;"
        " compare it, as in pressure > 1\n    flow\n    ^"
    ),
}


@pytest.mark.parametrize("let", OF_MODELS)
def test_a_mistake_in_a_derived_value_is_told_once_with_its_place_and_remedy(let: str, tmp_path: Path) -> None:
    assert problems_of(tmp_path, HEADER + PUMP + RULE.replace("LET", let)) == [f"site.yaml:{OF_MODELS[let]}"]


@pytest.mark.parametrize("let", OF_PROFILES)
def test_a_derived_value_that_does_not_fit_the_profile_is_told_once_with_a_caret(let: str, tmp_path: Path) -> None:
    assert problems_of(tmp_path, HEADER + PUMP + RULE.replace("LET", let)) == [f"site.yaml:{OF_PROFILES[let]}"]


def test_a_derived_value_cannot_have_the_name_of_a_metric(tmp_path: Path) -> None:
    rule = RULE.replace("x: LET", "flow: {mean: flow, over: 1h}").replace("x > 10", "flow > 10")

    assert problems_of(tmp_path, HEADER + PUMP + rule) == [
        "site.yaml:7:7: flow is a metric of the profile already; write another name, such as flow_mean"
    ]


def test_a_derived_value_that_no_condition_reads_is_a_mistake(tmp_path: Path) -> None:
    rule = RULE.replace("LET", "{mean: flow, over: 1h}").replace("x > 10", "flow > 10 // not x")

    assert problems_of(tmp_path, HEADER + PUMP + rule) == [
        "site.yaml:7:7: no condition of the rule reads x: use it in one, or remove it"
    ]


def test_a_derived_value_cannot_have_a_word_of_the_language_as_its_name(tmp_path: Path) -> None:
    rule = RULE.replace("x: LET", "double: {mean: flow, over: 1h}").replace("x > 10", "double > 10")

    assert problems_of(tmp_path, HEADER + PUMP + rule) == [
        "site.yaml:7:7: double is a word of the condition language: write another name, such as double_value"
    ]


def test_a_misspelt_derived_value_in_a_condition_is_told_with_the_right_name(tmp_path: Path) -> None:
    let = "{mean: flow, over: 1h}\n      flow_mean: {mean: flow, over: 1m}"
    rule = RULE.replace("LET", let).replace("x > 10", "x > 10 && flow_mean > flow_maen")

    (problem,) = problems_of(tmp_path, HEADER + PUMP + rule)

    assert "'flow_maen'; did you mean 'flow_mean'?" in problem


def test_a_wrong_call_of_a_function_is_told_with_the_right_one(tmp_path: Path) -> None:
    rule = RULE.replace("LET", "{mean: flow, over: 1h}").replace("x > 10", "max(x) > 10")

    (problem,) = problems_of(tmp_path, HEADER + PUMP + rule)

    assert "min and max take 2 to 8 numbers, as in min(a, b)\n    max(x) > 10" in problem


def test_check_can_show_what_windows_take(tmp_path: Path) -> None:
    let = "{rising: running, over: 1h}\n      y: {since: running}\n      z: {mean: flow, over: 10m}"
    site = HEADER + PUMP + RULE.replace("LET", let).replace("x > 10", "x > 10 && y < 5 && z > 3")
    file = write(tmp_path, {"site.yaml": site})

    printed = CliRunner().invoke(app, ["check", "--site", str(file), "--verbose"])

    assert printed.exit_code == 0
    own = [line for line in printed.stdout.splitlines() if line.startswith("pump-restless: ")]
    assert own == [
        "pump-restless: x keeps at most 3,600 readings of 1 device, 720 kB",
        "pump-restless: y keeps at most the latest reading of 1 device, 1 kB",
        "pump-restless: z keeps at most 600 readings of 1 device, 20 kB",
    ]
