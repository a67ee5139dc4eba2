"""The link to a real Mosquitto: acknowledgements, redelivery, reconnection, last will, accounts and TLS."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import aiomqtt
import pytest

from gateway.clock import Clock
from gateway.mqtt import Broker
from gateway.mqtt.connection import Connection
from tests.ear import STATUS, Ear, broker_at, publish, receipts, running
from tests.servers import Mosquitto, eventually
from tests.stalling_proxy import StallingProxy


def broker_of(server: Mosquitto, **options: object) -> Broker:
    return broker_at(server.port, **options)


@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_what_is_not_acknowledged_comes_again_on_the_next_connection_and_only_that(
    mosquitto: Mosquitto, version: str
) -> None:
    async with running(Ear(broker_of(mosquitto, version=version))) as first:
        await publish(mosquitto, b"1", b"2", b"3")
        heard = await first.hears(3)
        first.link.acknowledge(receipts(heard[:2]))
    async with running(Ear(broker_of(mosquitto, version=version))) as second:
        await publish(mosquitto, b"4")
        again = await second.hears(2)
        assert [(message.payload, message.redelivered) for message in again] == [(b"3", True), (b"4", False)]


async def test_messages_published_at_qos_2_wait_for_the_acknowledgement_too(mosquitto: Mosquitto) -> None:
    async with running(Ear(broker_of(mosquitto))) as first:
        await publish(mosquitto, b"1", qos=2)
        await first.hears(1)
    async with running(Ear(broker_of(mosquitto))) as second:
        (message,) = await second.hears(1)
        assert (message.payload, message.redelivered) == (b"1", True)


async def test_an_acknowledgement_of_an_earlier_connection_is_void(mosquitto: Mosquitto) -> None:
    async with running(Ear(broker_of(mosquitto))) as ear:
        await publish(mosquitto, b"1")
        (before,) = await ear.hears(1)
        mosquitto.restart()
        _, again = await ear.hears(2)
        assert again.packet_id == before.packet_id
        assert again.connection > before.connection
        assert ear.reconnections >= 1
        ear.link.acknowledge(receipts([before]))
    async with running(Ear(broker_of(mosquitto))) as later:
        (message,) = await later.hears(1)
        assert message.payload == b"1"


async def test_a_backlog_that_comes_before_the_subscription_is_granted_is_acknowledged_too(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(Ear(broker_of(mosquitto))):
        pass
    await publish(mosquitto, b"1", b"2")
    ear = Ear(broker_of(mosquitto))
    with monkeypatch.context() as patch:
        patch.setattr(Connection, "subscribe", lambda *_args, **_options: asyncio.Event().wait())
        async with running(ear, until_online=False):
            ear.link.acknowledge(receipts(await ear.hears(2)))
    async with running(Ear(broker_of(mosquitto))) as later:
        await publish(mosquitto, b"3")
        await later.hears(1)
        assert [message.payload for message in later.heard] == [b"3"]


async def test_no_two_messages_have_the_same_time(mosquitto: Mosquitto) -> None:
    async with running(Ear(broker_of(mosquitto))) as ear:
        await publish(mosquitto, *[b"x"] * 200)
        heard = await ear.hears(200)
        assert len({message.received for message in heard}) == 200


async def test_a_message_has_the_steady_instant_at_which_it_was_read(mosquitto: Mosquitto) -> None:
    async with running(Ear(broker_of(mosquitto))) as ear:
        before = Clock().moment().steady
        await publish(mosquitto, b"1")
        (message,) = await ear.hears(1)
        assert before <= message.steady <= Clock().moment().steady


async def test_the_status_is_retained_online_and_offline_after_the_end(mosquitto: Mosquitto) -> None:
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as watcher:
        await watcher.subscribe(STATUS.topic, qos=1)
        seen = aiter(watcher.messages)
        async with running(Ear(broker_of(mosquitto))):
            assert (await anext(seen)).payload == STATUS.online
        assert (await anext(seen)).payload == STATUS.offline


async def test_the_last_will_says_offline_when_the_gateway_dies(mosquitto: Mosquitto) -> None:
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as watcher:
        await watcher.subscribe(STATUS.topic, qos=1)
        seen = aiter(watcher.messages)
        with StallingProxy(mosquitto.port) as proxy:
            async with running(Ear(broker_at(proxy.port))):
                assert (await anext(seen)).payload == STATUS.online
                proxy.cut()
                assert (await anext(seen)).payload == STATUS.offline


async def test_it_waits_for_a_broker_that_is_not_there_yet_and_says_why(tmp_path: Path) -> None:
    server = Mosquitto(tmp_path)
    ear = Ear(broker_of(server))
    async with running(ear, until_online=False):
        await eventually(lambda: "cannot connect to 127.0.0.1" in ear.link.problem)
        online = asyncio.create_task(ear.link.until_online())
        assert not ear.link.online
        with server:
            await asyncio.wait_for(online, 20)
            assert ear.link.online


ACCOUNTS = """
listener {port} 127.0.0.1
allow_anonymous false
password_file {directory}/passwords
"""


async def test_a_wrong_password_is_said_with_what_to_check(tmp_path: Path) -> None:
    server = Mosquitto(tmp_path, ACCOUNTS)
    passwords = tmp_path / "passwords"
    _run_tool("mosquitto_passwd", "-b", "-c", str(passwords), "gateway", "secret")
    passwords.chmod(0o644)
    with server:
        wrong = Ear(broker_of(server, username="gateway", password="guess"))
        async with running(wrong, until_online=False):
            await eventually(lambda: "GATEWAY_MQTT_PASSWORD" in wrong.link.problem)
        async with running(Ear(broker_of(server, username="gateway", password="secret"))) as right:
            assert right.link.online


TLS = """
listener {port} 127.0.0.1
allow_anonymous true
cafile {directory}/ca.crt
certfile {directory}/server.crt
keyfile {directory}/server.key
"""


async def test_a_burst_over_tls_arrives_whole(tmp_path: Path) -> None:
    _make_certificates(tmp_path)
    server = Mosquitto(tmp_path, TLS)
    with server:
        options = {"tls": True, "ca_file": tmp_path / "ca.crt"}
        async with running(Ear(broker_of(server, **options))) as ear:
            tls = aiomqtt.TLSParameters(ca_certs=str(tmp_path / "ca.crt"))
            async with aiomqtt.Client("127.0.0.1", server.port, tls_params=tls) as client:
                for index in range(300):
                    await client.publish("site/s1/x", f"{index}" + "x" * 2000, qos=0)
            await ear.hears(300)


# paho leaves the socket of a failed TLS handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_broker_with_an_unknown_certificate_is_rejected(tmp_path: Path) -> None:
    _make_certificates(tmp_path)
    with Mosquitto(tmp_path, TLS) as server:
        ear = Ear(broker_of(server, tls=True))
        async with running(ear, until_online=False):
            await eventually(lambda: "certificate verify failed" in ear.link.problem)


async def test_publishing_is_done_when_the_broker_has_acknowledged(mosquitto: Mosquitto) -> None:
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as watcher:
        await watcher.subscribe("gateway/s1/alarms/#", qos=1)
        async with running(Ear(broker_of(mosquitto))) as ear:
            await ear.link.publish("gateway/s1/alarms/p1/hot", b"{}")
            message = await anext(aiter(watcher.messages))
            assert (message.payload, message.retain) == (b"{}", False)


async def test_nothing_is_read_during_a_pause(mosquitto: Mosquitto) -> None:
    async with running(Ear(broker_of(mosquitto))) as ear:
        ear.link.pause()
        await publish(mosquitto, b"1")
        assert ear.heard == []
        ear.link.resume()
        await ear.hears(1)


def _run_tool(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _make_certificates(directory: Path) -> None:
    directory.mkdir(exist_ok=True)
    ca, server = directory / "ca", directory / "server"
    _run_tool(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test authority"),
        *("-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", f"{ca}.key", "-out", f"{ca}.crt"),
    )
    _run_tool(
        *("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"),
        *("-keyout", f"{server}.key", "-out", f"{server}.csr"),
    )
    extensions = directory / "extensions"
    extensions.write_text("subjectAltName=IP:127.0.0.1\n")
    _run_tool(
        *("openssl", "x509", "-req", "-days", "2", "-in", f"{server}.csr", "-extfile", str(extensions)),
        *("-CA", f"{ca}.crt", "-CAkey", f"{ca}.key", "-CAcreateserial", "-out", f"{server}.crt"),
    )
    for file in directory.glob("*.key"):
        file.chmod(0o644)
