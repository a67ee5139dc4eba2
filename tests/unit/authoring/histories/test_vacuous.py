"""Tests of rules that could not fail are failures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.authoring.histories.files import DRY, said

PUMP = """\
tests:
  - name: vacuous
    devices: {p1: booster_pump}
"""


def test_a_test_that_names_no_rule_shows_nothing(tmp_path: Path) -> None:
    test = PUMP + "    series: {p1.running: true x9}\n    expect: [{at: 5s, alarms: [], tickets: [], events: []}]\n"

    (problem,) = said(tmp_path, test)

    assert problem == (
        "t.yaml:2:5: vacuous: it shows nothing: it names no rule;"
        " expect an alarm of a rule once, or name the rules under test: rules: [pump-dry-run]"
    )


@pytest.mark.parametrize(
    "series",
    [
        "p1.vibration: 3 x20",
        "p1.running: true x20",
        "{p1.running: _ x20, p1.inlet_pressure: 0.01 x20}",
    ],
)
def test_silence_is_no_evidence_before_the_rule_was_decided(series: str, tmp_path: Path) -> None:
    series = series if series.startswith("{") else f"{{{series}}}"
    test = f"{PUMP}    rules: [pump-dry-run]\n    series: {series}\n    expect: [{{at: 15s, alarms: []}}]\n"

    (problem,) = said(tmp_path, test)

    assert problem.startswith(
        "t.yaml:6:14: vacuous: at 15s nothing of pump-dry-run is expected, but its condition has been neither true"
        " nor false until then; send values"
    )


@pytest.mark.parametrize("series", ["p1.running: false x20", "p1.inlet_pressure: 0.5 x20"])
def test_half_a_condition_may_decide_it(series: str, tmp_path: Path) -> None:
    test = f"{PUMP}    rules: [pump-dry-run]\n    series: {{{series}}}\n    expect: [{{at: 15s, alarms: []}}]\n"

    assert said(tmp_path, test) == []


def test_a_default_of_the_profile_decides_nothing(tmp_path: Path) -> None:
    test = """\
tests:
  - name: test
    devices: {s1: smoke_detector}
    rules: [smoke-during-test]
    series: {s1.battery: 90 x300}
    expect: [{at: 299s, alarms: []}]
"""

    (problem,) = said(tmp_path, test)

    assert "its condition has been neither true nor false" in problem


def test_values_that_have_aged_have_decided_it_all_the_same(tmp_path: Path) -> None:
    test = """\
tests:
  - name: aged
    devices: {p1: {profile: booster_pump, expect_every: 10s}}
    rules: [pump-bearing-hot]
    every: 10s
    series: {p1.bearing_temperature: "50, _ x30"}
    expect: [{at: 300s, alarms: []}]
"""

    assert said(tmp_path, test) == []


def test_two_expectations_between_which_nothing_happens_cannot_differ(tmp_path: Path) -> None:
    test = DRY + (
        "    expect:\n"
        "      - {at: 14s, alarms: []}\n"
        "      - {at: 14s1ms, alarms: []}\n"
        "      - {at: 15s, alarms: [pump-dry-run/p1 unacknowledged]}\n"
    )

    (problem,) = said(tmp_path, test)

    assert problem == (
        "t.yaml:11:9: dry: nothing happens between 14s and 14s1ms, so this can only be as before; remove it, or move it"
    )


def test_a_delay_that_ends_between_two_expectations_is_something_that_happens(tmp_path: Path) -> None:
    test = DRY.replace("0.01 x20, 0.2 x30", "0.01, _ x49").replace("true x60", "true, _ x59") + (
        "    expect:\n      - {at: 14s999ms, alarms: []}\n      - {at: 15s, alarms: [pump-dry-run/p1 unacknowledged]}\n"
    )

    assert said(tmp_path, test) == []
