"""Recordings of a real pump, judged by the shipped rules in the recordings' own time: what is told, when, what is not.

Every file of SKAB that is found is judged; what is expected is known of those that docs/real-data.md names. `-s` prints
the table there. A file that is not in the site file gets its accepted values as the others did.
"""

from __future__ import annotations

import csv
import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import yaml

from gateway import parts
from gateway.core.alarms.lifecycle import Step
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.times import MILLISECOND, SECOND, Micros
from gateway.core.telemetry.readings import Message
from gateway.site_files import load_configuration
from simulators.recording import open_recording
from simulators.telemetry import DeviceClass
from tests.gateway_process import ROOT
from tests.unit.core.sites import Seen
from tests.unit.site_files import only

SKAB = ROOT.parent / "shared" / "realdata" / "pump_skab"
SITE = Path(__file__).parent / "recordings" / "pumps" / "site.yaml"
MAPPING = SITE.with_name("skab.yaml")
MINUTE = timedelta(minutes=1)
ACCEPTED = {"accepted_flow": ("Volume Flow RateRMS", 0.06), "accepted_acceleration": ("Accelerometer1RMS", 1.0)}
"""The attributes that the first minute gives: the column of each, and the factor to the profile's unit."""

pytestmark = pytest.mark.skipif(
    not SKAB.is_dir(), reason="the recordings are not here: docs/real-data.md tells where they are looked for"
)


class Experiment:
    """One file, read without the simulators."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.device = "-".join(path.relative_to(SKAB).with_suffix("").parts)
        with path.open(newline="") as lines:
            self.rows = list(csv.DictReader(lines, delimiter=";"))
        self.times = [datetime.fromisoformat(row["datetime"]).replace(tzinfo=UTC) for row in self.rows]
        self.anomalous = [float(row.get("anomaly", 0)) > 0 for row in self.rows]

    @property
    def accepted(self) -> dict[str, float]:
        """The attributes of the pump: the means of the first minute."""
        early = [row for row, time in zip(self.rows, self.times, strict=True) if time - self.times[0] < MINUTE]
        return {
            name: factor * fmean(float(row[column]) for row in early) for name, (column, factor) in ACCEPTED.items()
        }

    @property
    def begins(self) -> Micros:
        return round(self.times[0].timestamp()) * SECOND

    def row_at(self, time: Micros) -> int:
        """The index of the last row up to a time."""
        return bisect_right(self.times, datetime.fromtimestamp(time / SECOND, UTC)) - 1


@dataclass(frozen=True, slots=True)
class Told:
    """An alarm that was raised, or told anew as its level rose."""

    rule: str
    severity: str
    row: int


def experiments() -> list[Experiment]:
    return [Experiment(path) for path in sorted(SKAB.rglob("*.csv"))]


def site_of(found: Iterable[Experiment]) -> str:
    """The site file with the devices of these, each with the accepted values of its first minute."""
    site = yaml.safe_load(SITE.read_text())
    listed = {device["id"]: device for device in site["devices"]}
    usual = next(iter(listed.values()))["attributes"]
    site["devices"] = []
    for each in found:
        device = listed.get(each.device, {"id": each.device, "profile": "booster_pump", "attributes": usual})
        site["devices"].append({**device, "attributes": {**device["attributes"], **each.accepted}})
    return yaml.safe_dump(site, allow_unicode=True)


def told_of(experiment: Experiment, configuration: Configuration) -> list[Told]:
    """What the gateway of this device alone tells of a recording that it hears in the recording's own time."""
    engine = Engine(only(configuration, experiment.device), parts.makers(), now=experiment.begins)
    engine.set_hearing(experiment.begins)
    recording = open_recording(
        experiment.path, MAPPING, device=experiment.device, device_class=DeviceClass.BOOSTER_PUMP
    )
    topic = f"site/test-bed/booster_pump/{experiment.device}/telemetry"
    found: list[Told] = []
    for elapsed, metrics in recording.payloads(experiment.device):
        now = experiment.begins + round(elapsed * SECOND)
        while (due := engine.next_due()) is not None and due <= now:
            found += _told(Seen(engine.tick(due)), experiment)
        body = json.dumps({"ts": now // MILLISECOND, **metrics}).encode()
        found += _told(Seen(engine.step([Message(topic, body, now)])), experiment)
    return found


def _told(seen: Seen, experiment: Experiment) -> Iterator[Told]:
    severities = {alarm.rule: str(alarm.severity) for alarm in seen.alarms}
    for event in seen.events:
        if event.kind == "alarm" and event.data["step"] == Step.RAISE:
            rule = event.subject.partition("/")[0]
            yield Told(rule, severities[rule], experiment.row_at(event.time))


FLOW, SHAKES = "pump-flow-below-accepted", "pump-acceleration-rising"
CAUGHT: Mapping[str, set[str]] = {
    **{f"other-{number}": {FLOW} for number in (1, 3, 4)},
    **{f"other-{number}": {SHAKES} for number in (5, 6, 7)},
    **{f"valve1-{number}": {FLOW} for number in (1, 3, 5, 6, 7)},
}
"""What catches which of the files that docs/real-data.md names. The others are missed."""
KNOWN = ["anomaly-free", *(f"other-{each}" for each in range(1, 8)), *(f"valve1-{each}" for each in range(8))]


def test_the_accepted_values_of_the_site_are_those_of_the_first_minute() -> None:
    devices: list[dict[str, Any]] = yaml.safe_load(SITE.read_text())["devices"]
    listed = {device["id"]: device["attributes"] for device in devices}
    measured = {each.device: each.accepted for each in experiments() if each.device in KNOWN}

    assert listed.keys() == measured.keys() == set(KNOWN)
    for device, accepted in measured.items():
        assert {name: listed[device][name] for name in accepted} == pytest.approx(accepted, rel=0.003), device


def test_the_site_has_no_rules_of_its_own() -> None:
    assert "rules" not in yaml.safe_load(SITE.read_text())


def test_the_shipped_rules_tell_of_anomalies_and_of_nothing_else(tmp_path: Path) -> None:
    found = experiments()
    site = tmp_path / "site.yaml"
    site.write_text(site_of(found))
    configuration = load_configuration(site)
    judged = {each.device: (each, told_of(each, configuration)) for each in found}
    for experiment, told in judged.values():
        print_row(experiment, told)

    caught = {
        device: {each.rule for each in told if experiment.anomalous[each.row]}
        for device, (experiment, told) in judged.items()
        if device in KNOWN
    }
    false = {
        device: [each for each in told if not experiment.anomalous[each.row]]
        for device, (experiment, told) in judged.items()
        if device in KNOWN
    }
    assert {device: rules for device, rules in caught.items() if rules} == CAUGHT
    assert {device: told for device, told in false.items() if told} == {}


def print_row(experiment: Experiment, told: list[Told]) -> None:
    begins = experiment.anomalous.index(True) if any(experiment.anomalous) else None
    texts = []
    for each in told:
        moment = f"line {each.row + 2}"
        if experiment.anomalous[each.row] and begins is not None:
            moment = f"{(experiment.times[each.row] - experiment.times[begins]).total_seconds():.0f} s later"
            texts.append(f"{each.rule} {each.severity}, {moment}")
        else:
            texts.append(f"FALSE {each.rule} {each.severity}, {moment}")
    first = "none" if begins is None else f"line {begins + 2}"
    what = "; ".join(texts) or "nothing"
    print(f"{experiment.device:13} {len(experiment.rows):5} rows  anomaly from {first:9}  {what}")
