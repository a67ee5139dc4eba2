"""The port of the series: what the gateway needs of a store for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.profiles.metric import MetricType
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.readings import Reading
from gateway.errors import SeriesRefused

NUMERIC: frozenset[MetricType] = frozenset({"int", "float"})
"""Metrics with a mean, a least and a greatest value. All others but `bool` hold text."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """The values of one metric in one stretch of time, or a single value."""

    time: Micros
    """Where it begins: a multiple of its width since the epoch. Of a single value, its own time."""
    count: int
    mean: float | None
    """Of a bool, the share of true. None of text."""
    min: int | float | None
    """Of numbers only, and so is `max`."""
    max: int | float | None
    last: Value
    """The latest value in it."""


class PointsDropped(SeriesRefused):
    """The store rejects `dropped` of the readings; it may have kept the others."""

    def __init__(self, message: str, dropped: int) -> None:
        super().__init__(message)
        self.dropped = dropped


class SeriesStore(Protocol):
    """Keeps readings as series. May be called from any thread, but `write` from one at a time."""

    def write(self, readings: Sequence[Reading]) -> None:
        """Keep these readings; they are durable, as far as the store promises it, when this returns.

        Writing the same device, time and metric again replaces the value, so a repetition changes nothing.
        Numbers must be finite.

        Raises:
            SeriesUnavailable: try all of them again later.
            SeriesRefused: the store will never accept one or more of them; it may have kept the others.
        """

    def query(
        self,
        device: str,
        profile: Profile,
        metric: str,
        *,
        start: Micros,
        end: Micros,
        bucket: Micros | None,
        limit: int,
    ) -> list[Bucket]:
        """The values of one metric from `start` up to but not including `end`, earliest first, at most `limit`.

        Args:
            bucket: the width of the buckets; None for each value by itself. Empty buckets are left out.

        Raises:
            KeyError: the profile has no such metric.
            SeriesUnavailable: try again later.
        """

    def close(self) -> None:
        """Close files and connections."""
