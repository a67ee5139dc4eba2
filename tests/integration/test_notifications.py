"""The whole gateway tells people: by a real mail server, and by a webhook, which are away at times."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import httpx
import pytest

from gateway import app
from gateway.clock import Clock
from gateway.core.kernel.times import HOUR, MINUTE, SECOND
from gateway.core.notices.ways import Channel
from gateway.settings import Settings
from gateway.site_files import load_configuration
from tests.integration.mailbox import Hook, MailServer
from tests.servers import HOST, Mosquitto, eventually, free_port

ROOT = Path(__file__).parents[2]
SECRET, SIREN = "a secret that both sides know", "trial/siren"


class House:
    """A gateway; without a broker, which is an alarm after a second where a test says so."""

    def __init__(
        self,
        directory: Path,
        mail: MailServer,
        hook: Hook,
        *,
        speed: float = 1.0,
        pumps: int = 1,
        broker_port: int | None = None,
        more: str = "",
    ) -> None:
        self.http = f"{HOST}:{free_port()}"
        self.clock = Clock(speed)
        site, channels = directory / "site.yaml", directory / "channels.yaml"
        site.write_text(
            "site: {id: trial, name: {en: Trial}}\ndevices:\n"
            + "".join(f"  - {{id: p{number}, profile: booster_pump}}\n" for number in range(1, pumps + 1))
            + "people:\n  - {id: ann, contact: [{email: ann@example.org}]}\n"
            f"  - {{id: cmms, contact: [{{webhook: '{hook.url}'}}]}}\n{more}"
        )
        channels.write_text(
            f"email: mailto://{HOST}:{mail.port}?from=gateway@example.org&to={{address}}\n"
            f"webhook: {{secret: {SECRET}}}\nsiren: {{topic: {SIREN}}}\n"
        )
        self._configuration = load_configuration(site)
        self._settings = Settings(
            site=site,
            data_dir=directory / "data",
            http=self.http,
            mqtt_port=broker_port or free_port(),
            channels=channels,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        running = asyncio.create_task(app.run(self._settings, self._configuration, stop=stop, clock=self.clock))
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

    async def hears(self) -> None:
        async def is_ready() -> bool:
            async with httpx.AsyncClient() as browser:
                try:
                    return (await browser.get(f"http://{self.http}/readyz")).is_success
                except httpx.HTTPError:
                    return False

        ready: bool = await eventually(is_ready, within=20, what="the gateway to hear")
        assert ready

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
    assert letter.subject == "[critical] The gateway receives nothing from any device: the gateway"
    assert letter.to == "ann@example.org"
    assert {each["key"] for each in notices} == {letter.id, posted.id}
    assert posted.is_signed_with(SECRET)
    assert posted.content["kind"] == "alarm raised"
    assert letter.body.splitlines()[-1].startswith("#")


async def test_a_siren_that_is_tested_is_off_when_its_time_is_over_and_with_ctrl_c(
    tmp_path: Path, mail: MailServer, hook: Hook, mosquitto: Mosquitto
) -> None:
    house = House(tmp_path, mail, hook, broker_port=mosquitto.port)
    # A shell starts its background jobs with SIGINT ignored, and so would be what they start.
    program = "import signal, gateway.cli as cli; signal.signal(signal.SIGINT, signal.default_int_handler); cli.main()"
    command = [sys.executable, "-c", program, "notify", "test", "--siren", "--url", f"http://{house.http}", "--for"]
    async with house.running(), aiomqtt.Client(HOST, mosquitto.port) as ear:
        await ear.subscribe(SIREN, qos=1)
        await house.hears()
        heard = aiter(ear.messages)
        for sound_for, is_interrupted in (("1s", False), ("1m", True)):
            running = await asyncio.create_subprocess_exec(*command, sound_for, stdout=asyncio.subprocess.PIPE)
            assert (await asyncio.wait_for(anext(heard), 20)).payload == b"ON"
            if is_interrupted:
                running.send_signal(signal.SIGINT)
            assert (await asyncio.wait_for(anext(heard), 20)).payload == b"OFF"
            said, _ = await asyncio.wait_for(running.communicate(), 20)
            assert (running.returncode == 0) is not is_interrupted
            assert ("switched off" in said.decode()) is not is_interrupted


DRY = """
rules:
  - id: dry
    applies_to: {profile: booster_pump}
    when: inlet_pressure < 0.05
    severity: critical
    title: {en: Dry}
