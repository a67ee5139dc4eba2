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


@pytest.mark.parametrize("quiet", ["alarms: []", "tickets: []", "events: []"])
def test_every_list_that_is_silent_about_a_rule_wants_it_decided(quiet: str, tmp_path: Path) -> None:
    test = f"{PUMP}    rules: [pump-dry-run]\n    series: {{p1.vibration: 3 x20}}\n    expect: [{{at: 15s, {quiet}}}]\n"

    (problem,) = said(tmp_path, test)

    assert "at 15s nothing of pump-dry-run is expected, but its condition has been neither true nor false" in problem


@pytest.mark.parametrize("function", ["count: running", "time_in: running", "rising: running"])
def test_nothing_in_an_empty_window_is_no_evidence(function: str, tmp_path: Path) -> None:
    test = f"""\
tests:
  - name: window
    devices: {{p1: booster_pump}}
    rules: [often]
    site:
      rules:
        - id: often
          applies_to: {{profile: booster_pump}}
          let: {{n: {{{function}, over: 10s}}}}
          when: n > 30
          severity: info
          title: {{en: Often}}
    series: {{p1.METRIC: VALUE x20}}
    expect: [{{at: 15s, alarms: []}}]
"""

    (problem,) = said(tmp_path, test.replace("METRIC", "vibration").replace("VALUE", "3"))
    assert "nothing of often is expected, but its condition has been neither true nor false" in problem
    assert said(tmp_path, test.replace("METRIC", "running").replace("VALUE", "false")) == []


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ("silent", "no device of this test can be silent: nothing says how often it sends; give one `expect_every`"),
        ("trouble", "no device of this test can be in trouble: no life-safety rule reads a metric of one"),
        ("store-fails", "store-fails is about what a test does not have, such as the disk; name another rule"),
    ],
)
def test_a_built_in_rule_that_could_never_speak_is_no_rule_under_test(rule: str, what: str, tmp_path: Path) -> None:
    test = f"""\
tests:
  - name: never
    devices: {{p1: {{profile: booster_pump, expect_every: never}}}}
    rules: [{rule}]
    series: {{p1.running: true x20}}
    expect: [{{at: 15s, alarms: []}}]
"""

    (problem,) = said(tmp_path, test)

    assert what in problem


def test_the_blindness_of_the_gateway_is_tested_by_a_cut(tmp_path: Path) -> None:
    test = """\
tests:
  - name: blind
    devices: {p1: booster_pump}
    rules: [gateway-blind]
    every: 10s
    series: {p1.running: true x60}
    do: [{at: 1m, cut: 5m}]
    expect:
      - {at: 1m, alarms: []}
      - {at: 350s, alarms: [gateway-blind/gateway:self unacknowledged]}
      - {at: 361s, alarms: [gateway-blind/gateway:self returned]}
"""

    assert said(tmp_path, test) == []


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


def test_two_expectations_between_which_nothing_can_happen_cannot_differ(tmp_path: Path) -> None:
    test = """\
tests:
  - name: cool
    devices: {p1: {profile: booster_pump, expect_every: never}}
    rules: [warm]
    site: {rules: [{id: warm, applies_to: {profile: booster_pump}, when: bearing_temperature > 60, DELAY severity: info,
                    title: {en: Warm}}]}
    series: {p1.bearing_temperature: 50}
    lasts: 1h
    expect:
      - {at: 1m, alarms: []}
      - {at: 1h, alarms: []}
"""

    (problem,) = said(tmp_path, test.replace("DELAY", ""))
    assert problem == (
        "t.yaml:11:9: cool: nothing happens between 1m and 1h, and no rule under test waits for anything;"
        " remove the one before"
    )
    assert said(tmp_path, test.replace("DELAY", "for: 5m,")) == []  # it may wait for less, one day


def test_a_delay_that_ends_between_two_expectations_is_something_that_happens(tmp_path: Path) -> None:
    test = DRY.replace("0.01 x20, 0.2 x30", "0.01 x2, _ x48").replace("true x60", "true, _ x59") + (
        "    expect:\n      - {at: 14s999ms, alarms: []}\n      - {at: 15s, alarms: [pump-dry-run/p1 unacknowledged]}\n"
    )

    assert said(tmp_path, test) == []
