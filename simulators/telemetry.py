"""What a simulated device says, and how it is written on the wire (native JSON telemetry)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Value = bool | int | float | str
Metrics = Mapping[str, Value]


class DeviceClass(StrEnum):
    """The kinds of equipment that are simulated; the value is the topic's third level."""

    ELEVATOR = "elevator"
    BOOSTER_PUMP = "booster_pump"
    SMOKE_DETECTOR = "smoke_detector"
    NFC_READER = "nfc_reader"


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The metrics a device reports at one moment of model time."""

    at: float
    """Model time in seconds from the start of the run (for a replay: of the recording)."""
    device: str
    device_class: DeviceClass
    metrics: Metrics

    def topic(self, site: str) -> str:
        return f"site/{site}/{self.device_class}/{self.device}/telemetry"

    def payload(self, ts: int) -> bytes:
        """One JSON object; `ts` is in milliseconds since the epoch, UTC."""
        return json.dumps({"ts": ts, **self.metrics}, separators=(",", ":"), allow_nan=False).encode()


class Stamps:
    """Time stamps in whole milliseconds that rise strictly for each device, however fast it speaks."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def stamp(self, device: str, now: float) -> int:
        """The stamp for a message sent at `now` (seconds since the epoch, UTC)."""
        ts = max(int(now * 1000), self._last.get(device, 0) + 1)
        self._last[device] = ts
        return ts
