"""What the simulators say, the gateway understands: every class in every dialect, read by the shipped profiles.

Neither side imports the other, so each checks what the other believes of a product's messages.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.times import DAY, MILLISECOND, SECOND
from gateway.core.telemetry.readings import Message
from gateway.site_files import load_configuration
from simulators.catalogue import FAULTS, DeviceClass
from simulators.devices.nfc_reader import NfcReader
from simulators.dialects import DIALECTS
from simulators.encoder import Encoder, Sender
from simulators.metrics import Metrics
from simulators.sparkplug.edge_node import EdgeNode
from tests.unit.core.sites import Seen
from tests.unit.site_files import only, write

START = 20_000 * DAY
FAULT_SECONDS = 90
# A product that measures what a panel needs is a meter to the gateway.
PROFILES = {("distribution_panel", "shelly_gen2"): "power_meter"}
# A TG563A calls only failures of its chamber, its eyes and its sounder faults.
OTHERWISE = {("tg563a", "fault")}
SPOKEN = [
    (kind, name, via)
    for kind in DeviceClass
    for name, dialect in DIALECTS.items()
    if kind in dialect.writers
    for via in dialect.servers or ("",)
]


def address(number: int, dialect: str) -> str:
    """One of its own for each device, in the form of its dialect."""
    if DIALECTS[dialect].servers:
        return f"{number:016x}"
    return {
        "sparkplug": f"g/edge-{number}/device",
        "owntracks": f"guard-{number}/phone",
        "gbt26875": f"{number}",
        "shanghai": f"{number:020}",
    }.get(dialect, f"device-{number}")


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    devices = []
    for number, (kind, dialect, _) in enumerate(SPOKEN):
        device = {"id": f"device-{number}", "profile": PROFILES.get((kind, dialect), str(kind))}
        if dialect != "native":
            device |= {"dialect": dialect, "address": address(number, dialect)}
        devices.append(device)
    written = {"site": {"id": "test", "name": {"en": "Test"}, "timezone": "Asia/Shanghai"}, "devices": devices}
    return load_configuration(write(tmp_path_factory.mktemp("site"), {"site.yaml": yaml.safe_dump(written)}))


def reports(kind: DeviceClass) -> Iterator[tuple[int, Metrics]]:
    """A while of health and a while of each fault: seconds since the start, and what is reported then."""
    model = kind.model(random.Random(1))
    now = 0.0
    for fault in (None, *FAULTS[kind]):
        if fault is not None:
            model.begin(fault)
        for _ in range(int(FAULT_SECONDS / model.period)):
            now += model.period
            if (metrics := model.step(now)) is not None:
                yield int(now), metrics
        if fault is not None:
            model.end(fault)
    if isinstance(model, NfcReader):
        yield int(now) + 1, model.scan("04A2B3C4D5E680")


def alike(said: object, heard: object) -> bool:
    """The same truth, the same text, or a number as good as the product's rounding leaves it."""
    if isinstance(said, bool) or isinstance(heard, bool):
        return said is heard
    if isinstance(said, int | float) and isinstance(heard, int | float):
        return heard == pytest.approx(said, abs=0.6, rel=0.01)
    return True  # the name of a code, or an identifier that the product makes its own


@pytest.mark.parametrize(("number", "kind", "dialect", "via"), [(number, *one) for number, one in enumerate(SPOKEN)])
def test_the_gateway_decodes_what_was_reported(
    configuration: Configuration, number: int, kind: DeviceClass, dialect: str, via: str
) -> None:
    name = address(number, dialect)
    zone = ZoneInfo("Asia/Shanghai")
    encoder = Encoder(
        Sender(site="test", device_class=kind, address=name, dialect=DIALECTS[dialect], via=via, zone=zone)
    )
    engine = Engine(only(configuration, f"device-{number}"), {}, now=START)
    clock = {"now": START}
    edge = EdgeNode("g", f"edge-{number}", clock=lambda: clock["now"] / SECOND)
    edge.opening()
    said: dict[str, Any] = {}
    heard: dict[str, Any] = {}
    if encoder.edge:
        seen = Seen(engine.step([Message(packet.topic, packet.payload, START) for packet in edge.opened()]))
        assert seen.rejections == {}
    for second, metrics in reports(kind):
        said |= metrics
        clock["now"] = now = START + second * SECOND
        ts = now // MILLISECOND
        packets = edge.report(encoder.edge[2], metrics, ts) if encoder.edge else encoder.encode(metrics, ts)
        for packet in packets:
            seen = Seen(engine.step([Message(packet.topic, packet.payload, now)]))
            assert seen.rejections == {}, packet
            for reading in seen.readings:
                assert reading.device == f"device-{number}"
                assert abs(reading.time - now) <= SECOND
                heard |= reading.values

    common = {metric for metric in said.keys() & heard.keys() if (dialect, metric) not in OTHERWISE}
    assert common
    assert {metric: (said[metric], heard[metric]) for metric in common if not alike(said[metric], heard[metric])} == {}
    if dialect == "native":
        assert common == said.keys()
