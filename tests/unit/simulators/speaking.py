"""What tests of dialects say and hear."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from simulators.catalogue import DeviceClass
from simulators.dialects import DIALECTS
from simulators.dialects.dialect import Packet
from simulators.metrics import Metrics
from simulators.voice import Tongue, Voice

TS = 1700000000123  # 2023-11-14T22:13:20.123Z


def voice(dialect: str, kind: DeviceClass, address: str, *, via: str = "") -> Voice:
    """The voice of a device of the site s, whose clocks show Shanghai's time."""
    zone = ZoneInfo("Asia/Shanghai")
    return Voice(Tongue(site="s", device_class=kind, address=address, dialect=DIALECTS[dialect], via=via, zone=zone))


def packets(speaker: Voice, metrics: Metrics, *, ts: int = TS) -> list[Packet]:
    return list(speaker.say(metrics, ts))


def told(speaker: Voice, metrics: Metrics, *, ts: int = TS) -> tuple[str, Any]:
    """The topic and the JSON of the one message that tells this."""
    (packet,) = packets(speaker, metrics, ts=ts)
    return packet.topic, json.loads(packet.payload)
