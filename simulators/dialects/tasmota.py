"""Tasmota: SENSOR messages stamped with the wall clock's time, without an offset; STATE where there is nothing else."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from simulators.catalogue import DeviceClass
from simulators.dialects.dialect import Dialect, Packet, Report, to_json


def _energy(report: Report) -> dict[str, Any]:
    state = report.state
    total = round(float(state["energy"]), 3)
    return {
        "ENERGY": {
            "Total": total,
            "Yesterday": round(total % 24.0, 3),  # the counters of a day begin anywhere: it is a simulation
            "Today": round(total % 7.0, 3),
            "Period": 0,
            "Power": round(1000.0 * float(state["power"])),
            "Factor": state["power_factor"],
            "Frequency": state["frequency"],
            "Voltage": round(float(state["voltage"])),
            "Current": state["current"],
        }
    }


def _climate(report: Report) -> dict[str, Any]:
    state = report.state
    temperature, humidity = float(state["temperature"]), float(state["humidity"])
    dew_point = round(temperature - (100.0 - humidity) / 5.0, 1)  # the rule of thumb, good to a kelvin above 50 %
    return {"SHT3X": {"Temperature": temperature, "Humidity": humidity, "DewPoint": dew_point}, "TempUnit": "C"}


def _tag(report: Report) -> dict[str, Any]:
    if "uid" not in report.metrics:
        return {}
    return {"RC522": {"UID": report.metrics["uid"], "Data": "", "Type": "MIFARE 1KB"}}


_SENSORS: Final[dict[DeviceClass, Callable[[Report], dict[str, Any]]]] = {
    DeviceClass.POWER_METER: _energy,
    DeviceClass.TEMPERATURE_HUMIDITY: _climate,
    DeviceClass.NFC_READER: _tag,
}


def _time(report: Report) -> dict[str, str]:
    return {"Time": report.moment.astimezone(report.zone).strftime("%Y-%m-%dT%H:%M:%S")}


def write(report: Report) -> Iterable[Packet]:
    time = _time(report)
    if sensor := _SENSORS[report.device_class](report):
        yield Packet(f"tele/{report.address}/SENSOR", to_json({**time, **sensor}))
    else:
        wifi = {"AP": 1, "SSId": "site", "RSSI": 72, "Signal": -64}
        yield Packet(f"tele/{report.address}/STATE", to_json({**time, "UptimeSec": report.number * 30, "Wifi": wifi}))


TASMOTA: Final = Dialect(
    name="tasmota",
    sentence="Tasmota: tele/ADDRESS/SENSOR, its Time local and without offset; address: the device's topic.",
    writers=dict.fromkeys(_SENSORS, write),
)


def write_tag(report: Report) -> Iterable[Packet]:
    """A tag, by the rule that Home Assistant's documentation gives; between tags nothing is sent."""
    if "uid" in report.metrics:
        tag = {"UID": report.metrics["uid"], "DATA": ""}
        yield Packet(f"{report.address}/tag_scanned", to_json({**_time(report), "PN532": tag}))


HOME_ASSISTANT_TAG: Final = Dialect(
    name="home_assistant_tag",
    sentence="A tag for Home Assistant, by Tasmota: ADDRESS/tag_scanned.",
    writers={DeviceClass.NFC_READER: write_tag},
)
