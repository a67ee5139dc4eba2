"""Recordings of real equipment: a delimited text file, and the mapping of its columns to a device's metrics."""

import csv
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Self

from pydantic import Field, model_validator

from simulators import documents
from simulators.catalogue import DeviceClass
from simulators.durations import Duration
from simulators.errors import FileError
from simulators.fleet import Identifier, Spec
from simulators.metrics import Metrics, Value

SECONDS: Final = "seconds"
_INTEGER: Final = re.compile(r"[-+]?\d{1,18}")


class TimeColumn(Spec):
    """The column of a row's time: a `strptime` format, or `seconds` for a plain number of seconds."""

    column: str
    format: str = SECONDS

    def read(self, cell: str) -> float:
        """Seconds from an arbitrary origin; a `ValueError` if the cell is not such a time."""
        if self.format == SECONDS:
            seconds = float(cell)
            if not math.isfinite(seconds):
                raise ValueError(f"{cell!r} is not a number of seconds")
            return seconds
        if "%z" in self.format:
            return datetime.strptime(cell, self.format).astimezone(UTC).timestamp()
        return datetime.strptime(cell, self.format).replace(tzinfo=UTC).timestamp()


class MetricSource(Spec):
    """Where a metric comes from: a column (`cell * scale + offset`, or whether that is at least `at_least`), or a
    fixed value."""

    column: str | None = None
    scale: float = 1.0
    offset: float = 0.0
    at_least: float | None = None
    value: Value | None = Field(default=None, union_mode="smart")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.column is None) == (self.value is None):
            raise ValueError("give either column or value")
        if self.value is not None and len(self.model_fields_set) > 1:
            raise ValueError("scale, offset and at_least belong to a column, not to a fixed value")
        return self

    def read(self, cell: str) -> Value:
        """The value in a cell, an integer where one stands there; a `ValueError` if it is not a finite number."""
        as_written = self.scale == 1.0 and self.offset == 0.0
        if as_written and self.at_least is None and _INTEGER.fullmatch(cell):
            return int(cell)
        number = float(cell) * self.scale + self.offset
        if not math.isfinite(number):
            raise ValueError(f"{cell!r} is not a finite number")
        return round(number, 9) if self.at_least is None else number >= self.at_least


Sources = Mapping[str, MetricSource]


class MappedDevice(Spec):
    """One of several devices in the same file."""

    id: Identifier
    device_class: DeviceClass | None = Field(default=None, alias="class")
    metrics: dict[str, MetricSource] = Field(min_length=1)


class RecordingMap(Spec):
    """How to read a recording: its form, its time, and the metrics of one device or of several."""

    delimiter: str = Field(default=",", min_length=1, max_length=1)
    skip_lines: int = Field(default=0, ge=0)
    """Lines above the header."""
    time: TimeColumn | None = None
    every: Duration | None = Field(default=None, gt=0)
    """Without a time column: how far apart the rows are (s)."""
    metrics: dict[str, MetricSource] | None = Field(default=None, min_length=1)
    devices: tuple[MappedDevice, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.time is None) == (self.every is None):
            raise ValueError("give either time (its column) or every (the step between two rows)")
        if (self.metrics is None) == (not self.devices):
            raise ValueError("give either metrics (for one device) or devices (each with its own metrics)")
        return self


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the recording as the metrics of each device that has any in it."""

    line: int
    """In the file, from 1."""
    elapsed: float
    """Seconds since the first row; a recording that jumps back makes it fall."""
    metrics: Mapping[str, Metrics]
    """By device id."""
    unreadable: tuple[str, ...]
    """`device.metric` of each cell that is there but is no number."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that cannot be replayed."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording's file with its mapping, and the devices to replay from it."""

    path: Path
    form: RecordingMap
    sources: Mapping[str, Sources]
    """By device id."""
    classes: Mapping[str, DeviceClass]
    """By device id."""

    def rows(self) -> Iterator[Row | Skipped]:
        """The rows in the file's order."""
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as lines:
                yield from read_rows(lines, self.form, self.sources, source=str(self.path))
        except OSError as exc:
            raise FileError(f"{self.path}: cannot be read: {exc.strerror or exc}") from exc
        except UnicodeDecodeError as exc:
            raise FileError(f"{self.path}: cannot be read: it is not UTF-8 text") from exc
        except csv.Error as exc:
            raise FileError(f"{self.path}: cannot be read as delimited text: {exc}") from exc

    def payloads(self, device: str) -> Iterator[tuple[float, Metrics]]:
        """For one device: the elapsed seconds and the metrics of each row that has any."""
        for row in self.rows():
            if isinstance(row, Row) and device in row.metrics:
                yield row.elapsed, row.metrics[device]


