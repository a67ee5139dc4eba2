"""A profile with a metric of each type, readings of it, and a store that can be told what to refuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.core.kernel.times import SECOND, Micros
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.readings import Reading
from gateway.errors import SeriesRefused, SeriesUnavailable
from gateway.series.port import Bucket, PointsDropped

T0: Micros = 1_700_000_040 * SECOND
"""A full minute, in UTC."""

PUMP = Profile.model_validate(
    {
        "profile": "booster_pump",
        "title": {"en": "Pump"},
        "metrics": {
            "running": {"type": "bool"},
            "pressure": {"type": "float"},
            "starts": {"type": "int"},
            "mode": {"type": "enum", "values": {0: "off", 1: "auto"}},
            "note": {"type": "string"},
        },
        "messages": [{"topic": "site/{site}/booster_pump/{device}/telemetry"}],
    }
)


def reading(number: int = 0, device: str = "pump-1", profile: str = "booster_pump", /, **values: Value) -> Reading:
    """A reading `number` seconds after T0."""
    return Reading(device, profile, T0 + number * SECOND, T0, values)


class PickyStore:
    """Keeps points in memory. Refuses those that `refuses` says, and keeps the others, as InfluxDB does."""

    def __init__(self, *, refuses: Callable[[Reading, str], bool] = lambda *_: False, counts: bool = True) -> None:
        self.refuses = refuses
        self.counts = counts
        """Whether it says how many readings it dropped."""
        self.unavailable: list[SeriesUnavailable] = []
        """What the next writes raise, one each."""
        self.points: dict[tuple[str, str, Micros], Value] = {}
        self.writes: list[list[Reading]] = []
        """The requests that it took, whole or in part."""

    def write(self, readings: Sequence[Reading]) -> None:
        if self.unavailable:
            raise self.unavailable.pop(0)
        self.writes.append(list(readings))
        dropped = 0
        for each in readings:
            if any(self.refuses(each, metric) for metric in each.values):
                dropped += 1
            else:
                self.points |= {(each.device, metric, each.time): value for metric, value in each.values.items()}
        if dropped and self.counts:
            raise PointsDropped(f"partial write: dropped={dropped}", dropped)
        if dropped:
            raise SeriesRefused("some points are refused")

    def query(self, device: str, profile: Profile, metric: str, **_: object) -> list[Bucket]:
        raise NotImplementedError

    def close(self) -> None:
        pass
