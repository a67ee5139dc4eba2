"""Mistakes in files of rule tests: each is told at its place, all at once, with what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.authoring.histories.grounds import read_grounds
from tests.unit.authoring.histories.files import DRY, grounds, said
from tests.unit.site_files import FAN, write

EXPECT = "    expect: [{at: 14s, alarms: []}]\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("    serie: {}", "9:5: unknown key 'serie'; did you mean 'series'?"),
        ("    start: noon", "9:12: 'noon' is not a date with a time: write it as 2026-03-29T01:00"),
        (
            "    start: 2026-02-30T10:00",
            "9:12: '2026-02-30T10:00' is no date with a time; write it as 2026-03-29T01:00",
        ),
        ("    every: 0s", "9:12: devices stamp their messages in milliseconds: write at least 1ms"),
        ("    devices: {p1: boster_pump}", "9:19: there is no profile 'boster_pump'; did you mean 'booster_pump'?"),
        ("    site: {timezone: Mars}", "9:22: 'Mars' is not a time zone: write a name such as Asia/Shanghai"),
        ("    site: {zone: UTC}", "9:12: unknown key 'zone'; did you mean 'timezone'?"),
        ("    do: [{at: 3s, restart: }]", "9:19: nothing stands behind `restart`: write what it is about"),
        ("    messages: [{at: 1s, topic: a, payload: }]", "9:35: nothing stands behind `payload`: write the payload"),
        ("    do: [{at: 3s}]", "9:10: it says nothing that is done: write one of restart, cut"),
        ("    do: [{at: 3s, restart: 5s, cut: 5s}]", "9:32: it does several things, restart and cut: write one of"),
        ("    do: [{at: 3s, acknowledge: p1}]", "9:32: 'p1' names no alarm: write RULE/SUBJECT, such as"),
        ("    do: [{at: 3s, cut: 5s, by: me}]", "9:28: `by` does not go with cut: remove it"),
        ("    do: [{at: 3s, shelve: pump-dry-run, for: 1h}]", "9:19: shelve needs a `reason`: write why"),
        ("    do: [{at: 3s, shelve: pump-dry-run, reason: x}]", "9:19: shelve needs `for`: write for how long"),
        ("    do: [{at: 3s, comment: pump-dry-run/p1}]", "9:19: comment needs a `note`: write what is said"),
        (
            "    do: [{at: 3s, acknowledge: pump-dryrun/p1}]",
            "9:32: no rule 'pump-dryrun' watches a device of this test",
        ),
        ("    do: [{at: 3s, shelve: pump-dry, for: 1h, reason: x}]", "9:27: no rule 'pump-dry' watches a device"),
        ("    do: [{at: 3s, maintenance: [p1, p9], for: 1h, reason: x}]", "there is no device 'p9'; known devices: p1"),
        ("    do: [{at: 3s, in_service: pump-fault/p9}]", "there is no device 'p9'; known devices: p1"),
        ("    do: [{at: 3s, clock: back}]", "9:26: 'back' is not a duration: write a number with a unit"),
        ("    do: [{at: 3s, restart: 5s}, {at: 5s, acknowledge: pump-dry-run/p1}]", "the gateway is away until 8s"),
        ("    do: [{at: 3s, restart: 5s}, {at: 5s, clock: -1h}]", "the gateway is away until 8s, and this is at 5s"),
        ("    do: [{at: 3s, cut: 5s}, {at: 5s, restart: 1s}]", "the gateway is away until 8s, and this is at 5s"),
        ("    do: [{at: 3s, cut: 5s}, {at: 3s, restart: 1s}]", "the gateway is away until 8s, and this is at 3s"),
        ("    do: [{at: 3s, restart: 5s}, {at: 3s, restart: 5s}]", "the gateway is away until 8s, and this is at 3s"),
        ("    do: [{at: 3s, restart: 5s}, {at: 3s, reset: pump-dry-run/p1}]", "the gateway is away until 8s, and this"),
        ("    do: [{at: 3s, acknowledge: pump-dryrun/p1, refused: true}]", "no rule 'pump-dryrun' watches a device"),
        ("    do: [{at: 3s, in_service: p7, refused: true}]", "there is no device 'p7'; known devices: p1"),
        (
            "    start: 0001-01-01T00:00",
            "9:12: '0001-01-01T00:00' is no year in which this gateway runs; write one from",
        ),
        ("    start: 9999-12-31T23:00", "9:12: '9999-12-31T23:00' is no year in which this gateway runs; write one"),
        ("    do: [{at: 12s, restart: 5s}]", "10:19: the gateway is away from 12s to 17s; write 17s or later"),
        ("    messages: [{at: 1s, topic: a}]", "9:16: a message has one of `payload`, `json` and `payload_hex`"),
    ],
)
def test_a_mistake_in_a_test_is_told_where_it_stands(line: str, told: str, tmp_path: Path) -> None:
    found = said(tmp_path, f"{DRY}{line}\n{EXPECT}")

    assert any(told in each for each in found), found


@pytest.mark.parametrize(
    ("series", "told"),
    [
        ("p2.running: true", "there is no device 'p2'; known devices: p1"),
        ("running: true", "'running' names no metric; write DEVICE.METRIC"),
        ("p1.runing: true", "the profile booster_pump has no metric 'runing'; did you mean 'running'?"),
        ("p1.flow: 0.2x10", "p1.flow: '0.2x10' is no value; write a space and x before the count, such as 0.2 x10"),
        ("p1.flow: maybe x3", "p1.flow: flow is 'maybe', a number was expected"),
        ("p1.flow: true ×20", "p1.flow: flow is 'true ×20', a number was expected"),
        ("p1.flow: 0..9000 x4", "p1.flow: flow is 3000"),
        ("p1.flow: 0,2 x20", "p1.flow: '0,2' may be one number or two; write a decimal point, 0.2, or a space behind"),
        ("p1.mode: off, hnd", "p1.mode: mode is 'hnd'"),
        ("p1.flow: [1, 2]", "is not a single value"),
    ],
)
def test_a_mistake_in_a_series_is_told_at_its_key(series: str, told: str, tmp_path: Path) -> None:
    (problem,) = said(tmp_path, f"{DRY}      {series}\n{EXPECT}")

    assert problem.startswith("t.yaml:9:")
    assert told in problem


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ("{at: 70s, alarms: []}", "nothing happens after 59s, and this is at 1m10s; send values until then"),
        ("{at: 14s, alarms: }", "nothing stands behind `alarms`: write alarms: [] where there must be none"),
        ("{at: 14s, alarms: [], events: }", "nothing stands behind `events`: write events: [] where there must be"),
        ("{at: 14s}", "it expects nothing: write `alarms`, `tickets` or `events`"),
        ("{at: 14s, alarms: [pump-dry-run/p1]}", "'pump-dry-run/p1' says no state; write one of unacknowledged"),
        ("{at: 14s, alarms: [pump-dry-run/p1 raised]}", "'raised' is none of unacknowledged, acknowledged"),
        ("{at: 14s, events: [pump-dry-run/p1 returned warning]}", "a severity is for rules with levels: remove it"),
        ("{at: 14s, events: [pump-dry-run/p1 rised]}", "did you mean 'raised'?"),
        ("{at: 14s, alarms: [pump-dry/p1 returned]}", "no rule 'pump-dry' watches a device of this test; did you mean"),
        ("{at: 14s, alarms: [pump-dry-run/p7 returned]}", "there is no device 'p7'; known devices: p1"),
        (
            "{at: 14s, alarms: [pump-fault/p1 returned]}",
            "pump-fault is not among the rules under test; add it to `rules`",
        ),
        ("{at: 14s, alarms: [dry returned]}", "'dry' names no alarm; write RULE/SUBJECT"),
        ("{at: 14s, tickets: [P9]}", "'P9' is no ticket"),
        ("{at: 14s, tickets: [pump-dry-run/p1]}", "is no ticket; write its priority and its alarm"),
        ("{at: 14s, alarms: [pump-dry-run/p1 returned, pump-dry-run/p1 returned]}", "stands there twice; remove one"),
    ],
)
def test_a_mistake_in_an_expectation_is_told_at_its_place(expected: str, told: str, tmp_path: Path) -> None:
    (problem,) = said(tmp_path, f"{DRY}    expect:\n      - {expected}\n")

    assert problem.startswith("t.yaml:10:")
    assert told in problem


def test_expectations_stand_in_the_order_of_time(tmp_path: Path) -> None:
    test = f"{DRY}    expect:\n      - {{at: 16s, events: []}}\n      - {{at: 14s, alarms: []}}\n"
    (problem,) = said(tmp_path, test)
    assert "14s comes after 16s; write expectations in the order of time" in problem

    (problem,) = said(tmp_path, test.replace("16s", "14s"))
    assert "two expectations are for 14s; write them as one" in problem


def test_a_rule_that_does_not_watch_the_device_is_no_claim(tmp_path: Path) -> None:
    test = """\
