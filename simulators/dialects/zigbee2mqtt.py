"""zigbee2mqtt: one JSON object with all that the bridge has cached of a device, sent whenever it receives a part of it.

Keys as in its documentation of devices; `last_seen` is set to `epoch` there: milliseconds.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from simulators.catalogue import DeviceClass
from simulators.dialects.dialect import (
    Address,
    Dialect,
    Packet,
    Report,
    Source,
    fields,
    is_low,
    millivolts,
    scaled,
    to_json,
)

_BATTERY: Final[Mapping[str, Source]] = {
    "battery": scaled("battery", 1.0),
    "battery_low": is_low,
    "voltage": millivolts,
}
_FIELDS: Final[Mapping[DeviceClass, Mapping[str, Source]]] = {
    DeviceClass.SMOKE_DETECTOR: {**_BATTERY, "smoke": "smoke", "test": "test", "tamper": "tamper"},
    DeviceClass.HEAT_DETECTOR: {**_BATTERY, "smoke": "heat", "test": "test", "temperature": "temperature"},
    DeviceClass.MANUAL_CALL_POINT: {**_BATTERY, "sos": "pressed", "tamper": "tamper"},
    DeviceClass.WATER_LEAK: {
        **_BATTERY,
        "device_temperature": scaled("temperature", 1.0),
        "tamper": "tamper",
        "water_leak": "leak",
    },
    DeviceClass.FLOOD_SENSOR: {**_BATTERY, "water_leak": "water"},
    DeviceClass.TEMPERATURE_HUMIDITY: {**_BATTERY, "humidity": "humidity", "temperature": "temperature"},
    DeviceClass.GAS_DETECTOR: {"gas": "gas", "gas_value": "gas_concentration", "fault": "fault"},
    DeviceClass.ACCESS_DOOR: {**_BATTERY, "contact": lambda metrics: not metrics["open"], "tamper": "tamper"},
    DeviceClass.POWER_METER: {
        "current": scaled("current", 1.0, 2),
        "energy": scaled("energy", 1.0, 2),
        "power": scaled("power", 1000.0, 1),
        "power_factor": "power_factor",
        "voltage": scaled("voltage", 1.0, 1),
    },
}


def write(report: Report) -> Iterable[Packet]:
    state = fields(_FIELDS[report.device_class], report.state)
    link = {"last_seen": report.ts, "linkquality": 60 + report.number % 40}
    yield Packet(f"zigbee2mqtt/{report.address}", to_json({**state, **link}))


ZIGBEE2MQTT: Final = Dialect(
    name="zigbee2mqtt",
    sentence="Zigbee devices behind zigbee2mqtt: JSON with the cached state of the whole device.",
    writers=dict.fromkeys(_FIELDS, write),
    address=Address(form=r"[^+#]+", hint="write the friendly name of the device, such as leak-b1-1"),
)
