"""What an encoder keeps of a device, and which devices report through an edge node."""

from collections.abc import Iterable

from simulators.catalogue import DeviceClass
from simulators.dialects.dialect import Dialect, Packet, Report
from simulators.encoder import Encoder, Encoders, Sender
from simulators.fleet import fleet_from
from simulators.telemetry import Telemetry


def test_a_report_has_what_was_reported_before_since_when_and_how_often() -> None:
    reports: list[Report] = []

    def write(report: Report) -> Iterable[Packet]:
        reports.append(report)
        return []

    dialect = Dialect(name="x", sentence="X.", writers={DeviceClass.WATER_LEAK: write})
    encoder = Encoder(Sender(site="s", device_class=DeviceClass.WATER_LEAK, address="d", dialect=dialect))
    for ts, leak in ((1, False), (2, True), (3, True), (4, False), (5, True)):
        encoder.encode({"leak": leak}, ts)
    encoder.encode({"battery": 90.0}, 6)

    assert [report.before.get("leak") for report in reports] == [None, False, True, True, False, True]
    assert [report.since["leak"] for report in reports] == [1, 2, 2, 4, 5, 5]
    assert [report.rises["leak"] for report in reports] == [0, 1, 1, 1, 2, 2]
    assert [report.number for report in reports] == [0, 1, 2, 3, 4, 5]
    assert reports[-1].metrics == {"battery": 90.0}
    assert reports[-1].state == {"leak": True, "battery": 90.0}


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


def test_the_encoders_of_a_fleet_write_as_its_file_says() -> None:
    encoders = Encoders.of(fleet_from(FLEET), site="elsewhere")

    leak = encoders.encoder(Telemetry(0.0, "leak-1", DeviceClass.WATER_LEAK, {}))
    assert (leak.sender.site, leak.sender.address, str(leak.sender.zone)) == ("elsewhere", "leak-1", "Asia/Shanghai")
    assert leak.edge is None
    pump = encoders.encoder(Telemetry(0.0, "pump-1", DeviceClass.BOOSTER_PUMP, {}))
    assert pump.edge == ("g", "plc-1", "pump")
    assert encoders.encoder(Telemetry(0.0, "plc-1", DeviceClass.EDGE_BOX, {})).edge == ("g", "plc-1", "")
    assert encoders.edge_nodes == {("g", "plc-1")}


def test_a_device_that_is_not_listed_reports_natively() -> None:
    report = Telemetry(0.0, "p", DeviceClass.BOOSTER_PUMP, {"flow": 1.0})
    (packet,) = Encoders("s").encoder(report).encode(report.metrics, 5)

    assert (packet.topic, packet.payload) == ("site/s/booster_pump/p/telemetry", b'{"ts":5,"flow":1.0}')
