"""What is stored of a device from time to time: a restart then needs only the end of the journal."""

from __future__ import annotations

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value


class DeviceSnapshot(msgspec.Struct, frozen=True, gc=False):
    """The latest values of one device: a row of the store."""

    device: str
    newest: Micros
    values: dict[str, Value]
    """As rules read them; without metrics that are known from `earlier` alone."""
    times: dict[str, Micros]
    unstamped: list[str] = []
    """Metrics whose latest value came without a believed stamp."""
    pace: tuple[Micros, Micros] = (0, 0)
    """Stamp and time received of the latest message whose stamp was believed, or was a server's and stale."""
    position: int = 0
    """The number of the first message that is not in it; 0 where an earlier release has stored it."""
    earlier: dict[str, Value] = {}
    """The latest values of metrics of which the latest is of the past: shown to people, but not read by rules."""
    received: Micros = 0
    """When it was last heard; 0 if it never was, or an earlier release has stored it."""
    heard: tuple[Micros, int] = (0, 0)
    """The same in hearing time."""


def fits(metric_type: str, value: Value) -> bool:
    """Whether a stored value is one of a metric of this type."""
    if metric_type == "bool":
        return isinstance(value, bool)
    if metric_type in ("int", "float"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)