notify: [{severity: critical, tell: [{person: ann}, {person: bob}, {person: cmms}], repeat: 20m}]
quiet_hours: {hours: ["03:00-03:01"]}
proof: {day: never}
"""


async def run_dry(broker: Mosquitto, *pumps: int) -> None:
    async with aiomqtt.Client(HOST, broker.port) as client:
        for pump in pumps:
            await client.publish(f"site/trial/booster_pump/p{pump}/telemetry", b'{"inlet_pressure": 0.01}', qos=1)


def once(ids: Iterable[str]) -> list[str]:
    """What a receiver counts that drops what it has taken before."""
    return list(dict.fromkeys(ids))


async def test_a_mail_server_and_a_webhook_away_for_an_hour_get_each_message_once_and_in_order(
    tmp_path: Path, mail: MailServer, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that runs 400 times as fast, with a restart after half an hour; then the webhook answers 500 at times,
    also when it has taken the message."""
    speed, pumps, hook = 400.0, 10, Hook(fails=0.4)
    monkeypatch.setattr("gateway.app.BLIND_FOR", 10**15)  # no alarm but those of the test
    bob = f"  - {{id: bob, contact: [{{email: bob@example.org}}, {{webhook: '{hook.url}'}}]}}\n"
    house = House(tmp_path, mail, hook, speed=speed, pumps=pumps, broker_port=mosquitto.port, more=bob + DRY)

    async def alarms(count: int) -> list[int]:
        async def found() -> list[int]:
            answer = await house.ask("GET", "/alarms?limit=1000") or {"alarms": []}
            numbers = [each["number"] for each in answer["alarms"] if each["rule"] == "dry"]
            return numbers if len(numbers) == count else []

        numbers: list[int] = await eventually(found, what=f"{count} alarms")
        return numbers

    async def half_an_hour(first: int) -> None:
        """Three alarms, and half an hour from the first on."""
        until = house.clock.now() + 30 * MINUTE
        for pump in range(first, first + 3):
            await run_dry(mosquitto, pump)
        await eventually(lambda: house.clock.now() >= until, what="half an hour")
        await alarms(first + 2)

    try:
        async with house.running():
            await house.hears()
            began = house.clock.now()
            await half_an_hour(1)
        async with house.running():  # what was under way is sent again, with the same ids
            await house.hears()
            await half_an_hour(4)
            assert house.clock.now() - began >= HOUR
            assert not mail.mails
            assert not hook.posted
            mail.start()
            hook.start()
            for pump in range(7, pumps + 1):
                await run_dry(mosquitto, pump)
                await alarms(pump)
            numbers = await alarms(pumps)

            async def told() -> bool:
                found = await house.notices(state="delivered", limit="1000")
                heard = {(each["person"], number) for each in found for number in each["alarms"]}
                return heard >= {(person, number) for person in ("ann", "bob", "cmms") for number in numbers}

            are_told: bool = await eventually(told, within=30, what="everybody to be told of each alarm")
            assert are_told
            hook.fails = 0.0

            async def all_ended() -> list[dict[str, Any]]:
                found = await house.notices(limit="1000")
                return found if all(each["ended_at"] for each in found) else []

            notices: list[dict[str, Any]] = await eventually(all_ended, within=30, what="the end of all notices")
    finally:
        await hook.stop()
    taken = {Channel.EMAIL: [each.id for each in mail.mails], Channel.WEBHOOK: hook.taken}
    assert all(each.is_signed_with(SECRET) for each in hook.posted)
    assert len(hook.taken) > len(once(hook.taken))  # some came twice, as a receiver must expect
    of = {state: [each for each in notices if each["state"] == state] for state in ("delivered", "failed", "withdrawn")}
    assert len(notices) == sum(map(len, of.values()))
    handed_on = {(each["person"], each["channel"], number) for each in of["failed"] for number in each["alarms"]}
    heard = {(each["person"], each["channel"], number) for each in of["delivered"] for number in each["alarms"]}
    assert {("bob", "email", number) for number in numbers[-3:]} <= handed_on  # those of the outage
    assert {("bob", "webhook", number) for _, _, number in handed_on if number in numbers} <= heard
    assert {each[:2] for each in handed_on} == {("bob", "email")}
    assert all("cannot be told" in each["title"] for each in of["withdrawn"])  # which was over by then
    for person, channel in (("ann", Channel.EMAIL), ("bob", Channel.EMAIL), ("cmms", Channel.WEBHOOK)):
        sent = [each for each in of["delivered"] if (each["person"], each["channel"]) == (person, channel)]
        assert {each["key"] for each in sent} <= {*taken[channel]}
        urgent = [
            each["key"] for each in sorted(sent, key=lambda each: int(each["number"])) if each["urgency"] == "wake"
        ]
        assert [key for key in once(taken[channel]) if key in urgent] == urgent


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
