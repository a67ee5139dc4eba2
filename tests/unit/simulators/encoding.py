"""Encoders for tests of dialects, and the messages that they write."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from simulators.catalogue import DeviceClass
from simulators.dialects import DIALECTS
from simulators.dialects.dialect import Packet
from simulators.encoder import Encoder, Sender
from simulators.metrics import Metrics

TS = 1700000000123  # 2023-11-14T22:13:20.123Z


def encoder(dialect: str, kind: DeviceClass, address: str, *, via: str = "") -> Encoder:
    """The encoder of a device of the site s, in Shanghai's time zone."""
    zone = ZoneInfo("Asia/Shanghai")
    return Encoder(Sender(site="s", device_class=kind, address=address, dialect=DIALECTS[dialect], via=via, zone=zone))


def packets(device: Encoder, metrics: Metrics, *, ts: int = TS) -> list[Packet]:
    return list(device.encode(metrics, ts))


def message(device: Encoder, metrics: Metrics, *, ts: int = TS) -> tuple[str, Any]:
    """The topic and the JSON of the one message of this report."""
    (packet,) = packets(device, metrics, ts=ts)
    return packet.topic, json.loads(packet.payload)
