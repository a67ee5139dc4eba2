"""Shelly Gen2 and later: notifications of what has changed, by component, stamped in seconds.

A mains-powered product sends NotifyStatus with the changed properties alone; one on batteries wakes up, sends all it
knows in a NotifyFullStatus, and sleeps again. The components are those of Shelly's API documentation.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from simulators.catalogue import DeviceClass
from simulators.dialects.dialect import Address, Dialect, Packet, Report, Source, fields, scaled, to_json
from simulators.metrics import Metrics, Value

Properties = Mapping[str, Source]


def _watt_hours(metric: str) -> Callable[[Metrics], Value]:
    return scaled(metric, 1000.0, 3)


def _watts(metrics: Metrics, letter: str) -> float:
    product = float(metrics[f"current_{letter}"]) * float(metrics[f"voltage_{letter}"])
    return round(product * float(metrics["power_factor"]), 1)


def _phase(letter: str) -> Properties:
    return {
        f"{letter}_current": f"current_{letter}",
        f"{letter}_voltage": f"voltage_{letter}",
        f"{letter}_pf": "power_factor",
        f"{letter}_act_power": lambda metrics: _watts(metrics, letter),
    }


def _volts(metrics: Metrics) -> float:
    return round(4.4 + 0.017 * float(metrics["battery"]), 2)  # four alkaline cells


_DEVICE_POWER: Final[Properties] = {"battery.percent": scaled("battery", 1.0), "battery.V": _volts}
_CLIMATE: Final[Mapping[str, Properties]] = {
    "temperature": {"tC": "temperature", "tF": lambda metrics: round(float(metrics["temperature"]) * 1.8 + 32.0, 1)},
    "humidity": {"rh": "humidity"},
}

# By component and property; a dot makes an object within the component.
_MAINS_POWERED: Final[Mapping[DeviceClass, Mapping[str, Properties]]] = {
    DeviceClass.POWER_METER: {
        "pm1": {
            "voltage": "voltage",
            "current": "current",
            "apower": scaled("power", 1000.0, 1),
            "freq": "frequency",
            "aenergy.total": _watt_hours("energy"),
        }
    },
    DeviceClass.DISTRIBUTION_PANEL: {
        "em": {
            **_phase("a"),
            **_phase("b"),
            **_phase("c"),
            "total_act_power": scaled("power", 1000.0, 1),
        },
        "emdata": {"total_act": _watt_hours("energy")},
    },
}
_BATTERY_POWERED: Final[Mapping[DeviceClass, Mapping[str, Properties]]] = {
    DeviceClass.WATER_LEAK: {"flood": {"alarm": "leak"}, "devicepower": _DEVICE_POWER},
    DeviceClass.FLOOD_SENSOR: {"flood": {"alarm": "water"}, "devicepower": _DEVICE_POWER},
    DeviceClass.SMOKE_DETECTOR: {"smoke": {"alarm": "smoke"}, "devicepower": _DEVICE_POWER},
    DeviceClass.TEMPERATURE_HUMIDITY: {**_CLIMATE, "devicepower": _DEVICE_POWER},
}


def _components(report: Report, known: Mapping[str, Properties], *, before: Metrics) -> dict[str, Any]:
    """The components with those properties that differ from `before`, each with its id."""
    _, channel = report.channel
    found: dict[str, Any] = {}
    for component, properties in known.items():
        old, new = fields(properties, before), fields(properties, report.state)
        changed = {name: value for name, value in new.items() if old.get(name) != value}
        if changed:
            found[f"{component}:{channel}"] = {"id": channel, **_nested(changed)}
    return found


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for name, value in values.items():
        outer, _, inner = name.partition(".")
        if inner:
            nested.setdefault(outer, {})[inner] = value
        else:
            nested[name] = value
    return nested


def _notify(report: Report, method: str, components: Mapping[str, Any]) -> Packet:
    product, _ = report.channel
    params = {"ts": round(report.seconds, 2), **components}
    return Packet(
        f"{product}/events/rpc",
        to_json({"src": product, "dst": f"{product}/events", "method": method, "params": params}),
    )


def write_changes(report: Report) -> Iterable[Packet]:
    """What has changed, and nothing if nothing has."""
    if components := _components(report, _MAINS_POWERED[report.device_class], before=report.before):
        yield _notify(report, "NotifyStatus", components)


def write_all(report: Report) -> Iterable[Packet]:
    """The whole state, as a product sends it when it wakes up."""
    components = _components(report, _BATTERY_POWERED[report.device_class], before={})
    for component in components.values():
        if "alarm" in component:
            component["mute"] = False
    yield _notify(report, "NotifyFullStatus", components)


SHELLY: Final = Dialect(
    name="shelly_gen2",
    sentence="Shelly Gen2+: ADDRESS/events/rpc with only what changed; address: the product's id, or id/channel.",
    writers={**dict.fromkeys(_MAINS_POWERED, write_changes), **dict.fromkeys(_BATTERY_POWERED, write_all)},
    address=Address(form=r"[^+#/\s]+(/\d+)?", hint="write the product's id, or id/channel: shellypro3em-a0b1c2/0"),
)
