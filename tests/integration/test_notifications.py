"""The whole gateway tells people: by a real mail server, and by a webhook, which are away at times."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
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

        await eventually(delivered, what="both reports")
        notices = await delivered()
    (letter,), (posted,) = mail.mails, hook.posted
    assert letter.subject == "[critical] The gateway receives nothing from any device: gateway:self"
    assert letter.to == "ann@example.org"
    assert {each["key"] for each in notices} == {letter.id, posted.headers["X-Gateway-Id"]}
    stamp = posted.headers["X-Gateway-Timestamp"]
    expected = hmac.new(SECRET.encode(), stamp.encode() + b"." + posted.body, hashlib.sha256).hexdigest()
    assert posted.headers["X-Gateway-Signature"] == f"sha256={expected}"
    assert posted.content["kind"] == "alarm raised"
    assert letter.body.splitlines()[-1].startswith("#")
