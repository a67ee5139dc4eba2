"""A disk that is full, or hangs: alarms leave the house, and nothing that was acknowledged is lost."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from tests.gateway_process import GatewayProcess
from tests.servers import HOST, Influx2Proxy, Influx16, Mosquitto, eventually, require
from tests.small_disk import SmallDisk, small_disk

SITE = """
site: {id: trial, name: {en: Trial}}
devices:
  - {id: p1, profile: booster_pump}
  - {id: s1, profile: smoke_detector}
"""
RESERVE = 8 * 2**20
READINGS = "SELECT device, time / 1000 FROM readings UNION SELECT device, time / 1000 FROM fresh"
"""Device and time (ms) of all embedded readings."""
RECENT = 20_000
"""Messages that the journal always keeps."""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.yaml"
    file.write_text(SITE)
    return file


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """The disk of the data directory."""
    with small_disk(tmp_path / "gateway" / "data", mib=40) as disk:
        yield disk


@pytest.fixture
def gateway(tmp_path: Path, site: Path, disk: SmallDisk, mosquitto: Mosquitto) -> Iterator[GatewayProcess]:
    assert disk.free
    settings = {"reserve_bytes": str(RESERVE)}
    with GatewayProcess(tmp_path / "gateway", site, mosquitto.port, **settings) as gateway:
        assert ready(gateway)[1]["reserve_bytes"] == RESERVE
        yield gateway


class House:
    """Its devices, and those who listen to its alarms."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self._time = time.time_ns() // 1_000_000
        self.published: set[tuple[str, int]] = set()
        """Device and time stamp (ms) of everything that the broker has acknowledged."""
        self.events: list[dict[str, Any]] = []
        """The MQTT events of fires."""

    async def say(self, device: str, **values: object) -> None:
        """Publish a reading of a device."""
        ts = self._time = max(self._time + 1, time.time_ns() // 1_000_000)
        kind = {"p1": "booster_pump", "s1": "smoke_detector"}[device]
        payload = json.dumps({"ts": ts, **values})
        await self._client.publish(f"site/trial/{kind}/{device}/telemetry", payload, qos=1)
        self.published.add((device, ts))

    async def listen(self) -> None:
        async for message in self._client.messages:
            assert isinstance(message.payload, bytes)
            event = json.loads(message.payload)
            if event["step"] == "raise":
                self.events.append(event)

    async def hears_of_fire(self, *, recorded: bool) -> dict[str, Any]:
        """The first raise that is recorded, or is not."""

        def found() -> list[dict[str, Any]]:
            return [event for event in self.events if event["recorded"] is recorded]

        return (await eventually(found, within=20, what=f"the raise, recorded: {recorded}"))[0]


@asynccontextmanager
async def house(mosquitto: Mosquitto) -> AsyncIterator[House]:
    async with aiomqtt.Client(HOST, mosquitto.port) as client:
        await client.subscribe("gateway/trial/alarms/s1/smoke-fire", qos=1)
        house = House(client)
        listening = asyncio.create_task(house.listen())
        yield house
        listening.cancel()
        await asyncio.wait({listening})


def ready(gateway: GatewayProcess) -> tuple[int, Any]:
    return gateway.get("/readyz")


async def give_up_the_reserve(gateway: GatewayProcess, house: House) -> None:
    """Publish telemetry until the disk, which is full, cannot hold it any more."""
    async with asyncio.timeout(30):
        while ready(gateway)[1]["reserve_bytes"]:
            await house.say("p1", starts=1, outlet_pressure=0.6, flow=12.25)


async def nothing_is_lost(gateway: GatewayProcess, house: House) -> None:
    """Everything published is in the series, once and no more; the alarm stands once, with its ticket."""

    def stored() -> set[tuple[str, int]]:
        rows = gateway.rows(READINGS, file="series.db")
        assert len(rows) == len(set(rows))
        return set(rows)

    await eventually(lambda: stored() >= house.published, within=60, what="all readings in the series")
    assert stored() == house.published
    alarms = gateway.rows("SELECT number, ticket FROM alarms WHERE rule = 'smoke-fire'")
    assert len(alarms) == 1
    assert [alarms[0][::-1]] == gateway.rows("SELECT number, alarm FROM tickets")
    assert ready(gateway)[1]["dropped_messages"] == 0


async def test_on_a_full_disk_a_fire_is_recorded_and_leaves_the_house_by_the_reserve(
    gateway: GatewayProcess, disk: SmallDisk, mosquitto: Mosquitto
) -> None:
    async with house(mosquitto) as trial:
        await trial.say("p1", starts=0)
        disk.fill()
        await give_up_the_reserve(gateway, trial)
        await trial.say("s1", smoke=True)
        event = await trial.hears_of_fire(recorded=True)
        assert event["alarm"] is not None
        assert event["ticket"] == 1
        status, health = ready(gateway)
        assert (status, health["store_writable"]) == (200, True)
        assert any(each.startswith("the disk of the data directory is full") for each in health["warnings"])
        alarms = gateway.get("/api/v1/alarms")[1]["alarms"]
        assert "smoke-fire" in [alarm["rule"] for alarm in alarms]
        disk.clear()
        await eventually(lambda: ready(gateway)[1]["reserve_bytes"] == RESERVE, what="the reserve to be made again")
        await nothing_is_lost(gateway, trial)
        assert [event["recorded"] for event in trial.events] == [True]


async def test_with_the_reserve_used_up_a_fire_leaves_directly_and_is_recorded_once_when_there_is_room(
    gateway: GatewayProcess, disk: SmallDisk, mosquitto: Mosquitto
) -> None:
    async with house(mosquitto) as trial:
        await trial.say("p1", starts=0)
        disk.fill()
        await give_up_the_reserve(gateway, trial)
        disk.fill()
        async with asyncio.timeout(30):
            while ready(gateway)[0] == 200:
                await trial.say("p1", starts=2)
        await trial.say("s1", smoke=True)
        direct = await trial.hears_of_fire(recorded=False)
        assert (direct["alarm"], direct["ticket"], direct["life_safety"]) == (None, None, True)
        assert "the store cannot be written: " in ready(gateway)[1]["reasons"][0]
        disk.clear()
        recorded = await trial.hears_of_fire(recorded=True)
        assert recorded == {**direct, "alarm": recorded["alarm"], "ticket": 1, "recorded": True}
        assert recorded["alarm"] is not None
        await nothing_is_lost(gateway, trial)
        assert [event["recorded"] for event in trial.events] == [False, True]
    await eventually(lambda: ready(gateway)[0] == 200, what="the gateway to be ready")


@pytest.fixture
def gateway_on_any_disk(tmp_path: Path, site: Path, mosquitto: Mosquitto) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path / "gateway", site, mosquitto.port) as gateway:
        yield gateway


