"""Finding out what a store refuses, so that the rest can be written."""

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
class Refusal:
    """What the store will never take."""

    reading: Reading
    metric: str | None
    """None when none of the reading's metrics is taken."""
    detail: str


@dataclass(frozen=True, slots=True)
class _Cell:
    """One metric of one reading."""

    row: int
    metric: str
    reading: Reading
    """With this metric alone."""


def write_accepted(store: SeriesStore, readings: Sequence[Reading]) -> list[Refusal]:
    """Write all of `readings` but what the store refuses, which is returned.

    After a refusal the readings are written again column by column, a column being one metric of one profile with
    values of one type: what is refused is mostly refused for these. Only a column that is refused is halved, and halved
    again, unless the store says that it dropped all of it. So it takes a few dozen requests, whether one reading among
    thousands is refused or all of them.

    Raises:
        SeriesUnavailable: some may be written; try all of them again later.
    """
    try:
        store.write(readings)
    except SeriesRefused:
        return _write_by_column(store, readings)
    return []


def _write_by_column(store: SeriesStore, readings: Sequence[Reading]) -> list[Refusal]:
    columns: dict[tuple[str, str, type], list[_Cell]] = defaultdict(list)
    for row, reading in enumerate(readings):
        for metric, value in reading.values.items():
            cell = _Cell(row, metric, msgspec.structs.replace(reading, values={metric: value}))
            columns[reading.profile, metric, type(value)].append(cell)

    refused: dict[int, dict[str, str]] = defaultdict(dict)
    for column in columns.values():
        # InfluxDB settles a field's type for each shard, a span of time: refusals are neighbours in time.
        column.sort(key=attrgetter("reading.time"))
        for cell, detail in _refused(store, column):
            refused[cell.row][cell.metric] = detail

    refusals: list[Refusal] = []
    for row, details in sorted(refused.items()):
        reading = readings[row]
        if len(details) == len(reading.values):
            refusals.append(Refusal(reading, None, next(iter(details.values()))))
        else:
            refusals.extend(Refusal(reading, metric, detail) for metric, detail in details.items())
    return refusals


def _refused(store: SeriesStore, cells: Sequence[_Cell]) -> Iterator[tuple[_Cell, str]]:
    try:
        store.write([cell.reading for cell in cells])
    except SeriesRefused as error:
        all_dropped = isinstance(error, PointsDropped) and error.dropped >= len(cells)
        if len(cells) == 1 or all_dropped:
            yield from ((cell, str(error)) for cell in cells)
        else:
            middle = len(cells) // 2
            yield from _refused(store, cells[:middle])
            yield from _refused(store, cells[middle:])
