"""A detector that can no longer be understood is an alarm, and a crash of the gateway does not change that."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import aiomqtt

from tests.gateway_process import GatewayProcess
from tests.servers import Mosquitto, eventually

SITE = """
site: {id: trial, name: {en: Trial}}
devices:
  - {id: s1, profile: smoke_detector}
"""
TOPIC = "site/trial/smoke_detector/s1/telemetry"


def said(*, ago: int = 0, **values: object) -> bytes:
    """A message that was sent so many seconds ago."""
    return json.dumps({"ts": time.time_ns() // 1_000_000 - ago * 1000, **values}).encode()


async def test_a_smoke_value_that_cannot_be_used_is_a_trouble_alarm_through_a_crash(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(SITE)

    def alarms() -> dict[str, Any]:
        found = gateway.get("/api/v1/alarms")[1]["alarms"]
        return {alarm["rule"]: alarm for alarm in found if alarm["rule"] != "session-lost"}

    with GatewayProcess(tmp_path / "gateway", site, mosquitto.port) as gateway:
        async with aiomqtt.Client("127.0.0.1", mosquitto.port) as client:
            await client.publish(TOPIC, said(smoke="x", ago=20), qos=1)
            await eventually(lambda: gateway.rows("SELECT rejected FROM evaluations"), what="the delay")
            gateway.kill()
            gateway.start()
            for ago in (10, 0):  # one reading alone is no fire, nor is one that is said twice
                await client.publish(TOPIC, said(smoke="x", obscuration=400, ago=ago), qos=1)
            await eventually(lambda: alarms().keys() == {"smoke-rising", "trouble"}, within=30, what="the alarms")
            trouble = alarms()["trouble"]
            assert (trouble["device"], trouble["severity"], trouble["values"]) == ("s1", "warning", {})
            assert "smoke is 'x', true or false was expected" in trouble["detail"]
            assert trouble["ticket"] is not None
            rejects = gateway.get("/api/v1/rejects")[1]["rejects"]
            assert {reject["metric"] for reject in rejects} == {"smoke", "obscuration"}

            await client.publish(TOPIC, said(smoke=False, obscuration=0.01), qos=1)
            await eventually(lambda: alarms()["trouble"]["state"] == "returned", within=30, what="the return")
