"""Devices whose stamps are whole seconds: of several messages within one, the last says what is so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway import parts
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.telemetry.readings import Message
from gateway.site_files import load_configuration
from tests.unit.core.sites import Seen, at, checkpoint_after
from tests.unit.site_files import write

LOCAL, UNIX = "2027-01-15T16:00:00", 1_800_000_000
"""The second in which all is said, on a clock in Shanghai and since 1970."""


@dataclass(frozen=True)
class Case:
    """A device, and how it says true and false of a metric."""

    device: str
    topic: str
    metric: str
    yes: str
    no: str


def gbt26875(kind: int, status: int) -> str:
    where = '"componentType":42,"componentAddress":"1",' if kind == 2 else ""
    return f'{{"type":{kind},"objects":[{{"systemType":1,{where}"status":{status},"time":"{LOCAL}"}}]}}'


def tasmota(state: str) -> str:
    return f'{{"Time":"{LOCAL}","Switch1":"{state}"}}'


def esp_rfid(said: str) -> str:
    return f'{{"type":"WARN","src":"door","desc":"{said}","data":"","time":{UNIX}}}'


CASES = [
    Case(
        "smoke_detector",
        "site/s1/smoke_detector/d/telemetry",
        "smoke",
        f'{{"ts":{UNIX},"smoke":true}}',
        f'{{"ts":{UNIX},"smoke":false}}',
    ),
    Case("fire_panel, dialect: gbt26875, address: t1", "gbt26875/t1/up", "fire", gbt26875(1, 3), gbt26875(1, 1)),
    Case("fire_panel, dialect: gbt26875_events, address: t1", "gbt26875/t1/up", "fire", gbt26875(1, 2), gbt26875(1, 0)),
    *(
        Case(f"{profile}, dialect: gbt26875, address: t1/1", "gbt26875/t1/up", metric, gbt26875(2, 3), gbt26875(2, 1))
        for profile, metric in (
            ("smoke_detector", "smoke"),
            ("heat_detector", "heat"),
            ("manual_call_point", "pressed"),
        )
    ),
    Case("water_leak, dialect: tasmota, address: l1", "tele/l1/SENSOR", "leak", tasmota("ON"), tasmota("OFF")),
    Case("access_door, dialect: tasmota, address: l1", "tele/l1/SENSOR", "open", tasmota("ON"), tasmota("OFF")),
    Case(
        "access_door, dialect: esp_rfid, address: gate",
        "gate/send",
        "open",
        esp_rfid("Door Open"),
        esp_rfid("Door Closed"),
    ),
    Case(
        "access_door, dialect: esp_rfid_shared, address: gate",
        "doors/send",
        "open",
        esp_rfid("Door Open").replace("}", ',"hostname":"gate"}'),
        esp_rfid("Door Closed").replace("}", ',"hostname":"gate"}'),
    ),
]
ALL_CASES = pytest.mark.parametrize("case", CASES, ids=lambda case: case.device)


def load(home: Path, case: Case) -> Configuration:
    head = "site: {id: s1, name: {en: Site}, timezone: Asia/Shanghai}"
    return load_configuration(write(home, {"site.yaml": f"{head}\ndevices:\n  - {{id: d, profile: {case.device}}}\n"}))


class Bench:
    """An engine that hears, over the shipped profiles and rules."""

    def __init__(self, case: Case, configuration: Configuration, checkpoint: Checkpoint | None = None) -> None:
        self.case = case
        self.engine = Engine(configuration, parts.makers(), checkpoint or Checkpoint(), now=at(0))
        self.engine.set_hearing(at(0))
        self._packet = 0

    def say(self, value: bool, at_s: float, *, redelivered: bool = False) -> Seen:
        """The device says it; redelivered, the message before is sent once more by the broker."""
        self._packet += not redelivered
        payload = (self.case.yes if value else self.case.no).encode()
        seen = Seen(
            self.engine.step([Message(self.case.topic, payload, at(at_s), self._packet, redelivered=redelivered)])
        )
        assert seen.rejections == {}
        return seen

    @property
    def value(self) -> object:
        return self.engine.devices["d"].values[self.case.metric]


@ALL_CASES
def test_of_three_messages_with_one_stamp_the_last_counts(tmp_path: Path, case: Case) -> None:
    bench = Bench(case, load(tmp_path, case))
    counts = [bench.say(value, 0.2 * n).counts for n, value in enumerate((True, False, True))]

    assert bench.value is True
    assert sum(each.duplicate for each in counts) == 0


@ALL_CASES
def test_the_last_counts_also_after_a_restart_between_them(tmp_path: Path, case: Case) -> None:
    configuration = load(tmp_path, case)
    first = Bench(case, configuration)
    steps = [first.say(True, 0.1), first.say(False, 0.2)]
    second = Bench(case, configuration, checkpoint_after(*steps))
    assert second.value is False

    second.say(True, 0.9)
    assert second.value is True


@ALL_CASES
def test_what_the_broker_sends_once_more_is_not_said_again(tmp_path: Path, case: Case) -> None:
    bench = Bench(case, load(tmp_path, case))
    bench.say(True, 0.1)
    bench.say(False, 0.2)

    assert bench.say(False, 0.3, redelivered=True).counts.duplicate == 1
    assert bench.value is False


def test_a_fire_stands_as_long_as_the_detector_says_smoke_last(tmp_path: Path) -> None:
    case = CASES[0]
    bench = Bench(case, load(tmp_path, case))
    steps = [bench.say(value, 0.2 * n) for n, value in enumerate((True, False, True))]
    steps.append(Seen(bench.engine.tick(at(3_600))))

    alarms = [alarm for seen in steps for alarm in seen.alarms]
    assert [(alarm.rule, alarm.state.value) for alarm in alarms] == [("smoke-fire", "unacknowledged")]


@pytest.mark.parametrize("last", [True, False])
def test_of_several_objects_with_one_stamp_in_one_message_the_last_counts(tmp_path: Path, last: bool) -> None:
    """A transmitter sends what has happened since its message before as one list."""
    case = CASES[1]
    bench = Bench(case, load(tmp_path, case))
    objects = [f'{{"systemType":1,"status":{3 if fire else 1},"time":"{LOCAL}"}}' for fire in (not last, last)]
    payload = f'{{"type":1,"objects":[{",".join(objects)}]}}'
    seen = Seen(bench.engine.step([Message(case.topic, payload.encode(), at(0.1), 1)]))
    later = Seen(bench.engine.tick(at(3_600)))

    assert bench.value is last
    states = [alarm.state.value for alarm in seen.alarms + later.alarms]
    assert states == (["unacknowledged"] if last else ["unacknowledged", "returned"])
