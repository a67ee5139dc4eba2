"""What a simulated device reports at a moment, and the stamps of its messages."""

from dataclasses import dataclass

from simulators.catalogue import DeviceClass
from simulators.metrics import Metrics

__all__ = ["DeviceClass", "Stamps", "Telemetry"]


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The metrics a device reports at one moment of model time."""

    at: float
    """Model time in seconds from the start of the run (for a replay: of the recording)."""
    device: str
    device_class: DeviceClass
    metrics: Metrics


class Stamps:
    """Time stamps in whole milliseconds that rise strictly for each device, however fast it reports."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def stamp(self, device: str, now: float) -> int:
        """The stamp for a message sent at `now` (seconds since the epoch, UTC)."""
        ts = max(int(now * 1000), self._last.get(device, 0) + 1)
        self._last[device] = ts
        return ts
