"""The gateway as its users meet it: a process between a broker, an API and a terminal."""

from __future__ import annotations

import asyncio
import json
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from tests.gateway_process import ROOT, GatewayProcess
from tests.servers import HOST, Mosquitto, eventually, wait_until
from tests.warm_process import WarmProcess

SITE = """
site: {id: trial, name: {en: Trial, zh: 试验}, timezone: Asia/Shanghai, language: zh}
locations:
  - {id: pump-room, kind: room}
devices:
  - {id: p1, profile: booster_pump, location: pump-room}
  - {id: p2, profile: booster_pump}
  - {id: s1, profile: smoke_detector}
  - {id: r1, profile: nfc_reader}
"""
FIRE = b'{"smoke": true}'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.yaml"
    file.write_text(SITE)
    return file


@pytest.fixture
def gateway(tmp_path: Path, site: Path, mosquitto: Mosquitto) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path / "gateway", site, mosquitto.port) as gateway:
        yield gateway


async def publish(broker: Mosquitto, topic: str, *payloads: bytes, retain: bool = False) -> None:
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        for payload in payloads:
            await client.publish(topic, payload, qos=1, retain=retain)


def pump(device: str = "p1", **values: object) -> tuple[str, bytes]:
    stamped = {"ts": time.time_ns() // 1_000_000, **values}
    return f"site/trial/booster_pump/{device}/telemetry", json.dumps(stamped).encode()


def command(gateway: GatewayProcess, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", *arguments, "--url", f"http://127.0.0.1:{gateway.port}"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )


async def alarms(gateway: GatewayProcess, count: int) -> list[dict[str, Any]]:
    def enough() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = gateway.get("/api/v1/alarms?state=all")[1]["alarms"]
        return found if len(found) >= count else []

    return await eventually(enough, what=f"{count} alarms")


async def test_a_fire_is_an_alarm_a_ticket_and_an_mqtt_event_in_the_sites_language(
    gateway: GatewayProcess, mosquitto: Mosquitto
) -> None:
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as watcher:
        await watcher.subscribe("gateway/trial/alarms/#", qos=1)
        await publish(mosquitto, "site/trial/smoke_detector/s1/telemetry", FIRE)
        event = await anext(aiter(watcher.messages))
    assert event.topic.value == "gateway/trial/alarms/s1/smoke-fire"
    assert not event.retain
    (alarm,) = await alarms(gateway, 1)
    assert json.loads(bytes(event.payload))["title"] == alarm["title"]
    assert any("\u4e00" <= character <= "\u9fff" for character in alarm["title"])
    (ticket,) = gateway.get("/api/v1/tickets")[1]["tickets"]
    assert (ticket["alarm"], ticket["priority"]) == (alarm["number"], "P1")


async def test_an_operator_acknowledges_from_the_command_line_and_it_survives_a_restart(
    gateway: GatewayProcess, mosquitto: Mosquitto
) -> None:
    await publish(mosquitto, "site/trial/smoke_detector/s1/telemetry", FIRE)
    await alarms(gateway, 1)
    done = command(gateway, "alarms", "acknowledge", "1", "--by", "李伟")
    assert done.returncode == 0, done.stderr
    assert command(gateway, "alarms", "acknowledge", "1", "--by", "李伟").returncode == 1
    gateway.restart()
    (alarm,) = json.loads(command(gateway, "alarms", "--json").stdout)["alarms"]
    assert (alarm["state"], alarm["acknowledged_by"]) == ("acknowledged", "李伟")


async def test_an_alarm_whose_device_left_the_files_is_removed_and_told_everywhere(
    gateway: GatewayProcess, site: Path, mosquitto: Mosquitto
) -> None:
    await publish(mosquitto, "site/trial/smoke_detector/s1/telemetry", FIRE)
    await alarms(gateway, 1)
    await asyncio.to_thread(site.write_text, SITE.replace("{id: s1,", "{id: s2,"))
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as watcher:
        await watcher.subscribe("gateway/trial/alarms/s1/#", qos=1)
        gateway.restart()
        events = (json.loads(bytes(message.payload)) async for message in watcher.messages)
        event = await anext(event async for event in events if event["step"] != "raise")  # which may come again

    why = "the device s1 is no longer in the site's files"
    assert (event["step"], event["state"], event["alarm"], event["note"]) == ("remove", "normal", 1, why)
    (line,) = [line for line in gateway.log.splitlines() if "an alarm is removed" in line]
    assert "[warning" in line
    for part in ("alarm=1", f'because="{why}"', "rule=smoke-fire", "subject=s1", "ticket=1"):
        assert part in line
    (alarm,) = await alarms(gateway, 1)
    assert (alarm["state"], alarm["device"], alarm["device_name"]) == ("normal", "s1", None)
    chain = gateway.get("/api/v1/alarms/1")[1]["chain"]
    assert [(event["kind"], event["data"]["note"]) for event in chain[-2:]] == [("alarm", why), ("ticket", why)]
    ticket = gateway.get("/api/v1/tickets/1")[1]
    assert (ticket["state"], ticket["steps"][-1]["data"]["step"]) == ("new", "alarm removed")
    shown = command(gateway, "tickets", "1").stdout
    assert re.search(r"about +s1 \(removed\)\n", shown)
    assert f"alarm 1 removed: {why}" in shown
    assert "s1 (removed)" in command(gateway, "tickets").stdout


async def test_garbage_is_counted_and_shown_and_the_rest_goes_on(gateway: GatewayProcess, mosquitto: Mosquitto) -> None:
    topic = "site/trial/booster_pump/p1/telemetry"
    await publish(mosquitto, topic, b"", b"\xff\xfe", b"[1]", b'{"flow": "fast"}', b'{"flow": 1e9}', b"x" * 300_000)
    await publish(mosquitto, "site/trial/booster_pump/p9/telemetry", b"{}")
    await publish(mosquitto, "site/trial/unheard/of", b"{}", b"{}")
    await publish(mosquitto, *pump(flow=3.5))
    await eventually(lambda: gateway.get("/api/v1/devices/p1")[1]["values"].get("flow", {}).get("value") == 3.5)
    await eventually(lambda: gateway.get("/api/v1/rejects")[1]["total"] == 9, what="nine rejections on disk")
    rejects = gateway.get("/api/v1/rejects")[1]
    counts: dict[str, int] = {}
    for kind in rejects["rejects"]:
        counts[kind["reason"]] = counts.get(kind["reason"], 0) + kind["count"]
    assert counts == {
        "malformed": 3,
        "wrong type": 1,
        "out of range": 1,
        "oversized": 1,
        "unknown device": 1,
        "unknown topic": 2,
    }
    assert "unknown device" in command(gateway, "rejects").stdout


async def test_a_retained_state_that_was_published_while_the_gateway_was_away_is_told(
    gateway: GatewayProcess, mosquitto: Mosquitto
) -> None:
    gateway.stop()
    await publish(mosquitto, "site/trial/smoke_detector/s1/telemetry", FIRE, retain=True)
    async with aiomqtt.Client("127.0.0.1", mosquitto.port, identifier="facility-gateway-trial") as forgotten:
        await forgotten.subscribe("nothing")  # takes over the gateway's session and ends it, so that it is a new one
    gateway.start()
    await publish(mosquitto, *pump(flow=1.0))
    await eventually(lambda: gateway.get("/api/v1/devices/p1")[1]["values"])

    def told() -> set[tuple[str, str | None]]:
        return {(alarm["rule"], alarm["device"]) for alarm in gateway.get("/api/v1/alarms?state=all")[1]["alarms"]}

    await eventually(lambda: told() == {("smoke-fire", "s1"), ("session-lost", None)}, what="both alarms on disk")


async def test_scans_are_recorded(gateway: GatewayProcess, mosquitto: Mosquitto) -> None:
    await publish(mosquitto, "site/trial/nfc_reader/r1/telemetry", b'{"uid": "04:a2:b3:c4:d5:e6:80"}')
    await eventually(lambda: gateway.get("/api/v1/scans")[1]["scans"])
    assert "04A2B3C4D5E680" in command(gateway, "scans").stdout


async def test_a_full_disk_loses_nothing_and_pages_nobody_falsely(
    gateway: GatewayProcess, mosquitto: Mosquitto
) -> None:
    await publish(mosquitto, *pump(flow=1.0))
    await eventually(lambda: gateway.get("/healthz")[1]["committed_messages"] == 1)
    largest = max(file.stat().st_size for file in gateway.data.glob("*.db*"))
    limits = resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, (largest + 20_000, limits[1]))  # a disk that is almost full
    count, first = 3_000, time.time_ns() // 1_000_000 - 60_000
    payloads = (json.dumps({"ts": first + number, "flow": 2.0}).encode() for number in range(count))
    await publish(mosquitto, pump("p2")[0], *payloads)
    await eventually(lambda: gateway.get("/readyz")[0] == 503, what="the gateway to be unready")
    assert gateway.get("/healthz")[0] == 200
    resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, limits)
    await eventually(lambda: gateway.get("/readyz")[0] == 200, within=20, what="the gateway to be ready again")
    query = "SELECT time FROM fresh WHERE device = 'p2' UNION SELECT time FROM readings WHERE device = 'p2'"
    await eventually(lambda: len(gateway.rows(query, file="series.db")) == count, within=30, what="every reading")
    told = gateway.get("/api/v1/alarms?state=all")[1]["alarms"]
    assert [alarm["rule"] for alarm in told if alarm["device"]] == []


