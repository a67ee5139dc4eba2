"""The gateway is away, cut off, or its clock is set: people are told the same as without, but for what nobody heard."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.authoring.histories.files import DRY, said, told

RUNS = """\
defaults:
  devices: {p1: booster_pump}
  rules: [pump-dry-run]
tests:
  - name: away
    series:
      p1.running: true x100
      p1.inlet_pressure: 0.2 x10, 0.01 x20, 0.2 x70
    lasts: 5m
    do: [DEED]
"""
AWAY = ("restart: 7s", "restart: {for: 7s, kill: true}", "cut: 7s")


@pytest.mark.parametrize("away", AWAY)
def test_what_the_broker_kept_raises_the_alarm_when_the_gateway_is_back(away: str, tmp_path: Path) -> None:
    test = RUNS.replace("DEED", f"{{at: 12s, {away}}}") + (
        "    expect:\n"
        "      - {at: 12s, alarms: []}\n"
        "      - {at: 19s, alarms: [pump-dry-run/p1 unacknowledged], events: [pump-dry-run/p1 raised]}\n"
    )

    assert said(tmp_path, test) == []


@pytest.mark.parametrize("away", AWAY)
def test_an_alarm_that_stands_is_neither_told_again_nor_lost(away: str, tmp_path: Path) -> None:
    test = RUNS.replace("DEED", f"{{at: 16s, {away}}}, {{at: 28s, acknowledge: pump-dry-run/p1}}") + (
        "    expect:\n"
        "      - {at: 15s, events: [pump-dry-run/p1 raised], tickets: [P1 pump-dry-run/p1]}\n"
        "      - {at: 27s, events: [], tickets: [P1 pump-dry-run/p1], alarms: [pump-dry-run/p1 unacknowledged]}\n"
        "      - {at: 59s, events: [pump-dry-run/p1 acknowledged]}\n"
        "      - {at: 60s, events: [pump-dry-run/p1 returned], alarms: []}\n"
    )

    assert said(tmp_path, test) == []


@pytest.mark.parametrize("away", AWAY)
def test_a_pump_that_was_dry_only_while_the_gateway_was_away_is_told_late_and_returns(
    away: str, tmp_path: Path
) -> None:
    test = RUNS.replace("DEED", f"{{at: 9s, {away.replace('7s', '25s')}}}") + (
        "    expect:\n"
        "      - {at: 9s, alarms: []}\n"
        "      - {at: 34s, alarms: [pump-dry-run/p1 unacknowledged]}\n"
        "      - {at: 99s, alarms: [pump-dry-run/p1 returned]}\n"
    )

    assert said(tmp_path, test) == []


@pytest.mark.parametrize("away", AWAY)
def test_time_alone_raises_nothing_while_the_gateway_is_away(away: str, tmp_path: Path) -> None:
    test = RUNS.replace("0.01 x20, 0.2 x70", "0.01 x2, _ x88").replace("true x100", "true x12, _ x88")
    test = test.replace("DEED", f"{{at: 12s, {away}}}") + (
        "    expect:\n"
        "      - {at: 12s, alarms: []}\n"
        "      - {at: 22s, alarms: []}\n"  # 2 s heard, 3 s to go, and a minute in which its pump should speak first
        "      - {at: 80s, alarms: [pump-dry-run/p1 unacknowledged]}\n"
    )

    assert said(tmp_path, test) == []


ANY_AWAY = st.sampled_from(["restart: {length}s", "restart: {{for: {length}s, kill: true}}"])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 70), st.integers(1, 30), st.integers(1, 30), ANY_AWAY)
def test_people_are_told_the_same_at_the_same_times_with_a_restart_and_with_a_cut_of_that_length(
    tmp_path: Path, at: int, length: int, dry_for: int, restart: str
) -> None:
    test = RUNS.replace("0.01 x20", f"0.01 x{dry_for}") + "    expect: [{at: 5m, alarms: []}]\n"

    with_restart, with_cut = (
        told(tmp_path, test.replace("DEED", f"{{at: {at}s, {away.format(length=length)}}}"))
        for away in (restart, "cut: {length}s")
    )

    assert with_restart == with_cut


def test_people_act_and_clocks_are_set_while_the_broker_is_out_of_reach(tmp_path: Path) -> None:
    test = RUNS.replace(
        "DEED", "{at: 16s, cut: 20s}, {at: 18s, acknowledge: pump-dry-run/p1}, {at: 20s, clock: -1h}"
    ) + (
        "    expect:\n"
        "      - {at: 16s, events: [pump-dry-run/p1 raised]}\n"
        "      - {at: 18s, alarms: [pump-dry-run/p1 acknowledged], events: [pump-dry-run/p1 acknowledged]}\n"
        "      - {at: 35s, events: []}\n"
        "      - {at: 99s, alarms: [], events: [pump-dry-run/p1 returned]}\n"
    )

    assert said(tmp_path, test) == []


def test_a_person_acts_at_the_moment_at_which_the_gateway_is_back_and_before_it_is_gone(tmp_path: Path) -> None:
    test = RUNS.replace(
        "DEED",
        "{at: 21s, comment: pump-dry-run/p1, note: back}, {at: 16s, acknowledge: pump-dry-run/p1},"
        " {at: 16s, restart: 5s}, {at: 21s, cut: 1s}",
    ) + (
        "    expect:\n"
        "      - {at: 16s, alarms: [pump-dry-run/p1 acknowledged]}\n"
        "      - {at: 25s, alarms: [pump-dry-run/p1 acknowledged], tickets: [P1 pump-dry-run/p1]}\n"
    )

    assert said(tmp_path, test) == []


@pytest.mark.parametrize("by", ["-1h", "+1h", "-10s", "+2m"])
def test_delays_keep_their_length_when_the_clock_is_set(by: str, tmp_path: Path) -> None:
    test = RUNS.replace("DEED", f"{{at: 12s, clock: {by}}}").replace("DEED", "") + (
        "    expect:\n"
        "      - {at: 14s, alarms: []}\n"
        "      - {at: 15s, alarms: [pump-dry-run/p1 unacknowledged]}\n"
        "      - {at: 59s, alarms: [pump-dry-run/p1 unacknowledged]}\n"
        "      - {at: 60s, alarms: [pump-dry-run/p1 returned]}\n"
    )

    assert said(tmp_path, test) == []


@pytest.mark.parametrize(
    ("start", "first_hour_s"),
    [("2026-03-29T01:50", 600), ("2026-10-25T01:50", 7800)],
)
def test_hours_follow_the_clock_of_the_site_where_it_changes(start: str, first_hour_s: int, tmp_path: Path) -> None:
    test = f"""\
tests:
  - name: open at three
    devices: {{d1: booster_pump}}
    start: {start}
    every: 10s
    site:
      timezone: Europe/Berlin
      calendars: {{from-three: {{days: mon-sun, hours: "03:00-24:00"}}}}
      rules:
        - id: runs
          applies_to: {{profile: booster_pump}}
          when: running
          active: from-three
          severity: info
          title: {{en: Runs}}
    rules: [runs]
    series: {{d1.running: true x900}}
    expect:
      - {{at: {first_hour_s - 1}s, alarms: []}}
      - {{at: {first_hour_s + 10}s, alarms: [runs/d1 unacknowledged]}}
"""

    assert said(tmp_path, test) == []


def test_the_store_of_a_restart_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "temporary"
    home.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(home))

    said(tmp_path, DRY + "    do: [{at: 12s, restart: 5s}]\n    expect: [{at: 11s, alarms: []}]\n")

    assert [*home.iterdir()] == []
