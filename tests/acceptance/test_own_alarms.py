"""What goes wrong about the gateway itself is an alarm like any other, on a real broker."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from gateway import parts
from gateway.core.engine import Engine
from gateway.core.kernel.times import SECOND
from gateway.store.database import open_database
from gateway.store.writer import Writer
from tests.gateway_process import GatewayProcess
from tests.servers import HOST, Mosquitto, eventually, wait_until
from tests.unit.core.sites import site as configuration

SITE = "site: {id: trial, name: {en: Trial}, language: zh}\ndevices: [{id: p1, profile: booster_pump}]\n"
FORGETFUL = Mosquitto.CONFIG.replace("persistence true", "persistence false")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.yaml"
    file.write_text(SITE)
    return file


def test_a_gateway_that_has_only_waited_for_its_broker_so_far_has_lost_no_session(tmp_path: Path, site: Path) -> None:
    data = tmp_path / "gateway" / "data"
    data.mkdir(parents=True)
    with closing(open_database(data, parts.migrations())) as database:
        waited = Engine(configuration(), parts.makers(), now=time.time_ns() // 1_000 - 60 * SECOND)
        Writer(database, parts.tables()).commit([waited.beginning])
    with Mosquitto(tmp_path / "broker") as broker, GatewayProcess(tmp_path / "gateway", site, broker.port) as gateway:
        wait_until(lambda: "hears the devices" in gateway.log, what="the gateway to hear")
        assert "lost the session" not in gateway.log
        assert gateway.get("/api/v1/alarms?rule=session-lost")[1]["alarms"] == []


async def test_a_session_that_the_broker_lost_is_an_alarm_with_the_gap_until_somebody_has_seen_it(
    tmp_path: Path, site: Path
) -> None:
    with (
        Mosquitto(tmp_path / "broker", FORGETFUL) as broker,
        GatewayProcess(tmp_path / "gateway", site, broker.port) as gateway,
    ):
        wait_until(lambda: "hears the devices" in gateway.log, what="the gateway to hear")

        def found() -> list[dict[str, Any]]:
            answer: list[dict[str, Any]] = gateway.get("/api/v1/alarms?rule=session-lost")[1]["alarms"]
            return answer

        assert found() == []
        broker.stop()
        broker.start()
        (alarm,) = await eventually(lambda: [each for each in found() if each["state"] == "returned"], what="the alarm")
        assert (alarm["subject"], alarm["device"], alarm["values"]) == ("gateway:self", None, {})
        assert alarm["title"] == "MQTT 服务器丢失了发给网关的消息"
        since, until = alarm["detail"].removeprefix("what devices sent from ").removesuffix(" is lost").split(" to ")
        assert since < until == alarm["raised_at"]
        story = gateway.get(f"/api/v1/alarms/{alarm['number']}")[1]
        session, raised, returned = story["chain"]
        assert (session["kind"], session["data"]) == ("session", {"lost_from": since, "lost_to": until})
        assert (raised["data"]["step"], raised["cause"]) == ("raise", session["number"])
        assert (returned["data"]["step"], returned["cause"]) == ("return", raised["number"])
        async with aiomqtt.Client(HOST, broker.port) as listener:
            await listener.subscribe("gateway/trial/alarms/gateway:self/#", qos=1)
            gateway.post(f"/api/v1/alarms/{alarm['number']}/acknowledge", {"by": "Li Wei"})
            event: dict[str, Any] = {}
            async with asyncio.timeout(20):
                while event.get("step") != "acknowledge":
                    message = await anext(listener.messages)
                    event = json.loads(message.payload)
        assert (event["rule"], event["state"], event["by"]) == ("session-lost", "normal", "Li Wei")
        assert found() == []