async def test_it_stops_within_three_seconds_and_what_it_took_is_kept(
    gateway: GatewayProcess, mosquitto: Mosquitto
) -> None:
    await publish(mosquitto, *pump(flow=1.0))
    begun = time.monotonic()
    gateway.stop()
    assert time.monotonic() - begun < 3
    gateway.start()
    assert gateway.get("/api/v1/devices/p1")[1]["values"]["flow"]["value"] == 1.0


async def test_an_influxdb_that_accepts_and_never_answers_does_not_hold_up_the_end(
    tmp_path: Path, site: Path, mosquitto: Mosquitto
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=50) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        settings = {"series": "influxdb", "influx_url": url, "influx_token": "secret"}
        with GatewayProcess(tmp_path / "gateway", site, mosquitto.port, **settings) as gateway:
            await publish(mosquitto, *pump(flow=1.0))
            mute.settimeout(10)
            connection, _ = await asyncio.to_thread(mute.accept)
            with connection:
                begun = time.monotonic()
                gateway.stop()
                assert time.monotonic() - begun < 3


def run_and_fail(directory: Path, *arguments: str, **environment: str) -> str:
    output = directory / "output.txt"
    output.unlink(missing_ok=True)
    process = WarmProcess(arguments, cwd=ROOT, env={"PATH": "/usr/bin:/bin", **environment}, output=output)
    code, said = process.wait(timeout=30), output.read_text(encoding="utf-8")
    assert code == 1, said
    assert "Traceback" not in said
    return said


