"""Products as they speak themselves, on the real broker: each value where it belongs, and nothing of it refused."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiomqtt
import msgspec
import pytest

from gateway.core.telemetry.sparkplug.datatypes import Datatype, payload_metric
from gateway.core.telemetry.sparkplug.payload import Payload, encode, parse
from tests.gateway_process import GatewayProcess
from tests.servers import HOST, Mosquitto, eventually

SITE = """
site: {id: trial, name: {en: Trial}, timezone: UTC}
devices:
  - {id: smoke, profile: smoke_detector, dialect: zigbee2mqtt, address: attic/smoke}
  - {id: leak-1, profile: water_leak, dialect: milesight_em300_sld, address: 24E124136B502156}
  - {id: leak-2, profile: water_leak, dialect: milesight_em300_sld, address: 24e124136b502157}
  - {id: meter, profile: power_meter, dialect: tasmota, address: node-1}
  - {id: reader, profile: nfc_reader, dialect: tasmota, address: node-1}
  - {id: switch, profile: power_meter, dialect: shelly_gen2, address: shellypro2-c4/1}
  - {id: pump, profile: booster_pump, dialect: sparkplug, address: plant/edge-1/pump-3}
"""
UPLINK = base64.b64encode(bytes.fromhex("01755C03673401046865050001")).decode()


@pytest.fixture
def gateway(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[GatewayProcess]:
    file = tmp_path / "site.yaml"
    file.write_text(SITE)
    with GatewayProcess(tmp_path / "gateway", file, mosquitto.port) as gateway:
        yield gateway


def values(gateway: GatewayProcess, device: str) -> dict[str, Any]:
    answer = gateway.get(f"/api/v1/devices/{device}")[1]
    return {name: each["value"] for name, each in answer["values"].items()}


def iso() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())


def chirpstack(dev_eui: str) -> tuple[str, str]:
    envelope = {"time": f"{iso()}.5+00:00", "deviceInfo": {"devEui": dev_eui}, "fPort": 85, "data": UPLINK}
    return f"application/app/device/{dev_eui}/event/up", json.dumps(envelope)


def the_things_stack(name: str, dev_eui: str) -> tuple[str, str]:
    envelope = {
        "end_device_ids": {"device_id": name, "dev_eui": dev_eui.upper()},
        "received_at": f"{iso()}.123456789Z",
        "uplink_message": {"f_port": 85, "frm_payload": UPLINK},
    }
    return f"v3/app@tenant/devices/{name}/up", json.dumps(envelope)


async def test_products_are_understood_as_they_speak(gateway: GatewayProcess, mosquitto: Mosquitto) -> None:
    switch = {"ts": time.time(), "switch:1": {"id": 1, "output": True, "apower": 250.0}}
    async with aiomqtt.Client(HOST, mosquitto.port) as client:
        for topic, payload in (
            ("zigbee2mqtt/attic/smoke", '{"smoke": true, "battery": 80, "linkquality": 255}'),
            ("zigbee2mqtt/attic/smoke", '{"smoke": null, "battery": 79}'),
            chirpstack("24e124136b502156"),
            the_things_stack("leak-two", "24e124136b502157"),
            ("tele/node-1/SENSOR", json.dumps({"Time": iso(), "ENERGY": {"Power": 9, "Voltage": 231}})),
            ("tele/node-1/SENSOR", json.dumps({"Time": iso(), "RC522": {"UID": "BA839D07"}})),
            ("shellypro2-c4/events/rpc", json.dumps({"method": "NotifyStatus", "params": switch})),
        ):
            await client.publish(topic, payload, qos=1)
    await eventually(lambda: "relay" in values(gateway, "switch"), what="the last of the messages")

    assert values(gateway, "smoke")["smoke"] is True  # null is not false
    assert values(gateway, "smoke")["battery"] == 79.0
    for leak in ("leak-1", "leak-2"):
        assert values(gateway, leak).items() >= {"battery": 92.0, "temperature": 30.8, "leak": True}.items()
    assert values(gateway, "meter").items() >= {"power": 0.009, "voltage": 231.0}.items()
    assert values(gateway, "reader")["uid"] == "BA839D07"
    assert values(gateway, "switch").items() >= {"relay": True, "power": 0.25}.items()
    scans = await eventually(lambda: gateway.get("/api/v1/scans")[1]["scans"], what="a scan")
    assert [scan["uid"] for scan in scans] == ["BA839D07"]
    raised = {alarm["device"] for alarm in gateway.get("/api/v1/alarms")[1]["alarms"]}
    assert raised >= {"smoke"}
    assert gateway.get("/api/v1/rejects")[1]["total"] == 0


async def test_an_edge_node_is_asked_for_its_birth_and_followed_until_its_death(
    gateway: GatewayProcess, mosquitto: Mosquitto
) -> None:
    now = time.time_ns() // 1_000_000

    def payload(seq: int, outlet_pressure: float) -> bytes:
        told = payload_metric("outlet_pressure", outlet_pressure, Datatype.DOUBLE, alias=1)
        return encode(Payload(time_ms=now, seq=seq, metrics=(msgspec.structs.replace(told, name=None),)))

    births = (
        payload_metric("outlet_pressure", 0.7, Datatype.DOUBLE, alias=1),
        payload_metric("running", True, Datatype.BOOLEAN, alias=2),
    )
    session = payload_metric("bdSeq", 4, Datatype.INT64)
    async with aiomqtt.Client(HOST, mosquitto.port) as client:
        await client.subscribe("spBv1.0/plant/NCMD/edge-1")
        await client.publish("spBv1.0/plant/DDATA/edge-1/pump-3", payload(7, 0.6), qos=1)
        command = await asyncio.wait_for(anext(aiter(client.messages)), timeout=10)
        asked = parse(command.payload)
        assert isinstance(asked, Payload)
        assert [each.name for each in asked.metrics] == ["Node Control/Rebirth"]

        birth = encode(Payload(time_ms=now, seq=0, metrics=(session,)))
        await client.publish("spBv1.0/plant/NBIRTH/edge-1", birth, qos=1)
        await client.publish(
            "spBv1.0/plant/DBIRTH/edge-1/pump-3", encode(Payload(time_ms=now, seq=1, metrics=births)), qos=1
        )
        await client.publish("spBv1.0/plant/DDATA/edge-1/pump-3", payload(2, 0.65), qos=1)
        await eventually(lambda: values(gateway, "pump").get("outlet_pressure") == 0.65)
        assert values(gateway, "pump").items() >= {"running": True, "online": True}.items()

        death = encode(Payload(metrics=(session,)))
        await client.publish("spBv1.0/plant/NDEATH/edge-1", death, qos=1)
        await eventually(lambda: values(gateway, "pump").get("online") is False, what="the death")
