"""What goes wrong beside the path from message to alarm does not stop it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from tests.gateway_process import GatewayProcess
from tests.servers import Mosquitto, eventually

SITE = """
site: {id: trial, name: {en: Trial}}
devices:
  - {id: p1, profile: booster_pump}
  - {id: s1, profile: smoke_detector}
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


def pump(**values: object) -> tuple[str, bytes]:
    stamped = {"ts": time.time_ns() // 1_000_000, **values}
    return "site/trial/booster_pump/p1/telemetry", json.dumps(stamped).encode()


def standing(gateway: GatewayProcess) -> list[str]:
    alarms: list[dict[str, Any]] = gateway.get("/api/v1/alarms")[1]["alarms"]
    return [alarm["rule"] for alarm in alarms]


def readings(gateway: GatewayProcess) -> int:
    if not gateway.rows("SELECT name FROM sqlite_master WHERE name = 'fresh'", file="series.db"):
        return 0  # the file is being made
    query = "SELECT count(*) FROM (SELECT device, time FROM readings UNION SELECT device, time FROM fresh)"
    return int(gateway.rows(query, file="series.db")[0][0])


def has_readings(gateway: GatewayProcess, count: int) -> bool:
    return readings(gateway) == count


async def test_a_damaged_row_of_the_journal_stops_neither_the_start_nor_the_series_nor_an_alarm(
    gateway: GatewayProcess, mosquitto: Mosquitto
) -> None:
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as client:
        for number in range(5):
            await client.publish(*pump(starts=number), qos=1)
            await eventually(partial(has_readings, gateway, number + 1))
        gateway.kill()
        with closing(sqlite3.connect(gateway.data / "gateway.db")) as connection, connection:
            connection.execute("UPDATE cursors SET position = 0 WHERE name IN ('series', 'snapshot')")
            connection.execute("UPDATE journal SET readings = x'c1', digests = x'00' WHERE first_message = 3")
        gateway.start()
        await client.publish("site/trial/smoke_detector/s1/telemetry", FIRE, qos=1)
        await eventually(lambda: standing(gateway).count("smoke-fire") == 1, what="the alarm")
        await client.publish(*pump(starts=5), qos=1)
        await eventually(partial(has_readings, gateway, 7), what="the readings behind the damaged row")
    await eventually(lambda: "changes-quarantined" in standing(gateway), what="the alarm about the damaged row")

    def in_quarantine() -> list[dict[str, Any]]:
        _, answer = gateway.get("/api/v1/rejects/messages?reason=damaged%20in%20the%20store")
        return list(answer["messages"])

    (kept,) = await eventually(in_quarantine, what="the damaged row in quarantine")
    assert (kept["topic"], kept["size"]) == ("store/journal", 1)
    assert kept["detail"].startswith("the readings from message 3 on: ")
    assert "a damaged row of the store is skipped" in gateway.log
    assert gateway.get("/readyz")[0] == 200


async def test_what_the_store_refuses_is_told_once_and_costs_nothing_that_follows(
    gateway: GatewayProcess, mosquitto: Mosquitto
) -> None:
    """Rows are in the way of the fire's event and of a reading: neither may come out of memory."""
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as client:
        await client.subscribe("gateway/trial/alarms/#", qos=1)
        await client.publish(*pump(starts=1), qos=1)
        await eventually(lambda: starts(gateway) == [1])
        take(gateway, "INSERT INTO outbox VALUES (1, 'gateway/trial/alarms/taken', x'')")
        await client.publish("site/trial/smoke_detector/s1/telemetry", FIRE, qos=1)
        told: list[str] = []
        async with asyncio.timeout(20):
            async for message in client.messages:
                told.append(str(message.topic).removeprefix("gateway/trial/alarms/"))
                if told[-1] == "gateway:self/changes-quarantined":
                    break
        assert sorted(told) == ["gateway:self/changes-quarantined", "s1/smoke-fire", "taken"]
        take(gateway, "INSERT INTO journal SELECT max(first_message) + 1, 1, 0, x'90', x'' FROM journal")
        await client.publish(*pump(starts=2), qos=1)
        await eventually(lambda: gateway.log.count("refuses a change for good") == 2)
        await client.publish(*pump(starts=3), qos=1)
        await eventually(lambda: 3 in starts(gateway), what="the reading behind the refused one")
    assert starts(gateway) == [1, 3]


def take(gateway: GatewayProcess, statement: str) -> None:
    """Write a row that is in the way of one that will come."""
    with closing(sqlite3.connect(gateway.data / "gateway.db", timeout=10)) as connection, connection:
        connection.execute(statement)


def starts(gateway: GatewayProcess) -> list[int]:
    """The values of the pump's metric of this name in the series, in order of time."""
    if not gateway.rows("SELECT name FROM sqlite_master WHERE name = 'fresh'", file="series.db"):
        return []  # the file is being made
    query = "SELECT json_extract(fields, '$.starts') FROM fresh WHERE device = 'p1' ORDER BY time"
    return [row[0] for row in gateway.rows(query, file="series.db")]


async def test_damaged_alarms_and_series_stop_no_start_and_no_fire_is_forgotten(
    gateway: GatewayProcess, mosquitto: Mosquitto
) -> None:
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as client:
        await client.publish("site/trial/smoke_detector/s1/telemetry", FIRE, qos=1)
        await eventually(lambda: standing(gateway) == ["smoke-fire"], what="the alarm")
        gateway.kill()
        with closing(sqlite3.connect(gateway.data / "gateway.db")) as connection, connection:
            connection.execute("UPDATE alarms SET subject = 'nothing', raised_at = 'then'")
            connection.execute("UPDATE counters SET following = x'00' WHERE name IN ('alarm', 'event', 'message')")
            connection.execute("UPDATE events SET data = CAST(x'fffe' AS TEXT)")
        for file in gateway.data.glob("series.db*"):
            file.write_bytes(b"no database" * 1000)
        gateway.start()
        await eventually(lambda: standing(gateway).count("smoke-fire") == 1, what="the alarm, raised again")
        assert gateway.get("/api/v1/alarms?state=all")[0] == 200
        await client.publish(*pump(running=True, inlet_pressure=0.0), qos=1)
        await eventually(lambda: "file is not a database; move the file away" in gateway.log, what="the advice")
        for file in gateway.data.glob("series.db*"):
            file.unlink()
        await eventually(partial(has_readings, gateway, 2), within=60, what="the readings in a new file")
