"""Retained messages of the shipped profiles: presences and states are of now, events are ignored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway import parts
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.kernel.texts import Text
from gateway.core.site.site import DeviceSpec, Site, SiteHeader
from gateway.core.telemetry.readings import Message
from gateway.site_files import load_configuration
from tests.unit.core.sites import Seen, at, checkpoint_after
from tests.unit.shipped_profiles import PROFILES
from tests.unit.site_files import write


@dataclass(frozen=True)
class Presence:
    """A topic on which a device, or what speaks for it, is said to be online or not."""

    profile: str
    dialect: str
    address: str
    topic: str
    online: str
    offline: str

    def site(self) -> Configuration:
        """A site of this device alone, without rules."""
        device = DeviceSpec(id="d", profile=self.profile, dialect=self.dialect, address=self.address)
        header = SiteHeader(id="s1", name=Text(en="Site"), timezone="Asia/Shanghai")
        return Configuration(Site(header, {"d": device}), {self.profile: PROFILES[self.profile]})


OF_ZIGBEE = (
    *("access_door", "distribution_panel", "flood_sensor", "gas_detector", "heat_detector", "manual_call_point"),
    *("power_meter", "smoke_detector", "temperature_humidity", "water_leak", "water_tank_level"),
)
TEXT, JSON = ("online", "offline"), ('{"state":"online"}', '{"state":"offline"}')
SPACED = ('{"state": "online"}', '{"state": "offline"}')
"""As bridges of other makers write it."""
FLAG = ("true", "false")
LWT = ("Online", "Offline")
PRESENCES = [
    *(
        Presence(profile, "zigbee2mqtt", "d1", "zigbee2mqtt/d1/availability", *payloads)
        for profile in OF_ZIGBEE
        for payloads in (TEXT, JSON, SPACED)
    ),
    *(
        Presence("water_tank_level", "zigbee2mqtt_centimetres", "d1", "zigbee2mqtt/d1/availability", *payloads)
        for payloads in (TEXT, JSON, SPACED)
    ),
    *(
        Presence(profile, "tasmota", "d1", "tele/d1/LWT", *LWT)
        for profile in ("access_door", "nfc_reader", "power_meter", "temperature_humidity", "water_leak")
    ),
    *(
        Presence(profile, "homie", "d1", f"homie/{version}d1/$state", "ready", state)
        for profile in ("nfc_reader", "power_meter", "temperature_humidity")
        for version in ("", "5/")
        for state in ("lost", "disconnected")
    ),
    Presence("nfc_reader", "homie", "d1", "homie/d1/$online", *FLAG),
    *(
        Presence(profile, "esphome", "d1", "d1/status", *TEXT)
        for profile in ("nfc_reader", "power_meter", "smoke_detector", "temperature_humidity")
    ),
    Presence("nfc_reader", "esphome_rdm6300", "d1", "d1/status", *TEXT),
    *(Presence(profile, "esp_rfid", "d1", "d1/avty", *TEXT) for profile in ("access_door", "nfc_reader")),
    *(
        Presence(profile, "shelly_gen2", address, "shelly-1/online", *FLAG)
        for profile, address in (
            ("access_door", "shelly-1"),
            ("access_door", "shelly-1/1"),
            ("manual_call_point", "shelly-1/1"),
            ("power_meter", "shelly-1"),
            ("power_meter", "shelly-1/2"),
            ("smoke_detector", "shelly-1"),
            ("temperature_humidity", "shelly-1"),
            ("temperature_humidity", "shelly-1/100"),
        )
    ),
    Presence("temperature_humidity", "tasmota", "d1/2", "tele/d1/LWT", *LWT),
    Presence("power_meter", "shelly_gen1", "shelly-1/1", "shellies/shelly-1/online", *FLAG),
    Presence("access_door", "esphome", "d1/door", "d1/status", *TEXT),
    Presence("access_door", "esphome", "attic/d1/door", "attic/d1/status", *TEXT),
    *(
        Presence(profile, dialect, "shelly-1", "shellies/shelly-1/online", *FLAG)
        for profile, dialect in (
            ("gas_detector", "shelly_gas"),
            ("power_meter", "shelly_gen1"),
            ("power_meter", "shelly_3em_gen1"),
            ("smoke_detector", "shelly_gen1"),
            ("temperature_humidity", "shelly_gen1"),
            ("water_leak", "shelly_gen1"),
        )
    ),
    Presence("access_door", "nuki", "1A2B3C4D", "nuki/1A2B3C4D/connected", *FLAG),
    Presence("access_door", "nuki_hub", "nuki", "nuki/maintenance/mqttConnectionState", *TEXT),
    Presence("battery_ups", "nut_topics", "ups", "nut/bridge/state", *TEXT),
    Presence("battery_ups", "victron", "c0619ab/512", "N/c0619ab/battery/512/Connected", '{"value":1}', '{"value":0}'),
    Presence("generator", "victron", "c0619ab/1", "N/c0619ab/genset/1/Connected", '{"value":1}', '{"value":0}'),
    *(
        Presence("generator", each, "generator", "generator/client_status", *LWT)
        for each in ("genmon", "genmon_numeric")
    ),
    Presence("camera_event", "frigate", "gate", "frigate/gate/status/detect", *TEXT),
    Presence("camera_event", "frigate", "gate", "frigate/available", *TEXT),
    Presence("camera_event", "axis", "B8A4", "axis/B8A4/event/connection", '{"connected":true}', '{"connected":false}'),
    Presence(
        "camera_event",
        "viseron",
        "gate",
        "viseron/binary_sensor/gate_connected/state",
        '{"state":"on"}',
        '{"state":"off"}',
    ),
    Presence("camera_event", "neolink", "gate", "neolink/gate/status", "connected", "disconnected"),
    Presence("edge_box", "glances", "box", "glances/box/availability", *TEXT),
    Presence("edge_box", "system_sensors", "box", "system-sensors/sensor/box/availability", *TEXT),
    Presence("edge_box", "rpi_mqtt_monitor", "box", "masters/box/status", "1", "0"),
    *(
        Presence("edge_box", "rpi_reporter", "box", topic, *TEXT)
        for topic in ("home/nodes/sensor/box/status", "home/sensor/box/status")
    ),
    *(
        Presence("edge_box", "zigbee2mqtt", "zigbee2mqtt", "zigbee2mqtt/bridge/state", *each)
        for each in (TEXT, JSON, SPACED)
    ),
]
LEFT_OUT = {
    ("access_door", "esp_rfid_shared"): "says that it is alive, never that it is not",
    ("nfc_reader", "esp_rfid_shared"): "says that it is alive, never that it is not",
    ("battery_ups", "apcupsd"): "says in its status that the UPS is lost, never that it is back",
    ("distribution_panel", "acrel"): "the gateway says of a meter that it is lost, and retains nothing",
    ("power_meter", "acrel"): "the gateway says of a meter that it is lost, and retains nothing",
    ("patrol_phone", "owntracks"): "online is a position, with its stamp",
    ("patrol_phone", "traccar"): "a platform, which stamps and retains nothing",
}


def load(home: Path, device: str) -> Configuration:
    """A site of a device of this profile and dialect, under the shipped rules."""
    text = f"site: {{id: s1, name: {{en: Site}}}}\ndevices:\n  - {{id: d, profile: {device}}}\n"
    return load_configuration(write(home, {"site.yaml": text}))


class Bench:
    """An engine over shipped profiles and rules. It is blind, as after a start, until `hear`."""

    def __init__(
        self, configuration: Configuration, *, checkpoint: Checkpoint | None = None, start_s: float = 0
    ) -> None:
        self.engine = Engine(configuration, parts.makers(), checkpoint or Checkpoint(), now=at(start_s))

    def hear(self, at_s: float) -> Seen:
        return Seen(self.engine.set_hearing(at(at_s)))

    def lose(self, at_s: float) -> Seen:
        return Seen(self.engine.set_blind(at(at_s)))

    def send(self, at_s: float, topic: str, payload: str, **flags: Any) -> Seen:  # noqa: ANN401
        return Seen(self.engine.step([Message(topic, payload.encode(), at(at_s), **flags)]))

    def online(self) -> tuple[object, float]:
        """Whether the device is online as the API shows it, and since how many seconds."""
        device = self.engine.devices["d"]
        return device.values.get("online"), (device.times["online"] - at(0)) / 1e6


ALL_PRESENCES = pytest.mark.parametrize(
    "presence", PRESENCES, ids=lambda each: f"{each.profile}-{each.dialect}-{each.topic}-{each.offline}"
)


def test_every_presence_of_the_shipped_profiles_is_tried() -> None:
    of_profiles = {
        (profile.profile, name)
        for profile in PROFILES.values()
        for name, dialect in profile.dialects.items()
        if any("online" in (binding.values or {}) for binding in dialect.messages)
    }

    assert {(each.profile, each.dialect) for each in PRESENCES} == of_profiles - LEFT_OUT.keys()
    assert LEFT_OUT.keys() <= of_profiles


@ALL_PRESENCES
def test_a_presence_retained_before_the_first_start_is_believed(presence: Presence) -> None:
    bench = Bench(presence.site())
    seen = bench.send(1, presence.topic, presence.offline, retained=True)
    bench.hear(2)

    assert (bench.online(), seen.rejections) == ((False, 1), {})


@ALL_PRESENCES
def test_a_presence_retained_while_the_gateway_was_down_is_believed(presence: Presence) -> None:
    configuration = presence.site()
    first = Bench(configuration)
    first.hear(0)
    before = first.send(1, presence.topic, presence.online)
    assert first.online() == (True, 1)

    second = Bench(configuration, checkpoint=checkpoint_after(before), start_s=3600)
    assert second.online() == (True, 1)
    second.send(3601, presence.topic, presence.offline, retained=True)

    assert second.online() == (False, 3601)


@ALL_PRESENCES
def test_a_presence_retained_while_the_link_was_lost_is_believed(presence: Presence) -> None:
    bench = Bench(presence.site())
    bench.hear(0)
    bench.send(1, presence.topic, presence.online)
    bench.lose(10)
    bench.send(600, presence.topic, presence.offline, retained=True)
    assert bench.online() == (False, 600)
    bench.hear(601)
    bench.send(602, presence.topic, presence.online)

    assert bench.online() == (True, 602)


STATES = [
    ("smoke_detector, dialect: shelly_gen2, address: s1", "s1/status/smoke:0", '{"id":0,"alarm":true}', "smoke-fire"),
    ("smoke_detector, dialect: shelly_gen1, address: s1", "shellies/s1/sensor/smoke", "true", "smoke-fire"),
    ("smoke_detector, dialect: esphome, address: s1", "s1/binary_sensor/smoke/state", "ON", "smoke-fire"),
    ("smoke_detector, dialect: zigbee2mqtt, address: s1", "zigbee2mqtt/s1", '{"smoke":true}', "smoke-fire"),
    ("smoke_detector", "site/s1/smoke_detector/d/telemetry", '{"smoke":true}', "smoke-fire"),
    (
        "manual_call_point, dialect: shelly_gen2, address: s1/1",
        "s1/status/input:1",
        '{"id":1,"state":true}',
        "call-point-pressed",
    ),
    ("patrol_phone", "site/s1/patrol_phone/d/telemetry", '{"man_down":true}', "guard-man-down"),
    ("fire_panel", "site/s1/fire_panel/d/telemetry", '{"fire":true}', "panel-fire"),
]


@pytest.mark.parametrize(("device", "topic", "payload", "rule"), STATES)
def test_a_danger_that_is_retained_without_a_stamp_is_so_now(
    tmp_path: Path, device: str, topic: str, payload: str, rule: str
) -> None:
    bench = Bench(load(tmp_path, device))
    alarms = bench.send(1, topic, payload, retained=True).alarms

    assert [(alarm.rule, alarm.state.value) for alarm in alarms] == [(rule, "unacknowledged")]


@pytest.mark.parametrize(
    ("kept", "heard", "rules"),
    [
        ('"test":true', '"smoke":true', ["smoke-fire"]),
        ('"smoke":true', '"heat":true', ["smoke-heat-alarm"]),
        ('"smoke":true', '"test":false', []),
    ],
)
def test_a_state_that_was_retained_long_ago_neither_raises_nor_hides_an_alarm(
    tmp_path: Path, kept: str, heard: str, rules: list[str]
) -> None:
    bench = Bench(load(tmp_path, "smoke_detector"))
    topic = "site/s1/smoke_detector/d/telemetry"
    old = bench.send(1, topic, f'{{"ts":{at(-3600) // 1_000_000},{kept}}}', retained=True)
    bench.hear(2)
    seen = bench.send(3, topic, f'{{"ts":{at(3) // 1_000_000},{heard}}}')

    assert (old.alarms, [alarm.rule for alarm in seen.alarms]) == ([], rules)


EVENTS = [
    ("patrol_phone", '{"sos":true}'),
    ("access_door", '{"duress":true}'),
    ("fire_panel", '{"operated_alarm":true}'),
]


@pytest.mark.parametrize(("profile", "payload"), EVENTS)
def test_an_event_raises_its_alarm_when_it_happens_and_never_when_it_is_retained(
    tmp_path: Path, profile: str, payload: str
) -> None:
    bench = Bench(load(tmp_path, profile))
    topic = f"site/s1/{profile}/d/telemetry"
    kept = bench.send(1, topic, payload, retained=True)
    bench.hear(2)
    kept_again = bench.send(3, topic, payload, retained=True)
    happens = bench.send(4, topic, payload)

    assert (kept.alarms, kept.readings, kept_again.alarms, kept_again.readings) == ([], [], [], [])
    assert [alarm.state.value for alarm in happens.alarms] == ["unacknowledged"]