async def test_while_a_commit_hangs_a_fire_leaves_directly_and_is_recorded_once_afterwards(
    gateway_on_any_disk: GatewayProcess, mosquitto: Mosquitto
) -> None:
    """In place of a disk that hangs stands a lock of another program on the store: the commit waits for it."""
    gateway = gateway_on_any_disk
    async with house(mosquitto) as trial:
        await trial.say("p1", starts=0)
        await eventually(lambda: gateway.rows("SELECT count(*) FROM journal") == [(1,)], what="the first commit")
        with closing(sqlite3.connect(gateway.data / "gateway.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await trial.say("s1", smoke=True)
            direct = await trial.hears_of_fire(recorded=False)
            assert (direct["alarm"], direct["ticket"]) == (None, None)
            await eventually(lambda: ready(gateway)[0] == 503, what="the gateway not to be ready")
            health = ready(gateway)[1]
            assert health["uncommitted_s"] >= 5
            assert health["reasons"][0].startswith("a commit has hung for ")
            other.execute("ROLLBACK")
        recorded = await trial.hears_of_fire(recorded=True)
        assert recorded == {**direct, "alarm": recorded["alarm"], "ticket": 1, "recorded": True}
        assert recorded["alarm"] is not None
        await nothing_is_lost(gateway, trial)
        assert [event["recorded"] for event in trial.events] == [False, True]
    assert ready(gateway)[0] == 200


async def test_what_waits_for_influxdb_is_bounded_and_what_is_dropped_is_counted(
    tmp_path: Path, site: Path, mosquitto: Mosquitto, influx16: Influx16, influx2_proxy: Influx2Proxy
) -> None:
    influx16.create_database("facility")
    influx2_proxy.stop()
    settings = {"series": "influxdb", "influx_url": influx2_proxy.url, "influx_token": "secret"}
    settings |= {"journal_bytes": str(2**20), "snapshot_every": "1s"}
    mosquitto_pub = require("mosquitto_pub", "mosquitto-clients")
    count = RECENT + 6_000
    published = range(now := time.time_ns() // 1_000_000, now + count)
    lines = [json.dumps({"ts": ts, "flow": 12.25, "outlet_pressure": 0.625}) for ts in published]
    with GatewayProcess(tmp_path / "gateway", site, mosquitto.port, **settings) as gateway:
        arguments = ["-l", "-q", "1", "-p", str(mosquitto.port), "-t", "site/trial/booster_pump/p1/telemetry"]
        publisher = await asyncio.create_subprocess_exec(mosquitto_pub, *arguments, stdin=asyncio.subprocess.PIPE)
        await publisher.communicate("\n".join(lines).encode())
        assert publisher.returncode == 0

        def dropped() -> dict[str, Any] | None:
            health = ready(gateway)[1]
            # All but the latest messages go, once a snapshot has the latest values, and but a row of the journal.
            return health if count - RECENT - 2000 < health["dropped_messages"] <= count - RECENT else None

        health = await eventually(dropped, within=60, what="the oldest to be dropped")
        assert health is not None
        await eventually(lambda: ready(gateway)[0] == 200, what="the gateway, after the flood, to be ready")
        assert any("the oldest are dropped" in warning for warning in health["warnings"])
        influx2_proxy.start()
        gateway.restart()

        def stored() -> set[int]:
            return {row["time"] // 1000 for row in influx16.query("facility", "SELECT flow FROM booster_pump")}

        await eventually(lambda: published[-1] in stored(), within=60, what="the rest to be forwarded")
        health = ready(gateway)[1]
        assert stored() == set(published[health["dropped_messages"] :])
        assert any("messages were dropped before" in warning for warning in health["warnings"])
