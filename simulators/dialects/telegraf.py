"""telegraf: one JSON object an input plugin, with its fields, its tags and a time stamp in seconds."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from simulators.catalogue import DeviceClass
from simulators.dialects.dialect import Dialect, Packet, Report, to_json
from simulators.metrics import Metrics

_BYTES: Final = {"mem": 4 * 2**30, "disk": 64 * 2**30}
Inputs = Mapping[str, tuple[Mapping[str, str], Mapping[str, Any]]]
"""By plugin: its tags and its fields."""


def _computer(state: Metrics) -> Inputs:
    def used(plugin: str, percent: float) -> dict[str, Any]:
        total = _BYTES[plugin]
        return {"total": total, "used": round(total * percent / 100.0), "used_percent": percent}

    uptime = round(3600.0 * float(state["uptime"]))  # s
    idle = round(100.0 - float(state["cpu"]), 1)
    disk = {"device": "mmcblk0p2", "fstype": "ext4", "mode": "rw", "path": "/"}
    return {
        "cpu": ({"cpu": "cpu-total"}, {"usage_idle": idle, "usage_user": float(state["cpu"])}),
        "mem": ({}, used("mem", float(state["memory"]))),
        "disk": (disk, used("disk", float(state["disk"]))),
        "system": (
            {},
            {
                "load1": round(float(state["cpu"]) / 25.0, 2),
                "n_cpus": 4,
                "uptime": uptime,
            },
        ),
        "temp": ({"sensor": "cpu_thermal"}, {"temp": state["temperature"]}),
    }


_INPUTS: Final[Mapping[DeviceClass, Callable[[Metrics], Inputs]]] = {
    DeviceClass.EDGE_BOX: _computer,
}


def write(report: Report) -> Iterable[Packet]:
    host = report.address
    for plugin, (tags, fields) in _INPUTS[report.device_class](report.state).items():
        metric = {"fields": fields, "name": plugin, "tags": {**tags, "host": host}, "timestamp": report.ts // 1000}
        yield Packet(f"telegraf/{host}/{plugin}", to_json(metric))


TELEGRAF: Final = Dialect(
    name="telegraf",
    sentence="telegraf: telegraf/ADDRESS/PLUGIN, a message an input plugin; address: the host's name.",
    writers=dict.fromkeys(_INPUTS, write),
)
