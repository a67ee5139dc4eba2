"""What the windows of rules cost: `python -m benchmarks.windows`.

One process and one thread: µs of CPU a reading in a full window, also where readings are late, and bytes a reading. A
reading of a device without windows costs what `python -m benchmarks.stages` says.
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
from collections.abc import Mapping

from gateway.core.devices.device import Device
from gateway.core.kernel.times import SECOND, Micros
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.rules.windows.derivation import derive
from gateway.core.rules.windows.device_windows import DeviceWindows
from gateway.core.rules.windows.heard import Gaps
from gateway.core.rules.windows.let import FUNCTIONS, OF_CONDITIONS, WITHOUT_WINDOW, Let
from gateway.core.site.site import DeviceSpec
from gateway.core.telemetry.readings import STAMPED, Message, Reading

_PROFILE = Profile.model_validate(
    {
        "profile": "pump",
        "title": {"en": "Pump"},
        "metrics": {"running": {"type": "bool"}, "pressure": {"type": "float"}, "energy": {"type": "float"}},
        "messages": [{"topic": "site/{site}/pump/{device}", "time": "ts"}],
    }
)
_BEGIN: Micros = 1_800_000_000 * SECOND
_OPTIONS: Mapping[str, Mapping[str, object]] = {"percentile": {"percent": 95}}


def main() -> int:
    """Print one line for each function."""
    parser = argparse.ArgumentParser(description="What the windows of rules cost.")
    parser.add_argument("--readings", type=int, default=3_600, help="In a full window, one a second.")
    parser.add_argument("--repeat", type=int, default=20_000, help="Readings that are measured.")
    chosen = parser.parse_args()
    sys.stdout.write(f"{'function':<12}{'µs a reading':>14}{'µs a late one':>15}{'bytes a reading':>17}\n")
    for function in FUNCTIONS:
        cost, late, size = _measure(function, chosen.readings, chosen.repeat)
        sys.stdout.write(f"{function:<12}{cost:>14.2f}{late:>15.1f}{size:>17.0f}\n")
    return 0


def _measure(function: str, readings: int, repeat: int) -> tuple[float, float, float]:
    argument = "energy" if function == "rate" else "running" if function in OF_CONDITIONS else "pressure"
    over = {} if function in WITHOUT_WINDOW else {"over": f"{readings}s"}
    let = Let.model_validate({function: argument, **over, **_OPTIONS.get(function, {})})
    derivation = derive(let, _PROFILE)
    device = Device.of(DeviceSpec.model_validate({"id": "p1", "profile": "pump"}), _PROFILE)
    windows = DeviceWindows([derivation], device, _BEGIN, Gaps())
    windows.restore(None)
    message = Message("site/s1/pump/p1", b"{}", _BEGIN)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for second in range(readings):
        _read(windows, message, second, second)
    size = (tracemalloc.get_traced_memory()[0] - before) / readings
    tracemalloc.stop()
    made = [_reading(second, second) for second in range(readings, readings + repeat)]
    begun = time.thread_time()
    for reading in made:
        windows.read(reading, message, 1)
        windows.derived({"x": derivation}, reading.received)
    cost = (time.thread_time() - begun) / repeat
    last = readings + repeat
    made = [_reading(last - 30 + n / 1_000, last + n / 1_000) for n in range(100)]
    begun = time.thread_time()
    for reading in made:
        windows.read(reading, message, 1)
        windows.derived({"x": derivation}, reading.received)
    return cost * 1e6, (time.thread_time() - begun) / len(made) * 1e6, size


def _reading(stamp_s: float, received_s: float) -> Reading:
    number = int(stamp_s)
    values: dict[str, Value] = {
        "running": number // 60 % 2 == 0,
        "pressure": number * 7919 % 1000 / 1000,
        "energy": float(number),
    }
    stamp, received = (_BEGIN + round(each * SECOND) for each in (stamp_s, received_s))
    return Reading("p1", "pump", stamp, received, values, STAMPED)


def _read(windows: DeviceWindows, message: Message, stamp_s: float, received_s: float) -> None:
    windows.read(_reading(stamp_s, received_s), message, 1)


if __name__ == "__main__":
    sys.exit(main())