tests:
  - name: mixed up
    devices: {p1: booster_pump, s1: smoke_detector}
    series: {p1.running: true}
    expect: [{at: 0s, alarms: [smoke-fire/p1 unacknowledged]}]
"""

    (problem,) = said(tmp_path, test)

    assert "the rule smoke-fire does not watch p1, which is of the profile booster_pump; name a device that" in problem


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    test = """\
default: {}
tests:
  - name: one
    devices: {p1: booster_pump}
    rules: [pump-dryrun]
    series: {p1.flow: 1, p1.flo: 2}
    expect: [{at: 9s, alarms: [nothing]}]
  - {name: one}
  - 7
"""

    found = said(tmp_path, test)

    assert {each.split(": ", 1)[0] for each in found} == {
        "t.yaml:1:1",  # default
        "t.yaml:5:13",  # pump-dryrun
        "t.yaml:6:26",  # flo
        "t.yaml:7:32",  # nothing
        "t.yaml:8:5",  # no devices, nothing happens, nothing expected
        "t.yaml:8:12",  # the name of another
        "t.yaml:9:5",  # no test
    }, found


def test_a_test_has_the_keys_of_the_defaults_that_it_has_not_itself(tmp_path: Path) -> None:
    test = DRY.replace("  rules: [pump-dry-run]", "  rules: [pump-burst-pipe]\n  every: 1m")
    test = test.replace("    series:", "    rules: [pump-dry-run]\n    every: 1s\n    series:")

    assert said(tmp_path, f"{test}    expect: [{{at: 15s, alarms: [pump-dry-run/p1 unacknowledged]}}]\n") == []


@pytest.mark.parametrize("key", ["name", "expect", "serie"])
def test_defaults_have_no_name_and_expect_nothing(key: str, tmp_path: Path) -> None:
    (problem,) = said(tmp_path, DRY.replace("defaults:\n", f"defaults:\n  {key}: x\n") + EXPECT)

    assert problem.startswith(f"t.yaml:2:3: unknown key '{key}'")


def test_a_file_that_is_no_yaml_or_has_no_tests_is_told(tmp_path: Path) -> None:
    assert "this is not YAML" in said(tmp_path, "tests: [")[0]
    assert said(tmp_path, "tests: 3\n") == ["t.yaml:1:8: tests: this is not a list of tests; write one a dash"]


def test_a_start_that_the_clock_leaves_out_is_no_start(tmp_path: Path) -> None:
    zone = "    site: {timezone: Europe/Berlin}\n    start: START\n"
    test = DRY.replace("    series", zone + "    series") + EXPECT

    (problem,) = said(tmp_path, test.replace("START", "2026-03-29T02:30"))
    assert problem.startswith("t.yaml:7:12: there is no 2026-03-29T02:30 in Europe/Berlin: clocks are set forward then")
    for start in ("2026-03-29T03:00", "2026-10-25T02:30", "2026-10-25T02:30+02:00", "2026-10-25T01:30Z"):
        assert said(tmp_path, test.replace("START", start)) == []


SITE = """\
site: {id: riverside, name: {en: Riverside}}
include: [fan.yaml]
devices: [{id: f1, profile: fan}, {id: f2, profile: fan, expect_every: never}]
parameters: {longest: 5}
rules:
  - {id: fan-runs, applies_to: {profile: fan}, when: running && site.longest > 4, severity: info, title: {en: Runs}}
  - {id: second-fan-runs, applies_to: {profile: fan, devices: [f2]}, when: running, severity: info, title: {en: Runs}}
