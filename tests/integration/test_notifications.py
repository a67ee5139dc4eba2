"""The whole gateway tells people: by a real mail server, and by a webhook, which are away at times."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway import app
from gateway.clock import Clock
from gateway.core.kernel.times import SECOND
from gateway.settings import Settings
from gateway.site_files import load_configuration
from tests.integration.mailbox import Hook, MailServer
from tests.servers import HOST, eventually, free_port

ROOT = Path(__file__).parents[2]
SECRET = "a secret that both sides know"


class House:
    """A gateway without a broker, which is an alarm after a second."""

    def __init__(self, directory: Path, mail: MailServer, hook: Hook, *, speed: float = 1.0, more: str = "") -> None:
        self.http = f"{HOST}:{free_port()}"
        self.speed = speed
        site, channels = directory / "site.yaml", directory / "channels.yaml"
        site.write_text(
            "site: {id: trial, name: {en: Trial}}\ndevices: [{id: p1, profile: booster_pump}]\n"
            "people:\n  - {id: ann, contact: [{email: ann@example.org}]}\n"
            f"  - {{id: cmms, contact: [{{webhook: '{hook.url}'}}]}}\n{more}"
        )
        channels.write_text(
            f"email: mailto://{HOST}:{mail.port}?from=gateway@example.org&to={{address}}\n"
            f"webhook: {{secret: {SECRET}}}\n"
        )
        self._configuration = load_configuration(site)
        self._settings = Settings(
            site=site, data_dir=directory / "data", http=self.http, mqtt_port=free_port(), channels=channels
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        stop, clock = asyncio.Event(), Clock(self.speed)
        running = asyncio.create_task(app.run(self._settings, self._configuration, stop=stop, clock=clock))
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait_for(running, 10)

    async def ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 — JSON
        async with httpx.AsyncClient(base_url=f"http://{self.http}") as browser:
            try:
                return (await browser.request(method, f"/api/v1{path}", json=body)).json()
            except httpx.HTTPError:
                return None

    async def notices(self, **wanted: str) -> list[dict[str, Any]]:
        answer = await self.ask("GET", f"/notices?{'&'.join(f'{name}={value}' for name, value in wanted.items())}")
        return list(answer["notices"]) if answer else []


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    server = Hook()
    yield server
    await server.stop()


async def test_an_alarm_is_told_by_mail_and_by_a_signed_webhook(
    tmp_path: Path, mail: MailServer, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.app.BLIND_FOR", SECOND)
    mail.start()
    hook.start()
    house = House(tmp_path, mail, hook)
    async with house.running():
        await eventually(lambda: mail.mails and hook.posted, within=20, what="both messages")

        async def delivered() -> list[dict[str, Any]]:
            found = await house.notices(state="delivered")
            return found if len(found) == 2 else []

        notices: list[dict[str, Any]] = await eventually(delivered, what="both reports")
    (letter,), (posted,) = mail.mails, hook.posted
    assert letter.subject == "[critical] The gateway receives nothing from any device: gateway:self"
    assert letter.to == "ann@example.org"
    assert {each["key"] for each in notices} == {letter.id, posted.headers["X-Gateway-Id"]}
    stamp = posted.headers["X-Gateway-Timestamp"]
    expected = hmac.new(SECRET.encode(), stamp.encode() + b"." + posted.body, hashlib.sha256).hexdigest()
    assert posted.headers["X-Gateway-Signature"] == f"sha256={expected}"
    assert posted.content["kind"] == "alarm raised"
    assert letter.body.splitlines()[-1].startswith("#")


async def test_what_was_away_for_ten_minutes_and_a_restart_gets_each_message_in_order(
    tmp_path: Path, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that runs 100 times as fast."""
    speed, hook = 100.0, Hook(fails=0.4)
    monkeypatch.setattr("gateway.app.BLIND_FOR", 10**15)  # no alarm but those of the test
    monkeypatch.setattr("gateway.channels.webhook.WITHIN_S", 2.0)
    people = f"  - {{id: bob, contact: [{{email: bob@example.org}}, {{webhook: '{hook.url}'}}]}}\n"
    house = House(tmp_path, mail, hook, speed=speed, more=people + "proof: {day: never}\n")
    keys: list[str] = []
    try:
        async with house.running():
            await eventually(lambda: house.ask("GET", "/site"), what="the API")
            for person in ("ann", "bob", "cmms"):
                for _ in range(4):
                    answer = await house.ask("POST", "/notices/test", {"person": person, "by": "Li Wei"})
                    keys += [each["key"] for each in answer["notices"]]
            await asyncio.sleep(10 * 60 / speed)  # many attempts have failed
            assert not mail.mails
            assert not hook.posted
        async with house.running():  # what was under way is sent again, with the same ids
            mail.start()
            hook.start()

            async def all_ended() -> list[dict[str, Any]]:
                found = await house.notices(limit="1000")
                return found if found and all(each["ended_at"] for each in found) else []

            notices: list[dict[str, Any]] = await eventually(all_ended, within=60, what="the end of all notices")
    finally:
        await hook.stop()
    assert {each["state"] for each in notices} == {"delivered"}
    assert {each["key"] for each in notices} == {*keys}
    mailed = [each.id for each in mail.mails]
    assert {*mailed, *hook.taken} == {*keys}
    for address in ("ann@example.org", "bob@example.org"):
        got = [each.id for each in mail.mails if each.to == address]
        assert list(dict.fromkeys(got)) == [key for key in dict.fromkeys(keys) if key in got]
    assert list(dict.fromkeys(hook.taken)) == [key for key in dict.fromkeys(keys) if key in hook.taken]


