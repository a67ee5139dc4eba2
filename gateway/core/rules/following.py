"""What goes on when a device says something, beside its own rules: rules of neighbours, and groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Protocol

from gateway.core.rules.judging import Judge
from gateway.core.telemetry.readings import Message, Reading

Calm = tuple[tuple[str, Any, Any, Mapping[str, object]], ...]
"""Each a metric, its lowest and its highest value, and what waits for readings. As long as nothing waits, and the
device's facts are within all limits, no reading of the device changes anything that follows."""
RESTLESS: Calm = (("", None, None, {"": None}),)
"""Any reading may."""


class Following(Protocol):
    """What hangs in the list of a device."""

    @property
    def calm(self) -> Calm:
        """When it needs no reading of the device, while the gateway hears."""

    def evaluate(self, judge: Judge, reading: Reading, message: Message, number: int) -> None:
        """Evaluate what a reading may have changed: nothing, if it has none of the metrics on which it depends."""


def calm_of(followers: Sequence[Following]) -> Calm:
    """When none of these needs a reading. What one has alone is shared with other devices: it stays in the cache."""
    return followers[0].calm if len(followers) == 1 else tuple(chain.from_iterable(each.calm for each in followers))
