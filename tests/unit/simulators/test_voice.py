"""What a device's voice remembers, and which devices speak through an edge node."""

from collections.abc import Iterable

from simulators.catalogue import DeviceClass
from simulators.dialects.dialect import Dialect, Packet, Report
from simulators.fleet import fleet_from
from simulators.telemetry import Telemetry
from simulators.voice import Tongue, Voice, Voices


def test_a_report_tells_what_was_said_before_since_when_and_how_often() -> None:
    heard: list[Report] = []

    def write(report: Report) -> Iterable[Packet]:
        heard.append(report)
        return []

    dialect = Dialect(name="x", sentence="X.", writers={DeviceClass.WATER_LEAK: write})
    voice = Voice(Tongue(site="s", device_class=DeviceClass.WATER_LEAK, address="d", dialect=dialect))
    for ts, leak in ((1, False), (2, True), (3, True), (4, False), (5, True)):
        voice.say({"leak": leak}, ts)
    voice.say({"battery": 90.0}, 6)

    assert [report.before.get("leak") for report in heard] == [None, False, True, True, False, True]
    assert [report.since["leak"] for report in heard] == [1, 2, 2, 4, 5, 5]
    assert [report.rises["leak"] for report in heard] == [0, 1, 1, 1, 2, 2]
    assert [report.number for report in heard] == [0, 1, 2, 3, 4, 5]
    assert heard[-1].metrics == {"battery": 90.0}
    assert heard[-1].state == {"leak": True, "battery": 90.0}


FLEET = {
    "site": "s",
    "timezone": "Asia/Shanghai",
    "devices": [
        {"id": "leak-1", "class": "water_leak", "dialect": "zigbee2mqtt"},
        {"id": "pump-1", "class": "booster_pump", "dialect": "sparkplug", "address": "g/plc-1/pump"},
        {"id": "pump-2", "class": "booster_pump", "dialect": "sparkplug", "address": "g/plc-1/pump-2"},
        {"id": "plc-1", "class": "edge_box", "dialect": "sparkplug", "address": "g/plc-1"},
    ],
}


def test_the_voices_of_a_fleet_speak_as_its_file_says() -> None:
    voices = Voices.of(fleet_from(FLEET), site="elsewhere")

    leak = voices.voice(Telemetry(0.0, "leak-1", DeviceClass.WATER_LEAK, {}))
    assert (leak.tongue.site, leak.tongue.address, str(leak.tongue.zone)) == ("elsewhere", "leak-1", "Asia/Shanghai")
    assert leak.edge is None
    pump = voices.voice(Telemetry(0.0, "pump-1", DeviceClass.BOOSTER_PUMP, {}))
    assert pump.edge == ("g", "plc-1", "pump")
    assert voices.voice(Telemetry(0.0, "plc-1", DeviceClass.EDGE_BOX, {})).edge == ("g", "plc-1", "")
    assert voices.edge_nodes == {("g", "plc-1")}


def test_a_device_that_is_not_listed_speaks_natively() -> None:
    said = Telemetry(0.0, "p", DeviceClass.BOOSTER_PUMP, {"flow": 1.0})
    (packet,) = Voices("s").voice(said).say(said.metrics, 5)

    assert (packet.topic, packet.payload) == ("site/s/booster_pump/p/telemetry", b'{"ts":5,"flow":1.0}')
