"""Finds out which points a store rejects, so that all others are written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

import msgspec

from gateway.core.telemetry.readings import Reading
from gateway.errors import SeriesRefused
from gateway.series.port import PointsDropped, SeriesStore


@dataclass(frozen=True, slots=True)
class RejectedPoint:
    """A reading, or one metric of it, that the store will never accept."""

    reading: Reading
    metric: str | None
    """None when all of the reading's metrics are rejected."""
    detail: str
    """The store's reason."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """One metric of one reading."""

    row: int
    metric: str
    reading: Reading
    """With this metric alone."""


def write_accepted(store: SeriesStore, readings: Sequence[Reading]) -> list[RejectedPoint]:
    """Write all of `readings` that the store accepts; return what it rejects.

    When the store rejects a request, the readings are written again column by column. A column is one metric of one
    profile with values of one type, which is what stores mostly reject. Only a rejected column is halved, and halved
    again, unless the store says that it dropped all of it. So it takes a few dozen requests, whether one reading among
    thousands is rejected or all of them.

    Raises:
        SeriesUnavailable: some may be written; try all of them again later.
    """
    try:
        store.write(readings)
    except SeriesRefused:
        return _write_by_column(store, readings)
    return []


def _write_by_column(store: SeriesStore, readings: Sequence[Reading]) -> list[RejectedPoint]:
    columns: dict[tuple[str, str, type], list[_Cell]] = defaultdict(list)
    for row, reading in enumerate(readings):
        for metric, value in reading.values.items():
            cell = _Cell(row, metric, msgspec.structs.replace(reading, values={metric: value}))
            columns[reading.profile, metric, type(value)].append(cell)

    details_by_row: dict[int, dict[str, str]] = defaultdict(dict)
    for column in columns.values():
        # InfluxDB fixes a field's type for each shard, a span of time: rejected points are neighbours in time.
        column.sort(key=attrgetter("reading.time"))
        for cell, detail in _write_cells(store, column):
            details_by_row[cell.row][cell.metric] = detail

    rejected: list[RejectedPoint] = []
    for row, details in sorted(details_by_row.items()):
        reading = readings[row]
        if len(details) == len(reading.values):
            rejected.append(RejectedPoint(reading, None, next(iter(details.values()))))
        else:
            rejected.extend(RejectedPoint(reading, metric, detail) for metric, detail in details.items())
    return rejected


def _write_cells(store: SeriesStore, cells: Sequence[_Cell]) -> Iterator[tuple[_Cell, str]]:
    """Write the cells; yield those that the store rejects, each with its reason."""
    try:
        store.write([cell.reading for cell in cells])
    except SeriesRefused as error:
        all_dropped = isinstance(error, PointsDropped) and error.dropped >= len(cells)
        if len(cells) == 1 or all_dropped:
            yield from ((cell, str(error)) for cell in cells)
        else:
            middle = len(cells) // 2
            yield from _write_cells(store, cells[:middle])
            yield from _write_cells(store, cells[middle:])
