"""What a rule test shows that fails."""

from __future__ import annotations

from pathlib import Path

from tests.unit.authoring.histories.files import DRY, said


def test_a_failure_shows_the_values_around_it_and_why_the_rule_says_so(tmp_path: Path) -> None:
    test = (
        DRY
        + "    expect:\n      - {at: 14s, alarms: [pump-dry-run/p1 unacknowledged], events: [pump-dry-run/p1 raised]}\n"
    )

    explained, brief = said(tmp_path, test)

    assert explained.splitlines() == [
        "t.yaml:10:27: dry: at 14s, alarms: pump-dry-run/p1 unacknowledged is missing",
        "    expected  pump-dry-run/p1 unacknowledged",
        "    got       nothing",
        "",
        "                              10s   11s   12s   13s  [14s]   15s   16s",
        "    p1.running               true  true  true  true   true  true  true",
        "    p1.inlet_pressure (MPa)  0.01  0.01  0.01  0.01   0.01  0.01  0.01",
        "",
        "    pump-dry-run on p1; for 4s, clear_for 30s",
        "      No alarm stands.",
        "      Its condition holds: running (true) && max(inlet_pressure (0.01 MPa), before (0.01 MPa))"
        " < dry_run_pressure (0.02 MPa)",
        "      3 s of the 4 s of `for` have passed: the alarm is raised in 1 s if nothing changes.",
        "      p1 was heard 0 s ago.",
        "      There was no earlier alarm.",
    ]
    assert brief.splitlines() == [
        "t.yaml:10:69: dry: at 14s, events: pump-dry-run/p1 raised is missing",
        "    expected  pump-dry-run/p1 raised",
        "    got       nothing",
    ]


def test_what_was_told_before_is_shown_and_what_was_not_sent(tmp_path: Path) -> None:
    test = DRY.replace("0.2 x30", "0.2..0.3 x3, _ x2, null x2, 0.25 x23") + (
        "    do: [{at: 20s, acknowledge: pump-dry-run/p1}]\n    expect: [{at: 35s, alarms: []}]\n"
    )

    (problem,) = said(tmp_path, test)

    assert problem.splitlines()[:7] == [
        "t.yaml:10:32: dry: at 35s, alarms: pump-dry-run/p1 acknowledged is not expected",
        "    expected  nothing",
        "    got       pump-dry-run/p1 acknowledged",
        "    told      pump-dry-run/p1 raised at 15s, pump-dry-run/p1 acknowledged at 20s",
        "",
        "                              31s   32s   33s   34s  [35s]   36s   37s",
        "    p1.running               true  true  true  true   true  true  true",
    ]
    assert problem.splitlines()[7].split() == [
        "p1.inlet_pressure",
        "(MPa)",
        *["0.25", "0.3", "_", "_", "null", "null", "0.25"],
    ]
    assert "Its end (clear_when) holds" in problem
    assert "of the 30 s of `clear_for` have passed: the alarm returns in" in problem


def test_messages_that_are_written_out_are_shown_as_they_were_sent(tmp_path: Path) -> None:
    test = """\
tests:
  - name: smoke
    rules: [smoke-fire]
    devices: {smoke-1: {profile: smoke_detector, dialect: zigbee2mqtt}}
    messages: [{at: 3s, topic: zigbee2mqtt/smoke-1, json: {smoke: true, battery: 90}}]
    expect: [{at: 3s, alarms: []}]
"""

    (problem,) = said(tmp_path, test)

    assert '    3s  zigbee2mqtt/smoke-1  {"smoke": true, "battery": 90}' in problem.splitlines()
    assert "smoke-fire on smoke-1" in problem


def test_the_silence_of_a_device_is_explained(tmp_path: Path) -> None:
    test = """\
tests:
  - name: silent
    rules: [silent]
    devices: {p1: {profile: booster_pump, expect_every: 10s}}
    every: 10s
    series: {p1.running: "true, _ x10"}
    expect: [{at: 100s, alarms: []}]
"""

    (problem,) = said(tmp_path, test)

    assert "silent on p1" in problem
    assert "it is expected every 10s, and three were missed." in problem


def test_ten_events_are_cut_to_the_latest(tmp_path: Path) -> None:
    test = """\
tests:
  - name: it comes and goes
    rules: [runs]
    devices: {p1: booster_pump}
    site: {rules: [{id: runs, applies_to: {profile: booster_pump}, when: running, severity: info, chatter: never,
                    title: {en: Runs}}]}
    series: {p1.running: "true, false, true, false, true, false, true, false, true, false"}
    expect: [{at: 9s, alarms: []}]
"""

    (problem,) = said(tmp_path, test)

    assert "    told      … runs/p1 raised at 4s, runs/p1 returned at 5s, " in problem
