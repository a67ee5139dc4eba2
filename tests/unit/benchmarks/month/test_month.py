"""A day of the month, with fewer devices."""

from __future__ import annotations

import json

import pytest

from benchmarks.month.__main__ import Result, main, run


@pytest.fixture(scope="module")
def day() -> Result:
    return run(days=1, devices=40, seed=1)


def test_no_fault_of_the_day_is_missed(day: Result) -> None:
    assert len(day.judgements) > 2
    assert [f"{each.fault.device} {each.fault.kind}" for each in day.missed] == []


def test_no_alarm_of_the_day_is_false(day: Result) -> None:
    assert [(each.rule, each.subject) for each in day.unexplained] == []


def test_a_day_has_a_reading_of_each_device_every_five_minutes(day: Result) -> None:
    assert day.messages > 280 * day.devices


def test_the_same_seed_gives_the_same_report(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--days", "1", "--devices", "24", "--seed", "5", "--json"])
    first = json.loads(capsys.readouterr().out)
    main(["--days", "1", "--devices", "24", "--seed", "5", "--json"])
    again = json.loads(capsys.readouterr().out)

    for report in (first, again):
        del report["seconds"], report["cpu_seconds"]
    assert first == again
    assert first["faults"]
