"""Sparkplug B: each metric by its own name. Payloads depend on the session of the edge node: see
`simulators.sparkplug`."""

from collections.abc import Iterable
from typing import Final

from simulators.catalogue import DeviceClass
from simulators.dialects.dialect import LEVEL, Address, Dialect, Packet, Report


def write(report: Report) -> Iterable[Packet]:
    """The report without a payload: its edge node writes that when it is sent, as births and numbers then demand."""
    yield Packet(f"spBv1.0/{report.address}", b"", qos=0)


def edge_of(address: str) -> tuple[str, str, str]:
    """The group, the edge node and the device of an address; no device where it is the node itself."""
    group, edge, *device = address.split("/")
    return group, edge, device[0] if device else ""


_CLASSES: Final = (
    DeviceClass.ESCALATOR,
    DeviceClass.BOOSTER_PUMP,
    DeviceClass.SUMP_PUMP,
    DeviceClass.FIRE_PUMP,
    DeviceClass.WATER_TANK_LEVEL,
    DeviceClass.HYDRANT_PRESSURE,
    DeviceClass.POWER_METER,
    DeviceClass.DISTRIBUTION_PANEL,
    DeviceClass.GENERATOR,
    DeviceClass.BATTERY_UPS,
    DeviceClass.TEMPERATURE_HUMIDITY,
    DeviceClass.EDGE_BOX,
)
"""What a controller drives or an edge gateway reads; a sensor on a battery has a radio instead."""

SPARKPLUG: Final = Dialect(
    name="sparkplug",
    sentence="Sparkplug B through an edge node with births, data by alias and a will; address: group/edge/device.",
    writers=dict.fromkeys(_CLASSES, write),
    address=Address(form=rf"{LEVEL}/{LEVEL}(/{LEVEL})?", hint="write group/edge/device, such as site/plc-1/pump-1"),
)
