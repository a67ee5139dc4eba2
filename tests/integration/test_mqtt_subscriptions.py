"""The filters of a session over several runs, with a real Mosquitto."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.clock import Clock
from gateway.core.kernel.times import HOUR, isoformat
from tests.ear import FENCE, Ear, broker_at, publish, receipts, running
from tests.servers import Mosquitto, eventually


@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_a_message_comes_once_though_an_earlier_run_had_another_filter_that_matches(
    mosquitto: Mosquitto, version: str
) -> None:
    broker = broker_at(mosquitto.port, version=version)
    async with running(Ear(broker, "site/+/#", "zigbee2mqtt/+")) as first:
        await first.is_told("hearing")
    assert first.filters == [FENCE, "site/+/#", "zigbee2mqtt/+"]
    await publish(mosquitto, b"kept")
    async with running(Ear(broker, "site/s1/#", earlier_filters=first.filters)) as second:
        await second.is_told("hearing")
        await eventually(lambda: second.filters == [FENCE, "site/s1/#"], what="the old filters to be gone")
        await publish(mosquitto, b"not wanted", topic="zigbee2mqtt/x")
        await publish(mosquitto, b"1", b"2")
        await publish(mosquitto, b"end", topic="site/s1/end")
        await eventually(lambda: "site/s1/end" in [message.topic for message in second.heard])
    assert [message.payload for message in second.heard] == [b"kept", b"1", b"2", b"end"]
    second.link.acknowledge(receipts(second.heard))


@pytest.mark.parametrize("version", ["3.1.1", "5"])
@pytest.mark.parametrize("qos", [0, 1])
async def test_a_presence_that_was_retained_while_the_gateway_was_away_comes_though_the_session_was_kept(
    mosquitto: Mosquitto, version: str, qos: int
) -> None:
    broker = broker_at(mosquitto.port, version=version)
    async with running(Ear(broker, "tele/#", acknowledges=True)) as first:
        await first.is_told("hearing")
    await publish(mosquitto, b"Offline", topic="tele/x/LWT", qos=qos, retain=True)
    async with running(Ear(broker, "tele/#", acknowledges=True)) as second:
        await second.is_told("hearing")
        (_, _, heard) = second.told[0]
    assert (second.heard[heard - 1].payload, second.heard[heard - 1].retained) == (b"Offline", True)


@pytest.mark.parametrize("version", ["3.1.1", "5"])
@pytest.mark.parametrize(("backlog", "copies"), [(3, 1), (300, 2)])
async def test_the_last_presence_is_heard_last_though_a_backlog_holds_an_older_one(
    tmp_path: Path, version: str, backlog: int, copies: int
) -> None:
    """As of Tasmota: its last will is of QoS 1, its `Online` of QoS 0, which overtakes what is not in flight yet."""
    config = Mosquitto.CONFIG.replace("max_inflight_messages 1000", "max_inflight_messages 20")
    with Mosquitto(tmp_path, config) as server:
        broker = broker_at(server.port, version=version)
        async with running(Ear(broker, "tele/#", acknowledges=True)) as first:
            await first.is_told("hearing")
        await publish(server, *[b"x"] * backlog, topic="tele/other")
        await publish(server, b"Offline", topic="tele/x/LWT", retain=True)
        await publish(server, b"Online", topic="tele/x/LWT", qos=0, retain=True)
        async with running(Ear(broker, "tele/#")) as second:  # the first 20 wait until it has subscribed
            acknowledged = 0

            def has_heard(count: int) -> bool:
                """Acknowledge what came, and see whether so many messages of it were retained."""
                nonlocal acknowledged
                new, acknowledged = second.heard[acknowledged:], len(second.heard)
                second.link.acknowledge(receipts(new))
                return [message.retained for message in second.heard].count(True) == count

            await eventually(lambda: has_heard(copies))
            await publish(server, b"end", topic="tele/end")
            await eventually(lambda: has_heard(copies) and second.heard[-1].payload == b"end")
        presence = [message for message in second.heard if message.topic == "tele/x/LWT"]
    assert (presence[-1].payload, presence[-1].retained) == (b"Online", True)
    assert [message.retained for message in presence].count(True) == copies


async def test_in_a_session_that_the_broker_has_lost_nothing_is_left(mosquitto: Mosquitto) -> None:
    with capture_logs() as logs:
        async with running(Ear(broker_at(mosquitto.port), earlier_filters=["site/+/#"])) as ear:
            await ear.is_told("hearing")
    assert ear.filters == [FENCE, "site/#"]
    assert not [each for each in logs if "unsubscribed" in each["event"]]


async def test_a_subscription_that_an_access_list_withholds_without_a_word_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acl").write_text("topic readwrite site/#\ntopic readwrite gateway/#\ntopic write tele/#\n")
    with Mosquitto(tmp_path, Mosquitto.CONFIG + "\nacl_file {directory}/acl") as server:
        async with running(Ear(broker_at(server.port), "site/#", "tele/#", acknowledges=True)) as ear:
            await ear.is_told("hearing")
            await publish(server, b"withheld", topic="tele/x")
            await publish(server, b"1")
            await ear.hears(1)
            assert ear.link.warnings == []  # a device may take its time
            monkeypatch.setattr("gateway.mqtt.link._UNHEARD_AFTER", 0)
            (warning,) = ear.link.warnings
            assert warning.startswith("nothing was received from tele/# since the gateway started")
            assert ear.link.problem == ""


async def test_a_lost_session_is_a_warning_with_the_time_of_the_gap(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = Clock().now() - HOUR
    async with running(Ear(broker_at(mosquitto.port), heard_until=ended)) as ear:
        await ear.is_told("session lost", "hearing")
        (warning,) = ear.link.warnings
        assert warning.startswith(f"the broker had lost the session: what devices sent from {isoformat(ended)} to ")
        monkeypatch.setattr("gateway.mqtt.link._SESSION_TOLD_FOR", 0)
        assert ear.link.warnings == []


@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_two_clients_of_one_id_are_a_warning(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr("gateway.mqtt.link.FIRST_RETRY_S", 0.1)
    broker = broker_at(mosquitto.port, version=version)
    async with running(Ear(broker)) as one:
        await one.is_told("hearing")
        assert one.link.warnings == []
        async with running(Ear(broker)) as two:
            await eventually(
                lambda: any(broker.client_id in each for each in one.link.warnings + two.link.warnings), within=30
            )
