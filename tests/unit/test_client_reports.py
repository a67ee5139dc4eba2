"""The command `reports`, against a real server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.unit.api.house import House
from tests.unit.photos.pictures import phone_photo
from tests.unit.test_client import run, served

ZHAO = ("--name", "Ms Zhao", "--email", "zhao@example.org")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(House(tmp_path)) as house:
        yield house


@pytest.fixture
def url(house: House) -> Iterator[str]:
    with served(house.api) as url:
        yield url


def said(*arguments: str, url: str) -> str:
    """What `reports` prints when it works."""
    result = run("reports", *arguments, url=url)
    assert result.exit_code == 0, (result.output, result.exception)
    return str(result.stdout)


def facts(text: str) -> dict[str, str]:
    """What is said of one report."""
    head = text.split("\n\n", maxsplit=1)[0]
    return dict(re.split(r" {2,}", line, maxsplit=1) for line in head.splitlines() if not line.startswith(" "))


def test_a_report_is_sent_listed_and_shown(house: House, url: str, tmp_path: Path) -> None:
    assert said(url=url) == "no open reports\n"
    photo = tmp_path / "leak.jpg"
    photo.write_bytes(phone_photo())
    sent = said("send", "b1.pumps", "Water comes from under the door", *ZHAO, "--photo", str(photo), url=url)
    assert sent.startswith("report 1 is ")
    assert ": fault, water, P3, for " in sent
    house.run_dry()  # the ticket of an alarm is no report
    (heading, row) = said(url=url).splitlines()
    assert re.split(r" {2,}", heading) == [
        *("report", "prio", "state", "category", "about", "title", "reported by", "age"),
    ]
    cells = re.split(r" {2,}", row)
    assert (cells[0], cells[1], cells[3]) == ("1", "P3", "water")
    assert cells[4:7] == ["Pump room (location:b1.pumps)", "Water comes from under the door", "Ms Zhao"]
    for shown in (said("show", "1", url=url), said("1", url=url)):
        told = facts(shown)
        assert (told["text"], told["taken for"]) == ("Water comes from under the door", "fault, water, P3")
        assert told["why"] == 'by the words "water"'
        assert told["reported by"] == "Ms Zhao, email zhao@example.org"
        begin, _, name = told["photos"].rpartition("/")
        assert begin == f"{url}/api/v1/photos"
        assert house.photos.find(name) is not None
        assert "Ms Zhao (reporter)" in shown
    assert said("--category", "elevator", url=url) == "no open reports\n"
    assert said("--category", "elevator", "--state", "all", url=url) == "no reports\n"


def test_a_report_with_a_key_is_sent_again_without_harm(url: str) -> None:
    first, again = (said("send", "pump-1", "It is loud", "--key", "desk-1", "--json", url=url) for _ in range(2))
    assert json.loads(first) == json.loads(again)
    assert [each["number"] for each in json.loads(said("--json", url=url))["tickets"]] == [1]
    assert json.loads(said("show", "1", "--json", url=url))["description"] == "It is loud"


def test_a_text_is_classified_and_opens_nothing(url: str) -> None:
    told = facts(said("classify", "Somebody is stuck in the lift", url=url))
    assert (told["priority"], told["complaint"]) == ("P1", "no")
    assert "stuck in the lift" in told["by the words"]
    assert facts(said("classify", "Hm", url=url))["by the words"] == "none says what it is about"
    assert json.loads(said("classify", "电梯困人", "--json", url=url))["priority"] == "P1"
    assert said(url=url) == "no open reports\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("send", "nowhere", "Dark"), "nowhere"),
        (("send", "b1", " "), "text"),
        (
            ("send", "b1", "Dark", "--email", "a@example.org", "--phone", "+86 21 5555 0199"),
            "either --email or --phone",
        ),
        (("send", "b1", "Dark", "--email", "at the door"), "contact"),
        (("send", "b1", "Dark", "--photo", "missing.jpg"), "missing.jpg"),
        (("show", "7"), "7"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_opens_nothing(
    arguments: tuple[str, ...], sentence: str, url: str
) -> None:
    result = run("reports", *arguments, url=url)
    assert result.exit_code != 0
    assert sentence in f"{result.output} {result.exception}"
    assert said(url=url) == "no open reports\n"


@pytest.mark.parametrize("command", [(), ("show",), ("send",), ("classify",)])
def test_each_command_has_examples(command: tuple[str, ...]) -> None:
    shown = run("reports", *command, "--help").stdout
    assert "facility-gateway reports" in shown
    assert "--json" in shown
