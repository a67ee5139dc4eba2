"""Radio sensors on LoRaWAN: the bytes of each product, in the envelope of a network server.

Bytes after the makers' own decoders: Milesight's channels (tag, type, little-endian value), Dragino's LWL02 and LDS02,
and the TG563A after its codec (modrisb/tg563a-payload-decoder). Envelopes after ChirpStack v4 and The Things Stack v3.
"""

import base64
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from simulators.catalogue import DeviceClass
from simulators.dialects.dialect import Address, Dialect, Packet, Report, millivolts, to_json
from simulators.metrics import Metrics

CHIRPSTACK, THE_THINGS_STACK = "chirpstack", "the_things_stack"
DEV_EUI: Final = Address(form=r"[0-9A-Fa-f]{16}", hint="write the DevEUI, such as 24e124136b502156")
MILESIGHT_PORT, DRAGINO_PORT, TG563A_PORT = 85, 10, 1

Frame = Callable[[Report], bytes]
"""The bytes of a product's uplink."""


def _dialect(name: str, sentence: str, port: int, frames: Mapping[DeviceClass, Frame]) -> Dialect:
    def writer(frame: Frame) -> Callable[[Report], Iterable[Packet]]:
        return lambda report: [_ENVELOPES[report.via or CHIRPSTACK](report, port, frame(report))]

    return Dialect(
        name=name,
        sentence=sentence,
        writers={kind: writer(frame) for kind, frame in frames.items()},
        address=DEV_EUI,
        servers=(CHIRPSTACK, THE_THINGS_STACK),
    )


def _iso(report: Report) -> str:
    return report.moment.isoformat(timespec="microseconds")