async def test_a_webhook_that_says_never_is_given_up_at_once_and_the_mail_is_sent(
    tmp_path: Path, mail: MailServer, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.app.BLIND_FOR", SECOND)
    mail.start()
    hook.answer = (410, {})
    hook.start()
    more = f"  - {{id: dan, contact: [{{webhook: '{hook.url}'}}, {{email: dan@example.org}}]}}\n"
    more += "notify: [{severity: critical, tell: [{person: dan}]}]\n"
    house = House(tmp_path, mail, hook, more=more)
    async with house.running():
        await eventually(lambda: mail.mails, within=20, what="the mail")

        async def failed() -> list[dict[str, Any]]:
            return await house.notices(state="failed")

        found: list[dict[str, Any]] = await eventually(failed, what="the notice that was given up")
    assert [each.to for each in mail.mails] == ["dan@example.org"]
    (notice,) = found
    assert notice["error"] == "HTTP 410 Gone"
    assert mail.mails[0].id == notice["key"]


async def test_a_mail_server_that_never_answers_holds_up_neither_others_nor_the_end_of_the_gateway(
    tmp_path: Path, mail: MailServer, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.app.BLIND_FOR", SECOND)
    taken: list[asyncio.StreamWriter] = []

    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(writer)

    hook.start()
    server = await asyncio.start_server(say_nothing, HOST, mail.port)
    house = House(tmp_path, mail, hook)
    try:
        async with house.running():
            await eventually(lambda: taken and hook.posted, within=20, what="the webhook's message")
            begun = time.monotonic()
        assert time.monotonic() - begun < 5
    finally:
        for writer in taken:
            writer.transport.abort()
        server.close()


def test_a_gateway_whose_file_of_channels_is_wrong_does_not_start_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("site: {id: s, name: {en: S}}\ndevices: [{id: p1, profile: booster_pump}]\n")
    (tmp_path / "channels.yaml").write_text("email: mailto://user:secret@mail.example.org\n")
    environment = {
        "GATEWAY_SITE": str(tmp_path / "site.yaml"),
        "GATEWAY_DATA_DIR": str(tmp_path / "data"),
        "GATEWAY_CHANNELS": str(tmp_path / "channels.yaml"),
        "GATEWAY_HTTP": f"{HOST}:{free_port()}",
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "-m", "gateway", "run"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "email: the URL has no {address}" in done.stderr
    assert "secret" not in done.stdout + done.stderr
