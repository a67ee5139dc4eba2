"""When the link says that the gateway is blind, and when it hears again, with a real Mosquitto."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from structlog.testing import capture_logs

from gateway.clock import Clock
from gateway.core.kernel.times import HOUR, SECOND
from gateway.mqtt.client import Client
from tests.ear import FENCE, STATUS, Ear, broker_at, publish, receipts, running
from tests.servers import HOST, Mosquitto, eventually
from tests.stalling_proxy import StallingProxy

SMALL_WINDOW = Mosquitto.CONFIG.replace("max_inflight_messages 1000", "max_inflight_messages 20")
FORGETFUL = Mosquitto.CONFIG.replace("persistence true", "persistence false")
WITHHOLDING = Mosquitto.CONFIG + "\nacl_file {directory}/acl"


@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_it_hears_once_everything_that_the_broker_kept_was_handed_out(tmp_path: Path, version: str) -> None:
    with Mosquitto(tmp_path, SMALL_WINDOW) as server:
        broker = broker_at(server.port, version=version)
        async with running(Ear(broker)):
            pass
        await publish(server, *[b"x"] * 3000)
        async with running(Ear(broker, acknowledges=True)) as ear:
            await ear.is_told("hearing")
            assert ear.told[0][2] == 3000
            assert ear.link.hearing


async def test_it_does_not_hear_while_the_broker_holds_messages_back(tmp_path: Path) -> None:
    with Mosquitto(tmp_path, SMALL_WINDOW) as server:
        async with running(Ear(broker_at(server.port))):
            pass
        await publish(server, *[b"x"] * 30)
        async with running(Ear(broker_at(server.port))) as ear:
            await ear.hears(20)
            await asyncio.sleep(2.5)  # longer than the silence that replaces a fence
            assert ear.told == []
            ear.link.acknowledge(receipts(ear.heard))
            await ear.is_told("hearing")
            assert ear.told[0][2] == 30


async def test_the_messages_to_itself_are_acknowledged_and_handed_out_to_nobody(mosquitto: Mosquitto) -> None:
    async with running(Ear(broker_at(mosquitto.port), "site/#", "gateway/s1/fence/#", acknowledges=True)) as ear:
        await ear.is_told("hearing")
        await publish(mosquitto, b"1")
        (message,) = await ear.hears(1)
        assert message.topic == "site/s1/x"
    session = aiomqtt.Client(HOST, mosquitto.port, identifier="gateway-test", clean_session=False)
    async with session as heir:
        await publish(mosquitto, b"2")
        assert (await anext(aiter(heir.messages))).payload == b"2"


async def test_it_is_blind_from_the_last_moment_at_which_it_read_something(mosquitto: Mosquitto) -> None:
    async with running(Ear(broker_at(mosquitto.port), acknowledges=True)) as ear:
        await ear.is_told("hearing")
        await publish(mosquitto, b"1")
        (message,) = await ear.hears(1)
        heard_at = ear.link.heard_at
        assert heard_at.steady >= message.steady
        await asyncio.sleep(0.3)
        mosquitto.kill()
        await ear.is_told("hearing", "blind")
        assert ear.told[1] == ("blind", heard_at, 1)
        assert not ear.link.hearing
        mosquitto.start()
        await ear.is_told("hearing", "blind", "session lost", "hearing", within=20)


async def test_the_answer_to_a_keep_alive_counts_as_heard(mosquitto: Mosquitto) -> None:
    async with running(Ear(broker_at(mosquitto.port, keepalive_s=1))) as ear:
        await ear.is_told("hearing")
        before = ear.link.heard_at
        await eventually(lambda: ear.link.heard_at.steady > before.steady + SECOND)


async def test_a_quiet_link_is_confirmed_at_once(mosquitto: Mosquitto) -> None:
    async with running(Ear(broker_at(mosquitto.port))) as ear:
        await ear.is_told("hearing")
        before = Clock().moment().steady
        assert all(await asyncio.gather(ear.link.confirm(5), ear.link.confirm(5)))
        assert ear.link.heard_at.steady >= before
    assert not await ear.link.confirm(5)


async def test_a_link_that_is_dead_without_a_word_is_not_confirmed(mosquitto: Mosquitto) -> None:
    with StallingProxy(mosquitto.port) as proxy:
        async with running(Ear(broker_at(proxy.port), acknowledges=True)) as ear:
            await ear.is_told("hearing")
            assert await ear.link.confirm(5)  # nothing that the broker has sent is still on its way
            heard_at = ear.link.heard_at
            proxy.stall()
            await publish(mosquitto, b"it is over")
            assert not await ear.link.confirm(0.2)
            assert ear.told[1] == ("blind", heard_at, 0)
            assert not await ear.link.confirm(0.2)
            assert ear.story == ["hearing", "blind"]
            assert ear.link.online
            assert ear.link.problem == "the broker does not answer"
            proxy.flow()
            await ear.is_told("hearing", "blind", "hearing")
            assert ear.link.problem == ""
            assert ear.told[2][2] == 1
            assert ear.reconnections == 0
            assert await ear.link.confirm(5)


async def test_what_comes_late_after_a_question_was_held_up_and_it_is_blind_before_it_hands_that_out(
    mosquitto: Mosquitto,
) -> None:
    with StallingProxy(mosquitto.port) as proxy:
        async with running(Ear(broker_at(proxy.port))) as ear:
            await ear.is_told("hearing")
            assert await ear.link.confirm(5)  # nothing that the broker has sent is still on its way
            heard_at = ear.link.heard_at
            proxy.stall()
            await publish(mosquitto, b"it is over")
            asked = asyncio.create_task(ear.link.confirm(30))
            await asyncio.wait({asked}, timeout=1.1)
            proxy.flow()
            await asked
            assert ear.told[1] == ("blind", heard_at, 0)
            await ear.is_told("hearing", "blind", "hearing")
            assert ear.told[2][2] == 1
            assert await ear.link.confirm(5)


async def test_a_link_that_is_connected_but_does_not_hear_for_long_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.mqtt.link._DEAF_AFTER_S", 0.3)
    with Mosquitto(tmp_path, SMALL_WINDOW) as server:
        async with running(Ear(broker_at(server.port))):
            pass
        await publish(server, *[b"x"] * 30)
        async with running(Ear(broker_at(server.port))) as ear:
            await ear.hears(20)
            await eventually(lambda: "the broker has not delivered all that it kept" in ear.link.problem)
            assert ear.link.online
            ear.link.acknowledge(receipts(ear.heard))
            await ear.is_told("hearing")
            assert ear.link.problem == ""


async def test_a_stalled_connection_ends_by_its_keep_alive_though_it_is_asked_again_and_again(
    mosquitto: Mosquitto,
) -> None:
    with StallingProxy(mosquitto.port) as proxy:
        async with running(Ear(broker_at(proxy.port, keepalive_s=2))) as ear:
            await ear.is_told("hearing")
            present = ear.link._present
            assert present is not None
            proxy.stall()
            deadline = asyncio.get_running_loop().time() + 6
            while not present.lost.done() and asyncio.get_running_loop().time() < deadline:
                present.ping()
                await asyncio.wait({present.lost}, timeout=0.1)
            assert present.lost.done()
            proxy.flow()
            await ear.is_told("hearing", "blind", "hearing", within=20)


async def test_a_pause_blinds_and_after_it_what_came_is_handed_out_first(mosquitto: Mosquitto) -> None:
    async with running(Ear(broker_at(mosquitto.port), acknowledges=True)) as ear:
        await ear.is_told("hearing")
        ear.link.pause()
        assert ear.story == ["hearing", "blind"]
        await publish(mosquitto, *[b"x"] * 300)
        assert not await ear.link.confirm(0.1)
        ear.link.resume()
        await ear.is_told("hearing", "blind", "hearing")
        assert ear.told[2][2] == 300


@pytest.mark.parametrize("fence", ["", "topic write gateway/#"])
async def test_without_the_right_to_read_its_own_messages_it_judges_by_silence(tmp_path: Path, fence: str) -> None:
    (tmp_path / "acl").write_text(f"topic readwrite site/#\ntopic write {STATUS.topic}\n{fence}\n")
    with Mosquitto(tmp_path, WITHHOLDING) as server:
        async with running(Ear(broker_at(server.port))):
            pass
        await publish(server, *[b"x"] * 30)
        with capture_logs() as logs:
            async with running(Ear(broker_at(server.port))) as ear:
                await ear.hears(30)
                await asyncio.sleep(2.5)
                assert ear.told == []
                ear.link.acknowledge(receipts(ear.heard))
                await ear.is_told("hearing")
                assert f"withholds {FENCE}" in ear.link.warnings[0]
        assert FENCE in [each.get("topic") for each in logs]


async def test_a_session_that_was_lost_is_told_before_anything_is_read(tmp_path: Path) -> None:
    with Mosquitto(tmp_path, FORGETFUL) as server:
        async with running(Ear(broker_at(server.port))) as ear:
            await ear.is_told("hearing")
            await asyncio.sleep(0.2)
            server.restart()
            await ear.is_told("hearing", "blind", "session lost", "hearing", within=20)
            assert ear.told[2][1] == ear.told[1][1]


async def test_a_broker_that_restarts_with_its_sessions_has_lost_none(mosquitto: Mosquitto) -> None:
    async with running(Ear(broker_at(mosquitto.port))) as ear:
        await ear.is_told("hearing")
        mosquitto.restart()
        await ear.is_told("hearing", "blind", "hearing", within=20)


async def test_a_session_of_an_earlier_run_that_is_gone_was_lost_when_that_run_ended(mosquitto: Mosquitto) -> None:
    ended = Clock().now() - HOUR
    async with running(Ear(broker_at(mosquitto.port), heard_until=ended)) as ear:
        await ear.is_told("session lost", "hearing")
        since = ear.told[0][1]
        assert since.wall == ended
        assert abs(Clock().moment().steady - since.steady - HOUR) < 10 * SECOND
    async with running(Ear(broker_at(mosquitto.port), heard_until=ended)) as ear:
        await ear.is_told("hearing")


async def test_a_gateway_that_starts_for_the_first_time_misses_no_session(mosquitto: Mosquitto) -> None:
    async with running(Ear(broker_at(mosquitto.port))) as ear:
        await ear.is_told("hearing")


async def test_a_connection_that_is_made_after_the_end_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()
    connect = Client.connect

    def slowly(client: Client, *args: Any, **options: Any) -> object:  # noqa: ANN401
        begun.set()
        go_on.wait()
        return connect(client, *args, **options)

    monkeypatch.setattr(Client, "connect", slowly)
    with socket.create_server((HOST, 0)) as listener:
        listener.settimeout(5)
        async with running(Ear(broker_at(listener.getsockname()[1])), until_online=False):
            await eventually(begun.is_set)
        go_on.set()
        accepted, _ = await asyncio.to_thread(listener.accept)
        with accepted:
            accepted.settimeout(5)
            assert await asyncio.to_thread(accepted.recv, 1) == b""


async def test_after_a_standstill_of_the_process_what_came_in_it_is_handed_out_first(mosquitto: Mosquitto) -> None:
    async with running(Ear(broker_at(mosquitto.port), acknowledges=True)) as ear:
        await ear.is_told("hearing")
        before = Clock().moment()
        await publish(mosquitto, *[b"x"] * 20)
        ear.link.doubt(before)
        assert ear.told[1] == ("blind", before, len(ear.heard))
        await ear.is_told("hearing", "blind", "hearing")
        assert ear.told[2][2] == 20


async def test_the_broker_is_asked_which_acknowledgements_it_has(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.mqtt.settling._ASK_EVERY_S", 0.0)
    async with running(Ear(broker_at(mosquitto.port))) as ear:
        await eventually(lambda: ear.settled == [0])
        await publish(mosquitto, b"1", b"2", b"3")
        await ear.hears(3)
        ear.link.acknowledge(receipts(ear.heard[:2]))
        await eventually(lambda: ear.settled == [0, 2])
        ear.link.acknowledge(receipts(ear.heard[2:]))
        await eventually(lambda: ear.settled == [0, 2, 3])
