"""GB/T 26875.3 (fire remote monitoring) as JSON: states of a panel, and of single components behind it.

The numbers are the standard's: type flags 1 (system) and 2 (component), component types, and the bits of a state, of
which bit 0 is 1 in normal operation and 0 in test. The JSON around them is the one that device_profiles describes.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from simulators.catalogue import DeviceClass
from simulators.dialects.dialect import LEVEL, Address, Dialect, Packet, Report, to_json
from simulators.metrics import Metrics

FIRE_ALARM_SYSTEM: Final = 1
NORMAL: Final = 1  # bit 0

_SYSTEM_BITS: Final = {
    "fire": 1,
    "fault": 2,
    "shielded": 3,
    "supervisory": 4,
    "started": 5,
    "mains_fault": 8,
    "backup_fault": 9,
    "bus_fault": 10,
}
# The type of each component, and its bits.
_COMPONENTS: Final[Mapping[DeviceClass, tuple[int, Mapping[str, int]]]] = {
    DeviceClass.MANUAL_CALL_POINT: (23, {"pressed": 1, "fault": 2}),
    DeviceClass.HEAT_DETECTOR: (30, {"heat": 1}),
    DeviceClass.SMOKE_DETECTOR: (42, {"smoke": 1, "fault": 2}),
}


def _status(state: Metrics, bits: Mapping[str, int], *, test: bool) -> int:
    return sum(1 << bit for name, bit in bits.items() if state.get(name)) | (0 if test else NORMAL)


def _up(report: Report, transmitter: str, kind: int, state: Mapping[str, Any]) -> Packet:
    time = report.moment.astimezone(report.zone).strftime("%Y-%m-%d %H:%M:%S")
    item = {"systemType": FIRE_ALARM_SYSTEM, "systemAddress": 1, **state, "time": time}
    return Packet(f"gbt26875/{transmitter}/up", to_json({"type": kind, "objects": [item]}))


def write_system(report: Report) -> Iterable[Packet]:
    status = _status(report.state, _SYSTEM_BITS, test=bool(report.state["test_running"]))
    yield _up(report, report.address, 1, {"status": status})


def write_component(report: Report) -> Iterable[Packet]:
    transmitter, _, address = report.address.partition("/")
    kind, bits = _COMPONENTS[report.device_class]
    status = _status(report.state, bits, test=bool(report.state["test"]))
    component = {"componentType": kind, "componentAddress": address, "status": status, "description": ""}
    yield _up(report, transmitter, 2, component)


GBT26875: Final = Dialect(
    name="gbt26875",
    sentence="GB/T 26875.3 as JSON, from a transmitter at a panel; address: TRANSMITTER, or TRANSMITTER/COMPONENT.",
    writers={DeviceClass.FIRE_PANEL: write_system, **dict.fromkeys(_COMPONENTS, write_component)},
    address=Address(
        form=rf"{LEVEL}(/{LEVEL})?", hint="write the transmitter, or transmitter/component: 3201000001/1.5"
    ),
)
