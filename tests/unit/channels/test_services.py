"""The services of Apprise: what is sent, what is final, and what a server that hangs holds up."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from pathlib import Path

import pytest
import requests
from aiosmtpd.controller import Controller

from gateway.channels.outcome import NotSent
from gateway.channels.services import AppriseSender
from gateway.core.notices.ways import Channel
from gateway.errors import SettingsError
from tests.integration.mailbox import Hook
from tests.servers import HOST, eventually, free_port
from tests.unit.channels.test_senders import MESSAGE, to

ROOT = Path(__file__).parents[3]


def test_a_url_without_a_place_for_the_address_or_of_no_service_is_refused_and_not_shown() -> None:
    for url in ("mailto://u:secret@h?to=x@example.org", "nonsense://u:secret@h/{address}"):
        with pytest.raises(SettingsError, match="email:") as found:
            AppriseSender("email", url, example="nobody@example.org")
        assert "secret" not in str(found.value)


async def test_a_service_that_does_not_answer_is_not_sent_with_what_it_said() -> None:
    sender = AppriseSender("email", "json://127.0.0.1:9/{address}", example="x")
    failure = await sender.send(MESSAGE)
    assert failure is not None
    assert not failure.is_final
    assert "Connection" in failure.reason


SMS = "twilio://AC00000000000000000000000000000000:00000000000000000000000000000000@12025550100/{address}"


@pytest.mark.parametrize("url", [SMS, f"{SMS}?method=call"])
async def test_a_number_that_is_none_is_final_and_nothing_is_sent_to_the_gateways_own(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[str] = []
    monkeypatch.setattr("requests.post", lambda url, **_: posted.append(url))
    failure = await AppriseSender("sms", url, example="+8613800000000").send(to("12", Channel.SMS))
    assert failure is not None
    assert failure.is_final
    assert "12" in failure.reason
    assert not posted


@pytest.mark.parametrize(
    ("answer", "is_final"),
    [("550 5.1.1 no such user", True), ("450 4.2.1 try again later", False), ("421 going down", False)],
)
async def test_a_mailbox_that_a_server_does_not_know_is_final_and_one_that_is_busy_is_not(
    answer: str, is_final: bool
) -> None:
    async def refuse(*_: object) -> str:
        return answer

    server = Controller(type("Refusing", (), {"handle_RCPT": refuse})(), hostname=HOST, port=free_port())
    server.start()
    try:
        sender = AppriseSender("email", f"mailto://{HOST}:{server.port}?from=a@b.org&to={{address}}", example="c@d.org")
        failure = await sender.send(to("nobody@example.org", Channel.EMAIL))
    finally:
        server.stop()
    assert failure is not None
    assert failure.is_final is is_final
    assert "nobody@example.org" in failure.reason
    assert answer[4:] in failure.reason


@pytest.mark.parametrize(("status", "is_final"), [(404, True), (401, True), (429, False), (503, False)])
async def test_the_status_of_an_http_service_is_final_as_that_of_a_webhook(status: int, is_final: bool) -> None:
    hook = Hook()
    hook.answer = (status, {})
    hook.start()
    try:
        failure = await AppriseSender("sms", f"json://{HOST}:{hook.port}/{{address}}", example="1").send(to("12"))
    finally:
        await hook.stop()
    assert failure is not None
    assert failure.is_final is is_final
    assert str(status) in failure.reason


async def test_a_service_that_hangs_has_one_thread_for_each_address_and_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Apprise's own threads are as few as the processors."""
    monkeypatch.setattr("gateway.channels.services.WITHIN_S", 0.2)
    release = threading.Event()
    called: list[str] = []
    messages = [to(f"+86138000000{number}", Channel.SMS) for number in range(10, 50)]

    def hang(url: str, **_: object) -> None:
        called.append(url)
        assert release.wait(20)
        raise requests.ConnectionError("at last")

    monkeypatch.setattr("requests.post", hang)
    sender = AppriseSender("sms", SMS, example="+8613800000000")
    try:
        failures = await asyncio.gather(*map(sender.send, messages))
        assert {each.reason for each in failures if each} == {"no answer within 0.2 s"}
        assert len(called) == 40
        assert await sender.send(messages[0]) == NotSent("the attempt before has not ended yet")
        threads = [each for each in threading.enumerate() if each.name == "sms"]
        assert (len(threads), {each.daemon for each in threads}) == (40, {True})
    finally:
        release.set()
    await eventually(lambda: not any(each.name == "sms" for each in threading.enumerate()), what="the threads' end")
    assert "Connection" in str(await sender.send(messages[0]))


SENDS_AND_DIES = """
import asyncio, sys
from gateway.channels import services
from tests.unit.channels.test_senders import MESSAGE
services.WITHIN_S = 0.5
sender = services.AppriseSender("email", sys.argv[1], example="a@example.org")
print(asyncio.run(sender.send(MESSAGE)))
sys.exit(1)
"""


async def test_a_gateway_that_dies_ends_though_a_mail_server_answers_a_byte_at_a_time() -> None:
    """Else nobody would start it again."""

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"2")
                await writer.drain()
                await asyncio.sleep(0.05)

    server = await asyncio.start_server(drip, HOST, 0)
    url = f"mailto://{HOST}:{server.sockets[0].getsockname()[1]}?from=a@example.org&to={{address}}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SENDS_AND_DIES, url), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), 20)
    finally:
        if process.returncode is None:
            process.kill()
        server.close()
    assert b"no answer within 0.5 s" in output
    assert process.returncode == 1


async def test_a_call_reads_a_text_that_looks_like_commands_to_the_telephone_service_as_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr("requests.post", lambda _url, data, **_: said.append(data["Twiml"]))
    sender = AppriseSender("voice", f"{SMS}?method=call", example="+8613800000000")
    await sender.send(to("+8613800000000", Channel.VOICE, body="\n<Response><Dial>+1900</Dial></Response>"))
    assert "&lt;Dial&gt;" in said[0]
    assert "<Dial>" not in said[0]