"""
OF_SITE = """\
tests:
  - name: a fan runs
    rules: [fan-runs, second-fan-runs]
    DEVICES
    series: {f2.running: true}
    expect: [{at: 0s, alarms: [fan-runs/f2 unacknowledged, second-fan-runs/f2 unacknowledged]}]
"""


def test_a_test_uses_the_devices_rules_profiles_and_parameters_of_a_site(tmp_path: Path) -> None:
    on = read_grounds(write(tmp_path, {"site.yaml": SITE, "fan.yaml": FAN}), None)

    assert said(tmp_path, OF_SITE.replace("DEVICES", "source: none"), on) == []
    assert said(tmp_path, OF_SITE.replace("DEVICES", "devices: {f2: fan}"), on) == []
    other = OF_SITE.replace("DEVICES", "site: {parameters: {longest: 3}}").replace("fan-runs/f2 unacknowledged, ", "")
    assert said(tmp_path, other, on) == []


def test_without_the_devices_that_it_names_a_rule_of_the_site_is_no_error_and_watches_nothing(tmp_path: Path) -> None:
    on = read_grounds(write(tmp_path, {"site.yaml": SITE, "fan.yaml": FAN}), None)

    found = said(tmp_path, OF_SITE.replace("DEVICES", "devices: {f9: fan}").replace("f2.", "f9."), on)

    assert "no rule 'second-fan-runs' watches a device of this test" in found[0]
    assert "there is no device 'f2'" in found[1]


def test_a_test_without_devices_needs_a_site(tmp_path: Path) -> None:
    (problem,) = said(tmp_path, "tests:\n  - {name: x, series: {f.a: 1}, expect: [{at: 0s, alarms: []}]}\n", grounds())

    assert problem == (
        "t.yaml:2:5: the test has no devices, and there is no site that has some;"
        " write devices: {p1: booster_pump}, or give --site"
    )
