"""The commands about groups of devices, against a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.unit.api.house import BOTH_LOW, House
from tests.unit.test_client import refusal, run, served

PUMPS = "group:profile=pump"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house with a rule over both pumps, of which one has reported."""
    with closing(House(tmp_path, more_rules=[BOTH_LOW])) as house:
        house.say("pump-1", pressure=0.15)
        yield house


@pytest.fixture
def url(house: House) -> Iterator[str]:
    """Where its API is."""
    with served(house.api) as url:
        yield url


def words(*arguments: str, url: str) -> list[list[str]]:
    result = run(*arguments, url=url)
    assert result.exit_code == 0, result.output
    return [line.split() for line in str(result.stdout).splitlines()]


def test_groups_are_listed_with_state_and_members(url: str) -> None:
    assert words("groups", url=url) == [
        ["group", "rule", "state", "values", "counted", "unknown", "members"],
        [PUMPS, "both-low", "degraded", "devices", "1?", "1", "1", "2"],
    ]
    assert words("groups", "--state", "normal", url=url) == [["no", "groups"]]


def test_one_group_is_shown_with_what_is_known_of_each_member(house: House, url: str) -> None:
    house.say("pump-1", pressure=0.5)
    house.later(30)
    assert words("groups", PUMPS, url=url) == [
        [PUMPS, "of", "both-low:", "degraded;", "devices", "1?"],
        ["device", "name", "counts", "devices", "unknown", "ended"],
        ["pump-1", "Pump", "1", "yes", "false", "—", "30", "s"],
        ["pump-2", "pump-2", "no", "—", "never", "reported", "—"],
    ]
    answer = json.loads(run("groups", PUMPS, "--json", url=url).stdout)
    assert answer["groups"][0]["subject"] == PUMPS


def test_why_explains_a_group_and_shows_its_members(url: str) -> None:
    shown = run("why", "both-low", PUMPS, url=url).stdout
    assert shown.startswith(f"both-low on {PUMPS}: No pump delivers\n  No alarm stands.\n")
    assert "never reported" in shown.splitlines()[-1]


def test_a_device_shows_the_alarm_of_its_group(house: House, url: str) -> None:
    assert words("devices", "pump-2", url=url)[-1] == ["no", "alarm", "stands"]
    house.say("pump-2", pressure=0.15)
    assert words("devices", "pump-2", url=url)[-2:] == [
        ["alarm", "severity", "state", "group", "counts", "rule", "title"],
        ["1", "critical", "unacknowledged", PUMPS, "yes", "both-low", "No", "pump", "delivers"],
    ]
    assert words("alarms", "--device", "pump-2", url=url)[1][:4] == ["1", "critical", "unacknowledged", PUMPS]
    assert f"pump-2 counts in {PUMPS}, on which alarm 1 stands" in run("why", "dry-run", "pump-2", url=url).stdout


def test_a_rule_is_shelved_on_one_group(url: str) -> None:
    terms = ("--by", "Li Wei", "--reason", "drill", "--for", "1h")
    assert run("alarms", "shelve", "--rule", "both-low", "--subject", PUMPS, *terms, url=url).exit_code == 0
    assert PUMPS in run("alarms", "shelved", url=url).stdout
    result = run("alarms", "shelve", "--device", "pump-1", "--subject", PUMPS, *terms, url=url)
    assert result.exit_code == 2
    assert "--subject goes with --rule" in result.stderr
    assert "no rule has a group 'zone:nope'" in refusal(
        "alarms", "shelve", "--rule", "both-low", "--subject", "zone:nope", *terms, url=url
    )
