"""The product when it cannot hear its devices: nothing is concluded from silence, and what was missed is said."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from tests.gateway_process import GatewayProcess
from tests.servers import HOST, Mosquitto, eventually, wait_until
from tests.stalling_proxy import StallingProxy

SITE = """
site: {id: trial, name: {en: Trial}, timezone: Asia/Shanghai, language: en}
devices:
  - {id: p1, profile: booster_pump}
  - {id: p2, profile: booster_pump}
rules:
  - id: low-pressure
    applies_to: {profile: booster_pump}
    when: inlet_pressure < 0.05
    for: 4s
    severity: warning
    title: {en: Low pressure}
"""
DELAY_S = 4.0


@pytest.fixture
def proxy(mosquitto: Mosquitto) -> Iterator[StallingProxy]:
    with StallingProxy(mosquitto.port) as proxy:
        yield proxy


@pytest.fixture
def gateway(tmp_path: Path, proxy: StallingProxy) -> Iterator[GatewayProcess]:
    (tmp_path / "site.yaml").write_text(SITE)
    with GatewayProcess(tmp_path / "gateway", tmp_path / "site.yaml", proxy.port) as gateway:
        wait_until(lambda: gateway.log.count("hears the devices") == 1, what="the gateway to hear")
        yield gateway


async def publish(broker: Mosquitto, device: str, pressure: float) -> None:
    payload = json.dumps({"ts": time.time_ns() // 1_000_000, "inlet_pressure": pressure})
    async with aiomqtt.Client(HOST, broker.port) as client:
        await client.publish(f"site/trial/booster_pump/{device}/telemetry", payload, qos=1)


def alarms(gateway: GatewayProcess) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = gateway.get("/api/v1/alarms?state=all")[1]["alarms"]
    return found


async def has_heard(gateway: GatewayProcess, device: str, pressure: float) -> None:
    def value() -> bool:
        values = gateway.get(f"/api/v1/devices/{device}")[1]["values"]
        return bool(values.get("inlet_pressure", {}).get("value") == pressure)

    await eventually(value, what=f"{device} at {pressure}")


async def test_a_link_that_is_cut_without_a_word_under_a_running_delay_raises_nothing(
    gateway: GatewayProcess, mosquitto: Mosquitto, proxy: StallingProxy
) -> None:
    await publish(mosquitto, "p1", 0.01)
    await has_heard(gateway, "p1", 0.01)
    proxy.stall()
    await publish(mosquitto, "p1", 0.3)
    await eventually(lambda: "hears no device" in gateway.log, within=30, what="the silence to be noticed")
    assert alarms(gateway) == []
    proxy.flow()
    await has_heard(gateway, "p1", 0.3)
    await eventually(lambda: gateway.log.count("hears the devices") == 2, what="the gateway to hear again")
    await publish(mosquitto, "p2", 0.01)  # over a link that works, the same delay ends by time alone
    (alarm,) = await eventually(lambda: alarms(gateway), within=30, what="the alarm of p2")
    assert alarm["device"] == "p2"


async def test_what_a_link_that_stood_still_had_held_up_is_judged_by_its_own_times(
    gateway: GatewayProcess, mosquitto: Mosquitto, proxy: StallingProxy
) -> None:
    """The delay is over by the time received of the first message that was held up, but not by its stamp."""
    await publish(mosquitto, "p1", 0.01)
    await has_heard(gateway, "p1", 0.01)
    proxy.stall()
    stalled_at = time.monotonic()
    await publish(mosquitto, "p1", 0.02)
    await publish(mosquitto, "p1", 0.3)
    await eventually(
        lambda: time.monotonic() > stalled_at + DELAY_S + 2, within=DELAY_S + 4, what="the delay to be over"
    )
    proxy.flow()
    await has_heard(gateway, "p1", 0.3)
    await eventually(lambda: gateway.log.count("hears the devices") == 2, what="the gateway to hear again")
    assert alarms(gateway) == []


async def test_a_connection_that_is_reset_under_a_running_delay_raises_nothing(
    gateway: GatewayProcess, mosquitto: Mosquitto, proxy: StallingProxy
) -> None:
    await publish(mosquitto, "p1", 0.01)
    await has_heard(gateway, "p1", 0.01)
    proxy.stall()  # the next connection does not come about either
    proxy.cut()
    await publish(mosquitto, "p1", 0.3)
    await eventually(lambda: "hears no device" in gateway.log, what="the loss to be noticed")
    lost_at = time.monotonic()
    await eventually(lambda: time.monotonic() > lost_at + DELAY_S + 2, within=DELAY_S + 4, what="the delay to be over")
    assert alarms(gateway) == []
    proxy.flow()
    await has_heard(gateway, "p1", 0.3)
    await eventually(lambda: gateway.log.count("hears the devices") == 2, within=40, what="the gateway to hear again")
    assert alarms(gateway) == []


async def test_a_session_that_the_broker_has_lost_is_said_with_the_length_of_the_gap(
    tmp_path: Path, gateway: GatewayProcess, mosquitto: Mosquitto
) -> None:
    await publish(mosquitto, "p1", 0.3)
    await has_heard(gateway, "p1", 0.3)
    mosquitto.kill()
    (mosquitto.directory / "mosquitto.db").unlink(missing_ok=True)
    mosquitto.start()
    await eventually(lambda: "the broker has lost the session" in gateway.log, within=30)
    await eventually(lambda: gateway.log.count("hears the devices") == 2, within=30)
    await publish(mosquitto, "p1", 0.4)
    await has_heard(gateway, "p1", 0.4)


async def test_a_session_that_is_gone_after_a_restart_of_both_is_said_too(
    gateway: GatewayProcess, mosquitto: Mosquitto
) -> None:
    await publish(mosquitto, "p1", 0.3)
    await has_heard(gateway, "p1", 0.3)
    gateway.stop()
    assert "the broker has lost the session" not in gateway.log
    mosquitto.kill()
    (mosquitto.directory / "mosquitto.db").unlink(missing_ok=True)
    mosquitto.start()
    gateway.start()
    assert "the broker has lost the session" in gateway.log
