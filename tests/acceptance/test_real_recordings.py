"""Recordings of real pumps and real fires through Mosquitto and the gateway, at 60 times their pace: nothing is lost.

The recordings are not part of the project: docs/real-data.md tells where they come from. What is told of them, and
when, is judged in their own time: test_pump_recordings.py, test_fire_recordings.py.
"""

from __future__ import annotations

import asyncio
import csv
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulators.broker import Broker
from simulators.recording import Recording, open_recording
from simulators.replay import replay
from simulators.telemetry import DeviceClass
from simulators.uplink import Publication
from tests.gateway_process import ROOT, GatewayProcess
from tests.servers import Mosquitto, eventually

REAL_DATA = ROOT.parent / "shared" / "realdata"
SITES = Path(__file__).parent / "recordings"
SPEED = 60

pytestmark = pytest.mark.skipif(
    not REAL_DATA.is_dir(), reason="the recordings are not here: docs/real-data.md tells where they are looked for"
)


class Run:
    """Recordings replayed into one gateway, and what it made of them."""

    def __init__(self, gateway: GatewayProcess, broker: Mosquitto) -> None:
        self._gateway = gateway
        self._broker = broker
        self._stamps: dict[str, list[int]] = defaultdict(list)  # ms; they rise strictly for each device

    async def replay(self, recordings: Sequence[Recording], *, site: str) -> None:
        """Replay them all at the same time."""
        broker = Broker(host=self._broker.host, port=self._broker.port)
        async with asyncio.TaskGroup() as tasks:
            for recording in recordings:
                tasks.create_task(
                    replay(recording, broker=broker, site=site, speed=SPEED, on_published=self._note),
                    name=recording.path.name,
                )
        for stamps in self._stamps.values():
            stamps.sort()

    def _note(self, publication: Publication) -> None:
        self._stamps[publication.telemetry.device].append(publication.ts)

    @property
    def published(self) -> dict[str, int]:
        """How many messages each device has sent."""
        return {device: len(stamps) for device, stamps in self._stamps.items()}

    async def stored(self, readings: int, *, rejected: int) -> dict[str, list[dict[str, Any]]]:
        """Wait until all is done: the values of each reading in the series, by device, in the order of their time."""
        query = "SELECT device, time, fields FROM readings UNION ALL SELECT device, time, fields FROM fresh"
        await eventually(
            lambda: (
                len(self._gateway.rows(query, file="series.db")) >= readings
                and self._gateway.get("/api/v1/rejects")[1]["total"] >= rejected
            ),
            within=60,
            what=f"{readings} readings in the series and {rejected} rejected values",
        )
        rows = self._gateway.rows(query, file="series.db")
        assert len(rows) == len({(device, time) for device, time, _ in rows}), "a reading was stored twice"
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for device, _, fields in sorted(rows):
            found[device].append(json.loads(fields))
        return found

    def raised(self) -> set[str]:
        """The rules that have raised an alarm, from the audit events."""
        query = "SELECT subject FROM events WHERE kind = 'alarm' AND json_extract(data, '$.step') = 'raise'"
        return {subject.split("/")[0] for (subject,) in self._gateway.rows(query)}

    def quarantined(self) -> dict[tuple[str, str], int]:
        """How many values were rejected as out of range, by device and metric; nothing else may have been rejected."""
        answer = self._gateway.get("/api/v1/rejects?limit=1000")[1]
        assert {kind["reason"] for kind in answer["rejects"]} <= {"out of range"}
        return {(kind["topic"].split("/")[3], kind["metric"]): kind["count"] for kind in answer["rejects"]}


def rows_of(recording: Path, *, delimiter: str) -> list[dict[str, str]]:
    with recording.open(newline="") as lines:
        return list(csv.DictReader(lines, delimiter=delimiter))


