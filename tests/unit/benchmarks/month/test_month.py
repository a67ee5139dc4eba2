"""A day of the month, with one device of each class."""

from __future__ import annotations

import dataclasses
import json

import pytest

from benchmarks.month import __main__ as month
from benchmarks.month.__main__ import Result, main, run

DEVICES, SEED = 24, 1


@pytest.fixture(scope="module")
def day() -> Result:
    return run(days=1, devices=DEVICES, seed=SEED)


def test_no_fault_of_the_day_is_missed(day: Result) -> None:
    assert len(day.judgements) > 2
    assert [f"{each.fault.device} {each.fault.kind}" for each in day.missed] == []


def test_no_alarm_of_the_day_is_false(day: Result) -> None:
    assert [(each.rule, each.subject) for each in day.unexplained] == []


def test_a_day_has_a_reading_of_each_device_every_five_minutes(day: Result) -> None:
    assert day.messages > 280 * day.devices


def test_the_same_seed_gives_the_same_day(day: Result) -> None:
    again = run(days=1, devices=DEVICES, seed=SEED)

    assert (again.messages, again.load) == (day.messages, day.load)
    assert again.judgements == day.judgements


def test_a_report_has_each_fault_and_a_missed_one_fails(
    day: Result, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def of_today(*, days: int, devices: int, seed: int) -> Result:
        assert (days, devices, seed) == (1, DEVICES, SEED)
        return shown

    monkeypatch.setattr(month, "run", of_today)
    arguments = ["--days", "1", "--devices", str(DEVICES), "--seed", str(SEED)]

    shown = dataclasses.replace(day, seconds=1.0)
    assert main([*arguments, "--json"]) == 0
    faults = json.loads(capsys.readouterr().out)["faults"]
    assert [(each["device"], each["kind"]) for each in faults] == [
        (each.fault.device, each.fault.kind) for each in day.judgements
    ]

    first, *others = day.judgements
    shown = dataclasses.replace(shown, judgements=[dataclasses.replace(first, told=None), *others])
    assert main(arguments) == 1
    assert "missed 1" in capsys.readouterr().out
