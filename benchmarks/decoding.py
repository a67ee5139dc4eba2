"""What it costs to find and decode one message, by format: `python -m benchmarks.decoding`."""

from __future__ import annotations

import base64
import json
import statistics
import time

from gateway.core.kernel.texts import Text
from gateway.core.kernel.times import MILLISECOND, Micros
from gateway.core.site.site import DeviceSpec, Site, SiteHeader
from gateway.core.telemetry.readings import Message
from gateway.core.telemetry.routing import Router
from gateway.core.telemetry.senders import senders_of
from gateway.core.telemetry.sparkplug.datatypes import Datatype
from gateway.core.telemetry.sparkplug.payload import Payload, PayloadMetric, encode
from gateway.core.telemetry.sparkplug.wire import MetricField
from gateway.site_files import load_profiles

NOW: Micros = 1_767_225_600_000_000
MESSAGES, ROUNDS = 2_000, 9

LONG_UPLINK = "D34aAwDNJZFWNMYy4zJeBeNC+AMJGv4T//8ZyEknAADiGgU="
UPLINK = base64.b64encode(bytes.fromhex("01755C03673401046865050000")).decode()
SIX = {"ts": NOW // 1000, "running": True, "inlet_pressure": 0.18, "outlet_pressure": 0.74, "flow": 9.5, "current": 7.1}

Case = tuple[str, DeviceSpec, str, bytes]


def device(profile: str, dialect: str | None, address: str) -> DeviceSpec:
    """A device of a site."""
    name = f"{profile}-{dialect}".replace("_", "-")
    return DeviceSpec(id=name, profile=profile, dialect=dialect, address=address)


def cases() -> list[Case]:
    """Format, device, topic and payload."""
    smoke = {"battery": 100, "voltage": 3195, "linkquality": 57, "last_seen": 1767225600000, "smoke": False}
    meter = {"Time": "2026-01-01T00:00:00", "ENERGY": {"Total": 1.956, "Power": 9, "Voltage": 231, "Current": 0.089}}
    params = {"ts": 1767225600.49, "switch:0": {"id": 0, "apower": 12.5, "voltage": 231.2, "output": True}}
    shelly = {"src": "s", "dst": "s/events", "method": "NotifyStatus", "params": params}
    chirpstack = {"time": "2026-01-01T00:00:00Z", "deviceInfo": {"devEui": "0101"}, "fPort": 85, "data": UPLINK}
    stack = {
        "end_device_ids": {"device_id": "d", "dev_eui": "0101"},
        "received_at": "2026-01-01T00:00:00Z",
        "uplink_message": {"f_port": 85, "frm_payload": UPLINK},
    }
    long_uplink = chirpstack | {"deviceInfo": {"devEui": "0102"}, "fPort": 1, "data": LONG_UPLINK}
    smoke_uplink = device("smoke_detector", "tg563a", "0102")
    leak = device("water_leak", "milesight_em300_sld", "0101")
    return [
        (
            "json, native: 5 metrics",
            device("booster_pump", None, "p"),
            "site/bench/booster_pump/p/telemetry",
            dump(SIX),
        ),
        ("json, flat, mapped: zigbee2mqtt", device("smoke_detector", "zigbee2mqtt", "s"), "zigbee2mqtt/s", dump(smoke)),
        ("json, nested: Tasmota", device("power_meter", "tasmota", "t"), "tele/t/SENSOR", dump(meter)),
        ("json, many readings: Shelly", device("power_meter", "shelly_gen2", "s"), "s/events/rpc", dump(shelly)),
        ("plain: Homie", device("nfc_reader", "homie", "h"), "homie/h/rfid/uid", b"04905042763f80"),
        ("lorawan, channels: ChirpStack", leak, "application/a/device/0101/event/up", dump(chirpstack)),
        (
            "lorawan, 35 bytes at offsets: TG563A",
            smoke_uplink,
            "application/a/device/0102/event/up",
            dump(long_uplink),
        ),
        ("lorawan, channels: The Things Stack", leak, "v3/a@t/devices/d/up", dump(stack)),
    ]


def dump(document: object) -> bytes:
    """As devices send it."""
    return json.dumps(document, separators=(",", ":")).encode()


def sparkplug(names: tuple[str, ...]) -> tuple[DeviceSpec, list[tuple[str, bytes]], tuple[str, bytes]]:
    """A device, the births that come first, and data by alias."""
    stamp = NOW // MILLISECOND
    double = int(Datatype.DOUBLE)
    known = tuple(
        PayloadMetric(name=name, alias=index, datatype=double, field=int(MetricField.DOUBLE_VALUE), raw=0.5)
        for index, name in enumerate(names)
    )
    births = [
        ("spBv1.0/g/NBIRTH/e", encode(Payload(time_ms=stamp, seq=0))),
        ("spBv1.0/g/DBIRTH/e/d", encode(Payload(time_ms=stamp, seq=1, metrics=known))),
    ]
    told = tuple(PayloadMetric(alias=each.alias, datatype=double, field=each.field, raw=0.6) for each in known)
    data = ("spBv1.0/g/DDATA/e/d", encode(Payload(time_ms=stamp, seq=2, metrics=told)))
    return device("booster_pump", "sparkplug", "g/e/d"), births, data


def main() -> None:
    """Measure each format, and print a table."""
    profiles = load_profiles()
    header = SiteHeader(id="bench", name=Text(en="Bench"))
    print("| format | µs a message |\n|---|---|")
    for label, spec, topic, payload in cases():
        router = Router(header, senders_of(Site(header, {spec.id: spec}), profiles))
        print(f"| {label} | {measure(router, Message(topic, payload, NOW)):.1f} |")
    spec, births, (topic, payload) = sparkplug(("inlet_pressure", "outlet_pressure", "flow", "vibration", "current"))
    router = Router(header, senders_of(Site(header, {spec.id: spec}), profiles))
    for birth_topic, birth in births:
        route = router.find(birth_topic)
        assert route is not None
        route.read(Message(birth_topic, birth, NOW))
    # A repeated number is a gap for the session, so all but the first count as such; that costs less than the metrics.
    print(f"| sparkplug, 5 metrics by alias | {measure(router, Message(topic, payload, NOW), strict=False):.1f} |")


def measure(router: Router, message: Message, *, strict: bool = True) -> float:
    """Median over the rounds, in µs of CPU."""
    found = []
    route = router.find(message.topic)
    assert route is not None
    readout = route.read(message)
    assert readout.readings
    assert not (strict and readout.rejected)
    for _ in range(ROUNDS):
        begin = time.process_time()
        for _ in range(MESSAGES):
            route = router.find(message.topic)
            assert route is not None
            route.read(message)
        found.append((time.process_time() - begin) / MESSAGES * 1e6)
    return statistics.median(found)


if __name__ == "__main__":
    main()
