"""Webhooks, MQTT topics and the siren: what is sent, and what the answer means; and the file of channels."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from gateway.channels.file import read_channels
from gateway.channels.mqtt import MqttSender, SirenSender
from gateway.channels.outcome import Link, Message, NotSent
from gateway.channels.reach import unreachable
from gateway.channels.senders import make_senders
from gateway.channels.texts import body_of
from gateway.channels.webhook import WebhookSender
from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.times import SECOND
from gateway.core.notices.notice import NoticeKind
from gateway.core.notices.ways import Channel, Way
from gateway.errors import BrokerError, SettingsError
from tests.unit.channels.test_notifier import NOTICE
from tests.unit.core.notices.office import CHIEF, TECH, configuration

NOW = 1_800_000_000 * SECOND
ID = "3f9c2a1e/alarm:5/9/ann"
MESSAGE = Message(NOTICE, "3f9c2a1e", (Link(LinkPurpose.ACKNOWLEDGE, "alarm:5", "https://gw/t/abc"),))


def hook(
    answer: httpx.Response | Exception, *, secret: str | None = "at least sixteen"
) -> tuple[WebhookSender, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        if not answer.is_stream_consumed:
            return answer
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(answer.content))

    sender = WebhookSender("riverside", secret, now=lambda: NOW)
    sender._client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    return sender, asked


def to(address: str, channel: Channel = Channel.WEBHOOK, **changes: Any) -> Message:  # noqa: ANN401
    return Message(msgspec.structs.replace(NOTICE, way=Way(channel, address), **changes), MESSAGE.store, MESSAGE.links)


async def test_a_webhook_is_signed_and_says_all() -> None:
    sender, asked = hook(httpx.Response(204))
    assert await sender.send(to("https://example.org/hook")) is None
    (request,) = asked
    signed = hmac.new(b"at least sixteen", b"1800000000." + request.content, hashlib.sha256).hexdigest()
    assert request.headers["X-Gateway-Signature"] == f"sha256={signed}"
    assert (request.headers["X-Gateway-Id"], request.headers["X-Gateway-Timestamp"]) == (ID, "1800000000")
    assert json.loads(request.content) == {
        "id": ID,
        "store": "3f9c2a1e",
        "site": "riverside",
        "notice": 1,
        "kind": "alarm raised",
        "about": "alarm:5",
        "urgency": "wake",
        "person": "ann",
        "title": "Dry",
        "body": "It is dry",
        "items": [{"alarm": 5, "title": "Dry", "body": "It is dry", "facts": {}}],
        "links": [{"purpose": "acknowledge", "about": "alarm:5", "url": "https://gw/t/abc"}],
        "decided_at": "1970-01-01T00:00:00.000Z",
        "sent_at": "2027-01-15T08:00:00.000Z",
        "attempt": 1,
    }


async def test_an_answer_without_end_is_read_no_further_than_its_beginning() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"no! " * 100

    sender, _ = hook(httpx.Response(500, content=endless()))
    failure = await asyncio.wait_for(sender.send(to("https://example.org/hook")), 5)
    assert failure is not None
    assert len(failure.reason) < 300


async def test_a_status_counts_though_its_words_never_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.channels.webhook._WORDS_WITHIN_S", 0.05)

    async def silence() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    sender, _ = hook(httpx.Response(410, content=silence()))
    assert await sender.send(to("https://example.org/hook")) == NotSent("HTTP 410 Gone", is_final=True)


async def test_an_answer_that_says_to_be_compressed_is_not_unpacked() -> None:
    sender, _ = hook(httpx.Response(410, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no zip")))
    failure = await sender.send(to("https://example.org/hook"))
    assert failure == NotSent("HTTP 410 Gone: no zip", is_final=True)


async def test_an_address_that_is_no_url_is_final() -> None:
    for address in ("https://example.org:port/", "example.org/hook", "ftp://example.org"):
        sender = WebhookSender("riverside", None, now=lambda: NOW)
        failure = await sender.send(to(address))
        assert failure is not None
        assert failure.is_final


async def test_without_a_secret_it_is_not_signed() -> None:
    sender, asked = hook(httpx.Response(200), secret=None)
    await sender.send(to("https://example.org/hook"))
    assert "X-Gateway-Signature" not in asked[0].headers


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
async def test_an_answer_that_says_never_is_final(status: int) -> None:
    sender, _ = hook(httpx.Response(status, text="no"))
    failure = await sender.send(to("https://example.org/hook"))
    assert failure is not None
    assert failure.is_final
    assert failure.reason.startswith(f"HTTP {status} ")


@pytest.mark.parametrize(
    ("answer", "wait_s"),
    [
        (httpx.Response(500), 0),
        (httpx.Response(302, headers={"Location": "https://elsewhere.example.org"}), 0),
        (httpx.Response(429, headers={"Retry-After": "90"}), 90),
        (httpx.Response(503, headers={"Retry-After": "Fri, 15 Jan 2027 08:02:00 GMT"}), 120),
        (httpx.Response(503, headers={"Retry-After": "soon"}), 0),
        (httpx.Response(503, headers={"Retry-After": "9" * 5000}), 0),
        (httpx.Response(503, headers={"Retry-After": "3600"}), 3600),
        (httpx.Response(503, headers={"Retry-After": "999999999999"}), 86_400),
        (httpx.ConnectTimeout("too late"), 0),
    ],
)
async def test_any_other_answer_or_none_is_tried_again_when_the_other_side_asks_for_it(
    answer: httpx.Response | Exception, wait_s: int
) -> None:
    sender, _ = hook(answer)
    failure = await sender.send(to("https://example.org/hook"))
    assert failure is not None
    assert (failure.is_final, failure.retry_after) == (False, wait_s * SECOND)


class FakeBroker:
    def __init__(self, answer: Exception | None = None) -> None:
        self.answer = answer
        self.online = asyncio.Event()
        self.online.set()
        self.published: list[tuple[str, bytes]] = []

    async def until_online(self) -> None:
        await self.online.wait()

    def publish(self, topic: str, payload: bytes) -> asyncio.Future[None]:
        if isinstance(self.answer, ValueError):
            raise self.answer
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not self.online.is_set():
            done.set_exception(BrokerError("not connected yet"))
        elif self.answer is not None:
            done.set_exception(self.answer)
        else:
            self.published.append((topic, payload))
            done.set_result(None)
        return done


async def test_a_topic_gets_what_a_webhook_gets() -> None:
    broker = FakeBroker()
    assert await MqttSender("riverside", broker, now=lambda: NOW).send(to("people/ann", Channel.MQTT)) is None
    ((topic, payload),) = broker.published
    assert (topic, json.loads(payload)["id"]) == ("people/ann", ID)


async def test_the_siren_is_switched_on_and_off() -> None:
    broker = FakeBroker()
    siren = SirenSender(broker, "site/siren", b"ON", b"OFF")
    await siren.send(to("site", Channel.SIREN))
    await siren.send(to("site", Channel.SIREN, kind=NoticeKind.SIREN_OFF))
    assert broker.published == [("site/siren", b"ON"), ("site/siren", b"OFF")]


async def test_at_a_start_the_siren_sounds_as_soon_as_the_broker_is_connected() -> None:
    """Otherwise it failed at once, and sounded with the next attempt only."""
    broker = FakeBroker()
    broker.online.clear()
    attempt = asyncio.create_task(SirenSender(broker, "site/siren", b"ON", b"OFF").send(to("site", Channel.SIREN)))
    await asyncio.sleep(0)
    assert broker.published == []
    broker.online.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert broker.published == [("site/siren", b"ON")]
    assert await attempt is None


async def test_where_no_connection_comes_the_attempt_fails_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.channels.mqtt._CONNECTED_WITHIN_S", 0.01)
    broker = FakeBroker()
    broker.online.clear()
    failure = await MqttSender("riverside", broker, now=lambda: NOW).send(to("a", Channel.MQTT))
    assert failure == NotSent("not connected yet")


async def test_a_broker_that_is_away_is_tried_again_and_a_topic_that_never_can_be_is_not() -> None:
    for error, is_final in ((BrokerError("away"), False), (ValueError("a wildcard"), True)):
        sender = MqttSender("riverside", FakeBroker(error), now=lambda: NOW)
        assert await sender.send(to("a", Channel.MQTT)) == NotSent(str(error), is_final)


def test_the_body_ends_with_links_and_the_number() -> None:
    assert body_of(MESSAGE) == "It is dry\nAcknowledge: https://gw/t/abc\n#1"
    chinese = Message(msgspec.structs.replace(NOTICE, language="zh", body=""), MESSAGE.store, MESSAGE.links)
    assert body_of(chinese) == "确认报警: https://gw/t/abc\n#1"


# The file ------------------------------------------------------------------------------------------------------------


def test_without_a_file_there_are_webhooks_and_mqtt() -> None:
    assert read_channels(None).available == {Channel.WEBHOOK, Channel.MQTT}


def test_each_key_of_the_file_is_a_channel(tmp_path: Path) -> None:
    file = tmp_path / "channels.yaml"
    file.write_text("email: json://h/{address}\nsiren: {topic: a/b, 'on': '1', 'off': '0'}\n")
    found = read_channels(file)
    assert found.available == {Channel.EMAIL, Channel.SIREN, Channel.WEBHOOK, Channel.MQTT}
    assert set(make_senders(found, "riverside", FakeBroker(), now=lambda: NOW)) == found.available


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("emial: json://secret@h/{address}", "emial: there is no such channel or key"),
        ("webhook: {secret: secret}", "webhook.secret: "),
        ("siren: {topic: 'a/#'}", "siren.topic: write an MQTT topic to publish on"),
        ("- secret", "write one `channel: …` a line"),
        ("email: json://h/{address}\nemail: secret", "channels.yaml:2:1: this is not YAML with each channel once"),
        ("email: !secret", "channels.yaml:1:8: this is not YAML"),
        ("siren: {topic: a}\nwebhook: {secret: short}", "channels.yaml:2:19: webhook.secret: "),
        ("email: [secret", "channels.yaml:2:1: this is not YAML"),
    ],
)
def test_a_mistake_in_the_file_is_told_without_a_secret(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "channels.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError) as found:
        read_channels(file)
    assert said in str(found.value)
    assert "channels.yaml" in str(found.value)
    assert ": secret" not in str(found.value).replace("webhook.secret: ", "")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="the file of channels cannot be read"):
        read_channels(tmp_path / "none.yaml")


def test_people_whose_contacts_have_no_channel_are_named() -> None:
    site = configuration(people=[TECH, CHIEF, {"id": "mute"}]).site
    assert unreachable(site, {Channel.EMAIL}) == ["chief-1"]
