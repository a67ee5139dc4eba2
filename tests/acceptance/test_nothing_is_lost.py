"""Killed, cut off and without its database: every message is stored exactly once, every breach is one alarm."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from simulators.broker import Broker
from simulators.publisher import transmit
from simulators.telemetry import DeviceClass, Telemetry
from simulators.uplink import Publication
from tests.gateway_process import GatewayProcess
from tests.servers import Influx2Proxy, Influx16, Mosquitto, VictoriaMetrics, eventually

RATE = 2_000
"""Messages a second."""
DEVICES = 1_000
SITE = "trial"
KILLS = int(os.environ.get("KILLS", "6"))
"""How often the gateway is killed; `make kills` does it more often."""
READINGS = "SELECT device, time / 1000 FROM readings UNION SELECT device, time / 1000 FROM fresh"
"""Device and time (ms) of all embedded readings: a device and time that stands in both tables is one reading."""

RULES = """
rules:
  - id: no-flow
    applies_to: {profile: booster_pump}
    when: flow < 1
    severity: critical
    title: {en: No flow}
    ticket: {category: pump, priority: P2, team: engineering}
"""


class Load:
    """What is published: each device once falls below the rule's limit, for three messages."""

    def __init__(self, seconds: int, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self.turns = seconds * RATE // DEVICES
        self._breach = [self._random.randrange(2, self.turns - 4) for _ in range(DEVICES)]
        self.published: set[tuple[str, int]] = set()
        """Device and time stamp (ms) of everything that the broker has acknowledged."""

    def telemetry(self) -> Iterator[Telemetry]:
        for index in range(self.turns * DEVICES):
            turn, device = divmod(index, DEVICES)
            breaching = self._breach[device] <= turn < self._breach[device] + 3
            metrics = {"flow": 0.5 if breaching else 12.0, "outlet_pressure": 0.6, "running": True}
            yield Telemetry(index / RATE, f"p{device:04d}", DeviceClass.BOOSTER_PUMP, metrics)

    def has_published(self, count: int) -> bool:
        return len(self.published) >= count

    def note(self, publication: Publication) -> None:
        self.published.add((publication.telemetry.device, publication.ts))

    async def publish(self, broker: Mosquitto) -> None:
        await transmit(
            self.telemetry(), broker=Broker(host="127.0.0.1", port=broker.port), site=SITE, on_published=self.note
        )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    devices = "".join(f"  - {{id: p{device:04d}, profile: booster_pump}}\n" for device in range(DEVICES))
    file = tmp_path / "site.yaml"
    file.write_text(f"site: {{id: {SITE}, name: {{en: Trial}}}}\ndevices:\n{devices}{RULES}")
    return file


async def stored_in_series_db(gateway: GatewayProcess, load: Load) -> None:
    """Wait for the embedded series to hold as many readings as were published, and see that they are the very ones."""
    count = len(load.published)
    await eventually(
        lambda: gateway.rows(f"SELECT count(*) FROM ({READINGS})", file="series.db") >= [(count,)],
        within=120,
        what=f"{count} readings in the series",
    )
    rows = gateway.rows(READINGS, file="series.db")
    assert len(rows) == count
    assert set(rows) == load.published


def journalled(gateway: GatewayProcess) -> int:
    """The number of the latest batch in the journal."""
    ((number,),) = gateway.rows("SELECT coalesce(max(first_message), 0) FROM journal")
    return int(number)


def each_breach_is_one_alarm_with_one_ticket(gateway: GatewayProcess) -> None:
    alarms = gateway.rows("SELECT number, subject, ticket FROM alarms WHERE rule = 'no-flow'")
    assert len(alarms) == len({subject for _, subject, _ in alarms}) == DEVICES
    tickets = gateway.rows("SELECT alarm, number FROM tickets")
    assert {(number, ticket) for number, _, ticket in alarms} <= set(tickets)
    assert len({alarm for alarm, _ in tickets}) == len(tickets)


async def test_killed_again_and_again_it_has_every_message_exactly_once(
    tmp_path: Path, site: Path, mosquitto: Mosquitto
) -> None:
    load, dice = Load(seconds=5 + 9 * KILLS // 4), random.Random(time.time_ns())
    # The subscription must exist before the first message: MQTT keeps nothing for a stranger.
    with GatewayProcess(tmp_path / "gateway", site, mosquitto.port) as gateway:
        publishing = asyncio.create_task(load.publish(mosquitto))
        seen = [journalled(gateway)]
        for kill in range(KILLS):
            if kill % 4:  # most kills come while messages are being stored, the others while the gateway starts

                def has_stored_more(before: int = seen[-1]) -> bool:
                    return publishing.done() or journalled(gateway) > before

                await eventually(has_stored_more, within=60, what="further messages in the journal")
            await asyncio.sleep(dice.uniform(0.0, 2.0))
            gateway.kill()
            seen.append(journalled(gateway))
            await asyncio.to_thread(gateway.launch)
        await publishing
        await stored_in_series_db(gateway, load)
    assert len(set(seen)) > KILLS // 4, "hardly any kill came while messages were being stored"
    each_breach_is_one_alarm_with_one_ticket(gateway)


async def test_through_restarts_of_the_broker_it_has_every_message_exactly_once(
    tmp_path: Path, site: Path, mosquitto: Mosquitto
) -> None:
    load = Load(seconds=10)
    with GatewayProcess(tmp_path / "gateway", site, mosquitto.port) as gateway:
        publishing = asyncio.create_task(load.publish(mosquitto))
        for published in (4_000, 11_000):
            await eventually(partial(load.has_published, published), within=60)
            await asyncio.to_thread(mosquitto.restart)
        await publishing
        await stored_in_series_db(gateway, load)
    each_breach_is_one_alarm_with_one_ticket(gateway)


def in_influx(influx16: Influx16) -> set[tuple[str, int]]:
    rows = influx16.query("facility", "SELECT flow, device FROM booster_pump")
    assert len(rows) == len({(row["device"], row["time"]) for row in rows})
    return {(row["device"], row["time"] // 1000) for row in rows}


async def test_without_influxdb_for_a_while_it_has_every_message_exactly_once(
    tmp_path: Path, site: Path, mosquitto: Mosquitto, influx16: Influx16, influx2_proxy: Influx2Proxy
) -> None:
    influx16.create_database("facility")
    load = Load(seconds=8)
    settings = {"series": "influxdb", "influx_url": influx2_proxy.url, "influx_token": "secret"}
    with GatewayProcess(tmp_path / "gateway", site, mosquitto.port, **settings) as gateway:
        publishing = asyncio.create_task(load.publish(mosquitto))
        await eventually(lambda: len(load.published) > 3_000, within=60)
        influx2_proxy.stop()
        await eventually(lambda: len(load.published) > 8_000, within=60)
        influx16.restart()
        await eventually(lambda: gateway.get("/healthz")[1]["series_available"] is False, within=30)
        assert gateway.get("/readyz")[0] == 200
        influx2_proxy.start()
        await publishing
        await eventually(lambda: len(in_influx(influx16)) >= len(load.published), within=90)
        assert in_influx(influx16) == load.published
    each_breach_is_one_alarm_with_one_ticket(gateway)


async def test_without_victoria_metrics_for_a_while_it_has_every_message_exactly_once(
    tmp_path: Path, site: Path, mosquitto: Mosquitto, victoria_metrics: VictoriaMetrics
) -> None:
    load = Load(seconds=8)
    settings = {"series": "influxdb", "influx_url": victoria_metrics.url, "influx_token": "secret"}
    with GatewayProcess(tmp_path / "gateway", site, mosquitto.port, **settings) as gateway:
        publishing = asyncio.create_task(load.publish(mosquitto))
        await eventually(lambda: len(load.published) > 3_000, within=60)
        victoria_metrics.stop()
        await eventually(lambda: len(load.published) > 8_000, within=60)
        victoria_metrics.start()
        await publishing

        def stored() -> list[tuple[str, int]]:
            return [
                (series["metric"]["device"], time)
                for series in victoria_metrics.export('{__name__="booster_pump_flow"}')
                for time in series["timestamps"]
            ]

        await eventually(lambda: len(stored()) >= len(load.published), within=90, poll=0.5)
        found = stored()
        assert len(found) == len(set(found))
        assert set(found) == load.published
    each_breach_is_one_alarm_with_one_ticket(gateway)