def _chirpstack(report: Report, port: int, frame: bytes) -> Packet:
    eui = report.address.lower()
    name = f"{report.device_class}-{eui[-4:]}"
    body = {
        "deduplicationId": f"{zlib.crc32(frame):08x}-0000-4000-8000-{report.ts:012x}",
        "time": _iso(report),
        "deviceInfo": {
            "tenantName": "ChirpStack",
            "applicationId": "simulators",
            "applicationName": report.site,
            "deviceName": name,
            "devEui": eui,
            "tags": {},
        },
        "devAddr": eui[-8:],
        "adr": True,
        "dr": 5,
        "fCnt": report.number,
        "fPort": port,
        "confirmed": False,
        "data": base64.b64encode(frame).decode(),
        "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -70 - report.number % 25, "snr": 9.5}],
        "txInfo": {"frequency": 868100000, "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 7}}},
    }
    return Packet(f"application/simulators/device/{eui}/event/up", to_json(body))


def _the_things_stack(report: Report, port: int, frame: bytes) -> Packet:
    eui = report.address.upper()
    name = f"eui-{eui.lower()}"
    body = {
        "end_device_ids": {
            "device_id": name,
            "application_ids": {"application_id": report.site},
            "dev_eui": eui,
            "dev_addr": eui[-8:],
        },
        "received_at": _iso(report).replace("+00:00", "Z"),
        "uplink_message": {
            "f_port": port,
            "f_cnt": report.number,
            "frm_payload": base64.b64encode(frame).decode(),
            "rx_metadata": [{"gateway_ids": {"gateway_id": "roof"}, "rssi": -70 - report.number % 25, "snr": 9.5}],
            "confirmed": False,
        },
    }
    return Packet(f"v3/{report.site}@ttn/devices/{name}/up", to_json(_without_zeros(body)))


_ENVELOPES: Final = {CHIRPSTACK: _chirpstack, THE_THINGS_STACK: _the_things_stack}


def _without_zeros(body: Mapping[str, Any]) -> dict[str, Any]:
    """The Things Stack leaves out every field that is zero, false or empty."""
    kept = {key: _without_zeros(value) if isinstance(value, Mapping) else value for key, value in body.items()}
    return {key: value for key, value in kept.items() if value}


# Milesight: tag 0175 the battery in %, then one channel a quantity.


def _battery(state: Metrics) -> bytes:
    return bytes([0x01, 0x75, round(float(state["battery"]))])


def _air(state: Metrics) -> bytes:
    tenths, halves = round(10.0 * float(state["temperature"])), round(2.0 * float(state["humidity"]))
    return struct.pack("<2Bh2BB", 0x03, 0x67, tenths, 0x04, 0x68, halves)


def _em300_th(report: Report) -> bytes:
    return _battery(report.state) + _air(report.state)


def _em300_sld(report: Report) -> bytes:
    return _em300_th(report) + bytes([0x05, 0x00, int(bool(report.state["leak"]))])


def _em500_swl(report: Report) -> bytes:
    centimetres = round(100.0 * float(report.state["level"]))
    return _battery(report.state) + struct.pack("<2BH", 0x03, 0x77, centimetres)


def _em500_pp(report: Report) -> bytes:
    kilopascals = round(1000.0 * float(report.state["pressure"]))
    return _battery(report.state) + struct.pack("<2Bh", 0x03, 0x7B, kilopascals)


# Dragino: the cell's voltage with the alarm in its upper bits, the mode, how often, and the last one's minutes.


def _dragino(mode: int, metric: str, bit: int) -> Frame:
    def frame(report: Report) -> bytes:
        on = bool(report.state[metric])
        head = millivolts(report.state) | (1 << bit if on else 0)
        times = report.rises.get(metric, 0)
        minutes = 0 if on or not times else 1
        return struct.pack(">HB", head, mode) + times.to_bytes(3, "big") + minutes.to_bytes(3, "big") + b"\0"

    return frame


# TG563A: the kind of message, its configuration, the temperature, and two bytes of status; little-endian.


def _tg563a(report: Report) -> bytes:
    state = report.state
    mounted, light = not state["tamper"], True
    flags = mounted | light << 1
    flags |= bool(state["smoke"]) << 8 | (float(state["battery"]) < 15.0) << 9
    flags |= (state["contamination"] == "critical") << 11
    alarm_begins = bool(state["smoke"]) and not report.before.get("smoke", False)
    return struct.pack("<BBbH", int(alarm_begins), 0x78, round(float(state["temperature"])), flags)


DIALECTS: Final = (
    _dialect(
        "milesight_em300_sld",
        "Milesight EM300-SLD, a spot leak detector on LoRaWAN; address: its DevEUI.",
        MILESIGHT_PORT,
        {DeviceClass.WATER_LEAK: _em300_sld},
    ),
    _dialect(
        "milesight_em300_th",
        "Milesight EM300-TH, temperature and humidity on LoRaWAN; address: its DevEUI.",
        MILESIGHT_PORT,
        {DeviceClass.TEMPERATURE_HUMIDITY: _em300_th},
    ),
    _dialect(
        "milesight_em500_swl",
        "Milesight EM500-SWL, a submersible level sensor on LoRaWAN; address: its DevEUI.",
        MILESIGHT_PORT,
        {DeviceClass.WATER_TANK_LEVEL: _em500_swl, DeviceClass.FLOOD_SENSOR: _em500_swl},
    ),
    _dialect(
        "milesight_em500_pp",
        "Milesight EM500-PP, a pipe pressure sensor on LoRaWAN; address: its DevEUI.",
        MILESIGHT_PORT,
        {DeviceClass.HYDRANT_PRESSURE: _em500_pp},
    ),
    _dialect(
        "dragino_lwl02",
        "Dragino LWL02, a leak sensor on LoRaWAN; address: its DevEUI.",
        DRAGINO_PORT,
        {DeviceClass.WATER_LEAK: _dragino(2, "leak", 14)},
    ),
    _dialect(
        "dragino_lds02",
        "Dragino LDS02, a door contact on LoRaWAN; address: its DevEUI.",
        DRAGINO_PORT,
        {DeviceClass.ACCESS_DOOR: _dragino(1, "open", 15)},
    ),
    _dialect(
        "tg563a",
        "TG563A, a smoke alarm on LoRaWAN; address: its DevEUI.",
        TG563A_PORT,
        {DeviceClass.SMOKE_DETECTOR: _tg563a},
    ),
)
