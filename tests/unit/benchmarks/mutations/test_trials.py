"""A rule whose tests watch all of it, and what survives where one of them is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.mutations.__main__ import main

TEST = """\
tests:
  - name: a fault is told after ten seconds, and ends after thirty
    rules: [pump-fault]
    devices: {p1: booster_pump}
    series:
      p1.fault: false x10, true x20, false x41
    expect:
      - {at: 19s, alarms: []}
      - {at: 20s, alarms: [pump-fault/p1 unacknowledged]}
      - {at: 59s, alarms: [pump-fault/p1 unacknowledged]}
      - {at: 60s, alarms: [pump-fault/p1 returned]}
"""


def mutate(directory: Path, text: str, *, jobs: int = 1) -> int:
    (directory / "pumps.yaml").write_text(text, encoding="utf-8")
    return main(["pump-fault", "--tests", str(directory), "--jobs", str(jobs)])


@pytest.mark.parametrize("jobs", [1, 2])
def test_nothing_survives_where_tests_watch_both_sides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], jobs: int
) -> None:
    assert mutate(tmp_path, TEST, jobs=jobs) == 0
    assert "5 of 5 mutants of 1 rules caught, 100.0%" in capsys.readouterr().out


def test_what_no_test_watches_survives_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mutate(tmp_path, TEST.replace("      - {at: 19s, alarms: []}\n", "")) == 1

    said = capsys.readouterr().out
    assert " pump-fault — for: 10s → 8s" in said
    assert "rules/pumps.yaml:" in said
    assert "4 of 5 mutants of 1 rules caught, 80.0%" in said


def test_a_test_that_fails_without_any_change_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mutate(tmp_path, TEST.replace("at: 60s", "at: 61s").replace("at: 59s", "at: 60s")) == 1
    assert "fails without any change" in capsys.readouterr().out


def test_a_rule_without_a_test_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mutate(tmp_path, TEST.replace("pump-fault", "pump-dry-run").replace("p1.fault", "p1.running")) == 1
    assert "Rules without a test: 1\n\npump-fault" in capsys.readouterr().out


def test_a_rule_that_is_not_there_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pumps.yaml").write_text(TEST, encoding="utf-8")
    with pytest.raises(SystemExit) as error:
        main(["pump-faulty", "--tests", str(tmp_path)])

    assert error.value.code == 2
    assert "no shipped rule is called pump-faulty" in capsys.readouterr().err
