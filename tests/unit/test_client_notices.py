"""The commands `notices` and `notify`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.client.connection import Connection
from gateway.core.kernel.events import Action
from gateway.core.notices.notice import NoticeState
from gateway.core.notices.part import Notices
from gateway.core.notices.requests import EndSirenTest, NoticeNotSent, NoticeSent, SendTest
from gateway.core.notices.ways import ALL_CHANNELS, SIREN
from tests.unit.api.house import House
from tests.unit.test_client import run, served


class Telling(House):
    """A house whose messages arrive, or with `refuses` do not."""

    refuses = False
    is_siren_needed = False

    async def act(self, action: Action) -> None:
        if isinstance(action, EndSirenTest) and self.is_siren_needed:
            await super().act(SendTest(key="other", way=SIREN, by="Ann"))
        await super().act(action)
        lines = self.engine.part(Notices)._book.lines
        for notice in lines.open():
            if notice.state is NoticeState.SENDING and not isinstance(action, NoticeSent | NoticeNotSent):
                number, by = notice.number, "the gateway"
                report = NoticeNotSent(number=number, reason="HTTP 410", is_final=True, by=by)
                await self.act(report if self.refuses else NoticeSent(number=number, by=by))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Telling]:
    with closing(Telling(tmp_path, channels=ALL_CHANNELS)) as house:
        yield house


@pytest.fixture
def url(house: Telling) -> Iterator[str]:
    with served(house.api) as url:
        yield url


def test_a_test_is_sent_and_its_outcome_printed(house: Telling, url: str) -> None:
    done = run("notify", "test", "--way", "email", "ann@example.org", url=url)
    assert (done.exit_code, done.stdout) == (0, "email ann@example.org: taken (notice 1)\n")
    house.refuses = True
    failed = run("notify", "test", "--way", "sms", "+86 21 5555 0100", "--by", "Li Wei", url=url)
    assert failed.exit_code == 1
    assert failed.stdout == "sms +86 21 5555 0100: failed after 1 attempt: HTTP 410 (notice 2)\n"
    as_json = run("notify", "test", "ann", "--json", url=url)
    assert [each["state"] for each in json.loads(as_json.stdout)["notices"]] == ["failed"]


def test_a_siren_sounds_for_a_moment_and_is_switched_off(url: str) -> None:
    done = run("notify", "test", "--siren", "--for", "1s", url=url)
    assert (done.exit_code, done.stdout) == (
        0,
        "siren site: taken (notice 1)\nsiren site: switched off (notice 2)\n",
    )


@pytest.mark.parametrize("problem", [KeyboardInterrupt(), RuntimeError("the terminal is gone")])
def test_a_siren_is_switched_off_also_with_ctrl_c_and_after_an_error(
    problem: BaseException, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(_seconds: float) -> None:
        raise problem

    monkeypatch.setattr("gateway.client.notices.time.sleep", sleep)
    assert run("notify", "test", "--siren", "--for", "30s", url=url).exit_code != 0
    monkeypatch.undo()
    (_, off, on) = run("notices", url=url).stdout.splitlines()
    assert ("Siren off" in off, "[test]" in on) == (True, True)


def test_ctrl_c_before_the_answer_switches_the_siren_off_too(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    post = Connection.post

    def interrupted(connection: Connection, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = post(connection, path, body)
        if path == "/notices/test":
            raise KeyboardInterrupt
        return answer

    monkeypatch.setattr(Connection, "post", interrupted)
    assert run("notify", "test", "--siren", "--for", "30s", url=url).exit_code != 0
    monkeypatch.undo()
    assert "Siren off" in run("notices", url=url).stdout.splitlines()[1]


def test_a_siren_that_refuses_is_told_to_be_off_all_the_same(house: Telling, url: str) -> None:
    house.refuses = True
    failed = run("notify", "test", "--siren", url=url)
    assert (failed.exit_code, failed.stdout.count("failed after 1 attempt: HTTP 410")) == (1, 2)


def test_a_siren_that_an_alarm_needs_is_left_on(house: Telling, url: str) -> None:
    house.is_siren_needed = True
    done = run("notify", "test", "--siren", "--for", "1s", url=url)
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (
        0,
        "siren: left on, as an alarm or another test needs it",
    )


@pytest.mark.parametrize("arguments", [(), ("ann", "--siren"), ("ann", "--for", "5s"), ("ann", "--within", "soon")])
def test_a_test_without_one_place_to_go_is_refused(arguments: tuple[str, ...], url: str) -> None:
    assert run("notify", "test", *arguments, url=url).exit_code == 2


def test_messages_are_listed_and_shown(house: Telling, url: str) -> None:
    house.refuses = True
    run("notify", "test", "--way", "sms", "+86 21 5555 0100", url=url)
    house.run_dry()
    listed = run("notices", url=url).stdout.splitlines()
    assert listed[0].split()[:3] == ["notice", "state", "since"]
    assert any("[critical] Running dry: Pump 1" in line for line in listed)
    (_, failed) = run("notices", "--failed", url=url).stdout.splitlines()
    assert "HTTP 410" in failed
    assert run("notices", "--alarm", "7", url=url).stdout == "nobody was told of anything\n"
    shown = run("notices", "show", "1", url=url).stdout
    assert "sms +86 21 5555 0100" in shown
    assert "HTTP 410" in shown
    assert "alarm raised, told, email:bob@example.org" in run("alarms", "show", "1", url=url).stdout
    assert run("notices", "--failed", "--state", "waiting", url=url).exit_code == 2
    assert json.loads(run("notices", "show", "1", "--json", url=url).stdout)["number"] == 1
    assert len(json.loads(run("notices", "--json", url=url).stdout)["notices"]) > 1
