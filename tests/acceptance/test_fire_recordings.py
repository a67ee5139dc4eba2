"""Recordings of real fires, judged by the shipped rules in the recordings' own time: what is told, and when.

Every file of NIST's set that is found is judged; what is expected of each is known of those that docs/real-data.md
names. `-s` prints the tables there.
"""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import pytest

from gateway import parts
from gateway.core.alarms.lifecycle import Step
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.times import DAY, MILLISECOND, SECOND, Micros
from gateway.core.telemetry.readings import Message
from gateway.site_files import load_configuration
from tests.gateway_process import ROOT
from tests.unit.core.sites import Seen

FIRES = ROOT.parent / "shared" / "realdata" / "smoke_nist"
HOUSE = Path(__file__).parent / "recordings" / "house" / "site.yaml"
BEGIN: Micros = 20_000 * DAY
QUIET = 5.0
"""K by which the thermocouple at the fire rises while nothing burns to speak of."""
RISING, SUSPECTED, CONFIRMED = "smoke-rising", "smoke-suspected", "fire-confirmed"
LATEST = 15.0
"""How much later than the first value above the limit that stays the alarm of a meter may be (s)."""

pytestmark = pytest.mark.skipif(
    not FIRES.is_dir(), reason="the recordings are not here: docs/real-data.md tells where they are looked for"
)


def device_of(meter: str) -> str:
    """The device as which the column of a meter is heard."""
    return meter.lower().replace("_", "-")


class Fire:
    """One of NIST's fires."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        with path.open(newline="") as lines:
            self.rows = list(csv.DictReader(lines))
        self.times = [float(row["TIME"]) for row in self.rows]
        self.meters = [column for column in self.rows[0] if column.startswith("SM")]
        self.detectors: dict[str, list[float]] = defaultdict(list)
        """When the real detectors of a place went off (s), by its letter."""
        with (FIRES / "activation_times.csv").open(newline="") as lines:
            for activation in csv.DictReader(lines):
                if activation["test"] == self.name:
                    self.detectors[activation["detector"][-1]].append(float(activation["seconds"]))

    def obscuration(self, meter: str) -> list[float]:
        """dB/m: a meter records the optical density per metre."""
        return [10 * float(row[meter]) for row in self.rows]

    @property
    def quiet_until(self) -> float:
        """When the thermocouple at the fire has risen (s)."""
        beginning = float(self.rows[0]["TCFIRE"])
        return next(
            time for time, row in zip(self.times, self.rows, strict=True) if float(row["TCFIRE"]) > beginning + QUIET
        )

    @property
    def real(self) -> list[float]:
        """When its real detectors went off, in this order (s)."""
        return sorted(time for times in self.detectors.values() for time in times)

    def stays_above(self, meter: str, limit: float) -> float:
        """From when on four values in a row are above the limit (s); infinity where there are none."""
        values = self.obscuration(meter)
        starts = (index for index in range(len(values) - 3) if min(values[index : index + 4]) > limit)
        return next((self.times[index] for index in starts), math.inf)


FILES = sorted(FIRES.glob("SDC*.csv"))


@pytest.fixture(scope="module")
def house() -> Configuration:
    return load_configuration(HOUSE)


def told_of(fire: Fire, house: Configuration) -> dict[tuple[str, str], float]:
    """When each alarm was told first (s), by rule and subject, where the gateway hears the fire in its own time."""
    engine = Engine(house, parts.makers(), now=BEGIN)
    engine.set_hearing(BEGIN)
    found: dict[tuple[str, str], float] = {}

    def look(seen: Seen) -> None:
        assert seen.rejections == {}
        for event in seen.events:
            if event.kind == "alarm" and event.data["step"] == Step.RAISE:
                rule, _, subject = event.subject.partition("/")
                found.setdefault((rule, subject), (event.time - BEGIN) / SECOND)

    for index, time in enumerate(fire.times):
        now = BEGIN + round(time * SECOND)
        while (due := engine.next_due()) is not None and due <= now:
            look(Seen(engine.tick(due)))
        for meter in fire.meters:
            body = json.dumps({"ts": now // MILLISECOND, "obscuration": fire.obscuration(meter)[index]}).encode()
            topic = f"site/house/smoke_detector/{device_of(meter)}/telemetry"
            look(Seen(engine.step([Message(topic, body, now)])))
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_fire_is_told_in_time_and_noise_is_not(file: Path, house: Configuration) -> None:
    fire = Fire(file)
    limit = float(house.profiles["smoke_detector"].attributes["obscuration_alarm"].default or 0)
    told = told_of(fire, house)
    alarms = {subject: time for (rule, subject), time in told.items() if rule == RISING}
    print_fire(fire, alarms, told)

    assert {rule for rule, _ in told} <= {RISING, SUSPECTED, CONFIRMED}
    assert min(alarms.values()) >= fire.quiet_until
    assert min(alarms.values()) <= max(fire.real)
    for meter in fire.meters:
        stays = fire.stays_above(meter, 1.6 * limit)
        assert alarms.get(device_of(meter), math.inf) <= stays + LATEST or stays == math.inf
    first, second = sorted(alarms.values())[:2]
    confirmed = told[CONFIRMED, "zone:house"]
    assert fire.quiet_until <= confirmed
    assert first - 60 <= confirmed <= second + 60


def print_fire(fire: Fire, alarms: Mapping[str, float], told: Mapping[tuple[str, str], float]) -> None:
    first = min(alarms, key=lambda device: alarms[device])
    confirmed = told.get((CONFIRMED, "zone:house"))
    known = "never" if confirmed is None else f"{confirmed:.0f} s"
    print(
        f"\n\n{fire.name}: {len(fire.rows)} rows, quiet until {fire.quiet_until:.0f} s;"
        f" first alarm {alarms[first]:.0f} s ({first}), first real detector {fire.real[0]:.0f} s;"
        f" confirmed {known}, second real detector {fire.real[1]:.0f} s"
    )
    print("meter  suspected (s)  alarm (s)  real detectors there: first, median, last (s)  alarm - first, - median")
    for meter in fire.meters:
        device = device_of(meter)
        alarm, suspected = alarms.get(device), told.get((SUSPECTED, device))
        real = fire.detectors.get(meter[2]) if len(meter) == 5 else None
        there = f"{min(real):4.0f} {median(real):6.1f} {max(real):4.0f}" if real else "none"
        difference = f"{alarm - min(real):+5.0f} {alarm - median(real):+7.1f}" if real and alarm is not None else ""
        remark = "  a false alarm: quiet period" if alarm is not None and alarm < fire.quiet_until else ""
        print(
            f"{meter:5}  {'none' if suspected is None else f'{suspected:.0f}':>13}"
            f"  {'none' if alarm is None else f'{alarm:.0f}':>9}  {there:>49}  {difference:>23}{remark}".rstrip()
        )