def test_what_keeps_it_from_starting_is_one_clear_sentence(gateway: GatewayProcess, site: Path, tmp_path: Path) -> None:
    run = partial(run_and_fail, tmp_path)
    busy = f"127.0.0.1:{gateway.port}"
    assert "choose another address with --http" in run("run", "--site", str(site), "--http", busy)
    free = ("--http", "127.0.0.1:0")
    assert "another gateway is running" in run("run", "--site", str(site), "--data-dir", str(gateway.data), *free)
    assert "site.yaml" in run("run", "--site", str(site.parent / "missing" / "site.yaml"), *free)
    assert "GATEWAY_MQTT_PORT" in run("run", "--site", str(site), GATEWAY_MQTT_PORT="abc")
    assert "no gateway answers" in run("devices", "--url", "http://127.0.0.1:9")


def test_its_first_log_lines_say_where_it_serves_and_to_which_broker_it_connects(
    gateway: GatewayProcess, mosquitto: Mosquitto
) -> None:
    wait_until(lambda: "connected to the broker" in gateway.log)
    serves = re.search(r"serves the API +docs=(\S+) url=(\S+)", gateway.log)
    connects = re.search(r"connects to the broker +host=(\S+) port=(\d+)", gateway.log)
    connected = re.search(r"connected to the broker +host=(\S+) port=(\d+)", gateway.log)
    assert serves
    assert connects
    assert connected
    assert serves.groups() == (f"http://{HOST}:{gateway.port}/docs", f"http://{HOST}:{gateway.port}")
    assert connects.groups() == connected.groups() == (HOST, str(mosquitto.port))
    assert serves.start() < connects.start() < connected.start()


def test_interrupting_it_is_no_failure(gateway: GatewayProcess) -> None:
    process = gateway._process
    assert process is not None
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=3) == 0
    wait_until(lambda: "stopping" in gateway.log)


async def test_filters_that_are_no_longer_set_leave_the_session_at_the_next_start(
    tmp_path: Path, site: Path, mosquitto: Mosquitto
) -> None:
    def filters(gateway: GatewayProcess) -> set[str]:
        return {row[0] for row in gateway.rows("select filter from session_filters")}

    own = "gateway/trial/fence/facility-gateway-trial"
    wide = GatewayProcess(tmp_path / "gateway", site, mosquitto.port, mqtt_subscribe="site/trial/#, old/#")
    with wide:
        assert filters(wide) == {own, "site/trial/#", "old/#"}
    with GatewayProcess(tmp_path / "gateway", site, mosquitto.port, mqtt_subscribe="site/trial/+/+/#") as narrow:
        await eventually(lambda: filters(narrow) == {own, "site/trial/+/+/#"})
        assert "topics='old/# site/trial/#'" in narrow.log
