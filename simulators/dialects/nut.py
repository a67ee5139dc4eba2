"""Network UPS Tools: one JSON object with NUT's own names, dots and all, and every value as a text."""

from collections.abc import Iterable, Iterator
from typing import Final

from simulators.catalogue import DeviceClass
from simulators.dialects.dialect import Dialect, Packet, Report, to_json
from simulators.metrics import Metrics


def _status(state: Metrics) -> Iterator[str]:
    """The words of `ups.status`: on line or on battery, then what else there is."""
    if state["on_battery"]:
        yield from ("OB", "DISCHRG")
    else:
        yield "OL"
        if float(state["battery"]) < 100.0:
            yield "CHRG"
    words = {"battery_low": "LB", "replace_battery": "RB", "overload": "OVER"}
    yield from (word for metric, word in words.items() if state[metric])


def write(report: Report) -> Iterable[Packet]:
    state = report.state
    values = {
        "battery.charge": state["battery"],
        "battery.runtime": round(60.0 * float(state["runtime"])),
        "battery.temperature": state["battery_temperature"],
        "battery.voltage": state["battery_voltage"],
        "input.voltage": state["input_voltage"],
        "output.voltage": state["output_voltage"],
        "ups.load": state["load"],
        "ups.realpower": round(1000.0 * float(state["power"])),
        "ups.status": " ".join(_status(state)),
    }
    yield Packet(f"nut/{report.address}", to_json({name: str(value) for name, value in values.items()}))


NUT: Final = Dialect(
    name="nut",
    sentence="Network UPS Tools as JSON: nut/ADDRESS, every value a text; address: the name of the UPS in NUT.",
    writers={DeviceClass.BATTERY_UPS: write},
)
