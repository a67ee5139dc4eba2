"""Recordings of real pumps and real fires through Mosquitto and the gateway: nothing is lost, and what can be seen is.

The recordings are not part of the project: docs/real-data.md tells where they come from. `-s` prints the tables there.
"""

from __future__ import annotations

import asyncio
import csv
import json
import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from pathlib import Path
from statistics import median
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


@dataclass(frozen=True, slots=True)
class Raised:
    """A rule that raised its alarm; both are indices of the device's rows in its recording."""

    rule: str
    device: str
    breach: int
    """The reading with which the breach began."""
    row: int
    """The last reading before the alarm was raised; `breach` where the rule has no delay."""


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

    def raised(self) -> list[Raised]:
        """Every time that a rule raised its alarm, from the audit events, in order."""
        query = """
            SELECT alarm.subject, json_extract(reading.data, '$.time'), alarm.time, json_extract(alarm.data, '$.for_s')
            FROM events AS alarm JOIN events AS reading ON reading.number = alarm.cause
            WHERE alarm.kind = 'alarm' AND json_extract(alarm.data, '$.step') = 'raise' ORDER BY alarm.number
        """
        found = []
        for subject, reading, time, delay in self._gateway.rows(query):
            rule, device = subject.split("/")
            stamps = self._stamps[device]
            breach = stamps.index(round(datetime.fromisoformat(reading).timestamp() * 1000))
            row = bisect_right(stamps, time // 1000) - 1 if delay else breach
            found.append(Raised(rule, device, breach, row))
        return found

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
MAPPINGS = {"SDC02": "meters.yaml", "SDC05": "meters.yaml", "SDC07": "meters.yaml", "SDC10": "meters-sdc10.yaml"}
QUIET = 5.0
"""K by which the thermocouple at the fire rises while nothing burns to speak of."""

FALSE_ALARMS = {"SDC05": {"smb-1"}, "SDC07": {"smf-4"}}
"""Meters that pass the limit while it is quiet: the first has an offset, the second a single value of noise."""
TOO_LATE = {"SDC05": {"smd-1"}}
"""Meters below the ceiling that pass the limit after the last real detector of their place: it sticks at zero."""


def device_of(meter: str) -> str:
    """The device as which the column of a meter is replayed."""
    return meter.lower().replace("_", "-")


class Fire:
    """One of NIST's fires, read without the simulators."""

    def __init__(self, name: str) -> None:
        self.path = REAL_DATA / "smoke_nist" / f"{name}.csv"
        self.rows = rows_of(self.path, delimiter=",")
        self.times = [float(row["TIME"]) for row in self.rows]
        self.meters = [column for column in self.rows[0] if column.startswith("SM")]
        self.detectors: dict[str, list[float]] = defaultdict(list)
        """When the real detectors of a place went off (s), by its letter."""
        for activation in rows_of(REAL_DATA / "smoke_nist" / "activation_times.csv", delimiter=","):
            if activation["test"] == name:
                self.detectors[activation["detector"][-1]].append(float(activation["seconds"]))

    def obscuration(self, meter: str) -> list[float]:
        """dB/m."""
        return [10 * float(row[meter]) for row in self.rows]

    @property
    def quiet_until(self) -> float:
        """When the thermocouple at the fire has risen (s)."""
        beginning = float(self.rows[0]["TCFIRE"])
        return next(
            time for time, row in zip(self.times, self.rows, strict=True) if float(row["TCFIRE"]) > beginning + QUIET
        )


@pytest.mark.parametrize("name", MAPPINGS)
async def test_every_fire_is_an_alarm_when_the_smoke_reaches_the_limit(
    name: str, tmp_path: Path, mosquitto: Mosquitto
) -> None:
    fire = Fire(name)
    detector = profile("smoke_detector")
    limit = detector["attributes"]["obscuration_alarm"]["default"]
    measurable: dict[str, list[float]] = {}
    impossible: dict[tuple[str, str], int] = {}
    over: dict[str, float] = {}
    for meter in fire.meters:
        device, values = device_of(meter), fire.obscuration(meter)
        possible = [within(value, detector["metrics"]["obscuration"]) for value in values]
        measurable[device] = list(compress(values, possible))
        if not all(possible):
            impossible[device, "obscuration"] = possible.count(False)
        seen = compress(zip(fire.times, values, strict=True), possible)
        if (passed := next((time for time, value in seen if value > limit), None)) is not None:
            over[device] = passed

    with GatewayProcess(tmp_path / "gateway", HOUSE, mosquitto.port) as gateway:
        run = Run(gateway, mosquitto)
        await run.replay([open_recording(fire.path, HOUSE.with_name(MAPPINGS[name]))], site="house")
        stored = await run.stored(sum(map(len, measurable.values())), rejected=sum(impossible.values()))
        quarantined = run.quarantined()
        raised = run.raised()
    assert {alarm.rule for alarm in raised} == {"smoke-rising"}
    assert len({alarm.device for alarm in raised}) == len(raised)
    alarms = {alarm.device: fire.times[alarm.row] for alarm in raised}
    print_fire(name, fire, alarms, quarantined)

    assert run.published == dict.fromkeys(measurable, len(fire.rows))
    for device, values in measurable.items():
        assert [reading["obscuration"] for reading in stored[device]] == pytest.approx(values)
    assert quarantined == impossible
    assert alarms == over
    assert {device for device, time in alarms.items() if time < fire.quiet_until} == FALSE_ALARMS.get(name, set())
    late = {
        device
        for letter, activations in fire.detectors.items()
        if (device := f"sm{letter.lower()}-1") in measurable and not alarms.get(device, math.inf) <= max(activations)
    }
    assert late == TOO_LATE.get(name, set())


def print_fire(name: str, fire: Fire, alarms: Mapping[str, float], quarantined: Mapping[tuple[str, str], int]) -> None:
    every = [time for activations in fire.detectors.values() for time in activations]
    first_alarm = min(alarms, key=lambda device: alarms[device])
    print(
        f"\n\n{name}: {len(fire.rows)} rows, quiet until {fire.quiet_until:.0f} s;"
        f" first alarm {alarms[first_alarm]:.0f} s ({first_alarm}), first real detector {min(every):.0f} s"
    )
    print("meter  alarm (s)  real detectors there: first, median, last (s)  alarm - first, - median  quarantined")
    for meter in fire.meters:
        device = device_of(meter)
        alarm = alarms.get(device)
        real = fire.detectors.get(meter[2]) if len(meter) == 5 else None
        there = f"{min(real):4.0f} {median(real):6.1f} {max(real):4.0f}" if real else "none"
        difference = f"{alarm - min(real):+5.0f} {alarm - median(real):+7.1f}" if real and alarm is not None else ""
        remark = ""
        if alarm is not None and alarm < fire.quiet_until:
            remark = "  a false alarm: quiet period"
        elif alarm is None and (device, "obscuration") in quarantined:
            remark = "  all above the limit was quarantined"
        print(
            f"{meter:5}  {'none' if alarm is None else f'{alarm:.0f}':>9}  {there:>49}  {difference:>23}"
            f"  {quarantined.get((device, 'obscuration'), 0):11}{remark}"
        )