def open_recording(
    path: Path, mapping: Path, *, device: str | None = None, device_class: DeviceClass | None = None
) -> Recording:
    """The recording at `path` read by the mapping file; a `FileError` says what is wrong with them.

    `device` names the one device, or picks one of the mapping's several; `device_class` is for those to which the
    mapping gives none.
    """
    form = documents.load(mapping, RecordingMap)
    if form.metrics is not None:
        if device is None:
            raise FileError(f"{mapping}: it maps one device without its name: give the name with --device")
        mapped: tuple[MappedDevice, ...] = (MappedDevice(id=device, metrics=form.metrics),)
    else:
        mapped = tuple(one for one in form.devices if device is None or one.id == device)
        if not mapped:
            raise FileError(f"{mapping}: no device {device!r}; it maps {', '.join(one.id for one in form.devices)}")
    classes: dict[str, DeviceClass] = {}
    for one in mapped:
        chosen = one.device_class or device_class
        if chosen is None:
            raise FileError(f"{mapping}: the class of {one.id} is not given: give it here, or with --class")
        classes[one.id] = chosen
    recording = Recording(path, form, {one.id: one.metrics for one in mapped}, classes)
    next(recording.rows(), None)  # report a missing file or column now, before the replay begins
    return recording


def read_rows(
    lines: Iterable[str], form: RecordingMap, sources: Mapping[str, Sources], *, source: str
) -> Iterator[Row | Skipped]:
    """The rows of a recording's lines; `source` names it in a `FileError` about its header."""
    reader = csv.reader(lines, delimiter=form.delimiter)
    for _ in range(form.skip_lines):
        next(reader, None)
    header = [name.strip() for name in next(reader, [])]
    columns = {name: index for index, name in reversed(list(enumerate(header)))}
    needed = [metric.column for metrics in sources.values() for metric in metrics.values() if metric.column]
    for column in [*([form.time.column] if form.time else []), *needed]:
        if column not in columns:
            close = get_close_matches(column, header, n=1)
            more = ", ..." if len(header) > 12 else ""
            hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(header[:12]) or 'none'}{more}"
            if len(header) == 1:
                hint = f"everything is in one column: is {form.delimiter!r} the right delimiter?"
            raise FileError(f"{source}: no column {column!r}; {hint}")

    origin: float | None = None
    for number, cells in enumerate(reader):
        if not any(cell.strip() for cell in cells):
            continue

        def cell(column: str, cells: list[str] = cells) -> str:
            index = columns[column]
            return cells[index].strip() if index < len(cells) else ""

        moment = number * form.every if form.every else 0.0
        if form.time is not None:
            try:
                moment = form.time.read(cell(form.time.column))
            except ValueError:
                yield Skipped(reader.line_num, "its time cannot be read")
                continue
        origin = moment if origin is None else origin
        unreadable: list[str] = []
        metrics = {device: _metrics(device, wanted, cell, unreadable) for device, wanted in sources.items()}
        metrics = {device: values for device, values in metrics.items() if values}
        if metrics:
            yield Row(reader.line_num, moment - origin, metrics, tuple(unreadable))
        else:
            yield Skipped(reader.line_num, "none of its cells can be read" if unreadable else "its cells are blank")


def _metrics(device: str, wanted: Sources, cell: Callable[[str], str], unreadable: list[str]) -> Metrics:
    """A device's metrics in a row, without blank or unreadable cells; none when only fixed values are left."""
    values: dict[str, Value] = {}
    measured = False
    for name, metric in wanted.items():
        if metric.column is None:
            if metric.value is not None:
                values[name] = metric.value
        elif written := cell(metric.column):
            try:
                values[name] = metric.read(written)
                measured = True
            except ValueError:
                unreadable.append(f"{device}.{name}")
    return values if measured else {}