def profile(name: str) -> dict[str, Any]:
    """A shipped device profile."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "device_profiles" / f"{name}.yaml").read_text())
    return loaded


def within(value: float, metric: Mapping[str, Any]) -> bool:
    """Whether a value is in the range of a metric of a profile."""
    lowest, highest = metric["range"]
    return bool(lowest <= value <= highest)


# The pumps of SKAB


PUMPS = SITES / "pumps" / "site.yaml"
COLUMNS = {
    "flow": ("Volume Flow RateRMS", 0.06),
    "acceleration": ("Accelerometer1RMS", 1.0),
    "outlet_pressure": ("Pressure", 0.1),
    "current": ("Current", 1.0),
    "voltage": ("Voltage", 1.0),
    "bearing_temperature": ("Temperature", 1.0),
    "water_temperature": ("Thermocouple", 1.0),
}
"""Metric: its column in the recording, and the factor from there to the profile's unit."""


class PumpRecording:
    """One of SKAB's experiments, read without the simulators."""

    def __init__(self, number: int) -> None:
        self.device = f"other-{number}"
        self.path = REAL_DATA / "pump_skab" / "other" / f"{number}.csv"
        self.rows = rows_of(self.path, delimiter=";")

    def values(self, metric: str) -> list[float]:
        column, factor = COLUMNS[metric]
        return [float(row[column]) * factor for row in self.rows]


def pump_recordings() -> list[PumpRecording]:
    return [PumpRecording(number) for number in range(1, 8)]


async def test_every_row_of_the_pumps_is_stored(tmp_path: Path, mosquitto: Mosquitto) -> None:
    recordings = pump_recordings()
    metrics = profile("booster_pump")["metrics"]
    expected: dict[tuple[str, str], list[float | None]] = {
        (recording.device, metric): [
            value if within(value, metrics[metric]) else None for value in recording.values(metric)
        ]
        for recording in recordings
        for metric in COLUMNS
    }
    impossible = {of: values.count(None) for of, values in expected.items() if None in values}
    with GatewayProcess(tmp_path / "gateway", PUMPS, mosquitto.port) as gateway:
        run = Run(gateway, mosquitto)
        mapping = PUMPS.with_name("skab.yaml")
        await run.replay(
            [
                open_recording(recording.path, mapping, device=recording.device, device_class=DeviceClass.BOOSTER_PUMP)
                for recording in recordings
            ],
            site="test-bed",
        )
        stored = await run.stored(
            sum(len(recording.rows) for recording in recordings), rejected=sum(impossible.values())
        )
        quarantined = run.quarantined()

    assert run.published == {recording.device: len(recording.rows) for recording in recordings}
    for recording in recordings:
        readings = stored[recording.device]
        assert len(readings) == len(recording.rows)
        assert all(reading["running"] is True for reading in readings)
        for metric in COLUMNS:
            values = [reading.get(metric) for reading in readings]
            assert values == pytest.approx(expected[recording.device, metric])
    assert quarantined == impossible


# The fires of NIST


HOUSE = SITES / "house" / "site.yaml"
MAPPINGS = {"SDC02": "meters.yaml", "SDC10": "meters-sdc10.yaml"}


@pytest.mark.parametrize("name", MAPPINGS)
async def test_every_reading_of_a_fire_is_stored_and_the_fire_is_an_alarm(
    name: str, tmp_path: Path, mosquitto: Mosquitto
) -> None:
    """When it is one is told in the recording's own time: tests/acceptance/test_fire_recordings.py."""
    path = REAL_DATA / "smoke_nist" / f"{name}.csv"
    rows = rows_of(path, delimiter=",")
    meters = {column.lower().replace("_", "-"): column for column in rows[0] if column.startswith("SM")}
    metric = profile("smoke_detector")["metrics"]["obscuration"]
    expected = {device: [10 * float(row[column]) for row in rows] for device, column in meters.items()}
    assert all(within(value, metric) for values in expected.values() for value in values)

    with GatewayProcess(tmp_path / "gateway", HOUSE, mosquitto.port) as gateway:
        run = Run(gateway, mosquitto)
        await run.replay([open_recording(path, HOUSE.with_name(MAPPINGS[name]))], site="house")
        stored = await run.stored(len(rows) * len(meters), rejected=0)
        quarantined = run.quarantined()
        raised = run.raised()

    assert run.published == dict.fromkeys(expected, len(rows))
    for device, values in expected.items():
        assert [reading["obscuration"] for reading in stored[device]] == pytest.approx(values)
    assert quarantined == {}
    assert "fire-confirmed" in raised  # two meters say so; of one alone the readings of 5 s pass here in a moment
