"""The command line, as far as it needs no broker."""

import json
import re
import sys
from pathlib import Path

import pytest

from simulators import cli
from simulators.catalogue import DeviceClass


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of `python -m simulators` with these arguments."""
    monkeypatch.setattr(sys, "argv", ["simulators", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_faults_are_listed_with_a_sentence_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "faults") == 0
    assert re.search(r"^booster_pump +dry_run +The inlet falls", capsys.readouterr().out, re.MULTILINE)


def test_faults_are_listed_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(monkeypatch, "faults", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert set(listed) == {str(kind) for kind in DeviceClass}
    assert set(listed["nfc_reader"]) == {"missing_point", "late_point"}


def test_dialects_are_listed_by_the_class_that_speaks_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "dialects") == 0
    assert re.search(r"^hydrant_pressure +milesight_em500_pp +Mile", capsys.readouterr().out, re.MULTILINE)
    assert command(monkeypatch, "dialects", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert set(listed) == {str(kind) for kind in DeviceClass}
    assert set(listed["camera_event"]) == {"native", "frigate"}


def test_a_mistake_in_a_file_is_one_line_and_exit_code_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert command(monkeypatch, "run", str(tmp_path / "none.yaml")) == 1
    said = capsys.readouterr()
    assert said.err == f"error: {tmp_path}/none.yaml: cannot be read: No such file or directory\n"
    assert said.out == ""


@pytest.mark.parametrize("wrong", [["--speed", "0"], ["--speed", "fast"], ["--for", "20"], ["--no-such-option"]])
def test_wrong_usage_is_exit_code_two(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wrong: list[str]
) -> None:
    assert command(monkeypatch, "run", "fleet.yaml", *wrong) == 2
    assert wrong[0] in capsys.readouterr().err


@pytest.mark.parametrize("name", ["run", "replay"])
def test_help_shows_an_example(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert command(monkeypatch, name, "--help") == 0
    assert f"python -m simulators {name}" in capsys.readouterr().out
