"""Commands that are given a file, a device or a number in the wrong place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperCommand, TyperGroup
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.misplaced import OptionsOnly, ShowsByNumber


def run(line: str) -> Result:
    return CliRunner().invoke(app, line.split())


def commands(command: object) -> Iterator[TyperCommand | TyperGroup]:
    """All commands below this one."""
    if isinstance(command, TyperGroup):
        for each in command.commands.values():
            yield from commands(each)
        yield command
    elif isinstance(command, TyperCommand):
        yield command


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("check site.yaml", "check takes no argument: write --site site.yaml"),
        ("check --strict other/site.yml", "check takes no argument: write --site other/site.yml"),
        ("run site.yaml", "run takes no argument: write --site site.yaml"),
        ("settings gateway.yaml", "settings takes no argument: write --settings gateway.yaml"),
        ("demo 2m", "demo takes no argument: write --for 2m"),
        ("decode message.json", "decode takes no argument, only options"),
        ("scans nfc-lobby", "scans takes no argument: write --device nfc-lobby"),
        (
            "maintenance start lift-b1-1 --by Li --for 1h --reason Ropes",
            "maintenance start takes no argument: write --device lift-b1-1",
        ),
        ("maintenance list lift-b1-1", "maintenance list takes no argument, only options"),
        ("alarms shelved 7", "alarms shelved takes no argument, only options"),
        ("tickets list", "tickets lists by itself: leave out list"),
        ("notices list --failed", "notices lists by itself: leave out list"),
        ("rejects messages 7", "rejects messages takes no argument, only options"),
    ],
)
def test_a_word_that_has_no_place_is_an_error_that_names_its_place(line: str, says: str) -> None:
    result = run(line)
    assert result.exit_code == 2
    assert says in " ".join(result.output.split())


def test_a_command_that_is_spelled_wrong_is_still_corrected() -> None:
    assert "Did you mean 'show'?" in run("alarms shwo").output


def test_each_command_without_arguments_says_where_a_word_belongs() -> None:
    found = [
        each
        for each in commands(typer.main.get_command(app))
        if not isinstance(each, TyperGroup) and all(param.param_type_name == "option" for param in each.params)
    ]
    assert len(found) > 5
    assert [each.name for each in found if not isinstance(each, OptionsOnly)] == []


def test_each_list_that_shows_one_by_its_number_says_so() -> None:
    found = [each for each in commands(typer.main.get_command(app)) if isinstance(each, TyperGroup)]
    showing = [each for each in found if "show" in each.commands]
    assert {"alarms", "tickets", "rejects"} <= {each.name for each in showing}
    assert [each.name for each in showing if not isinstance(each, ShowsByNumber)] == []
