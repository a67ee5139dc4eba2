"""Reads a CSV file of opened and closed times: jobs of units, and rows with mistakes, each by its line."""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.core.kernel.times import LATEST, MILLISECOND, SECOND, Micros, from_datetime

_DELIMITERS = ",;\t|"
_NOTHING = {"", "-", "null", "none", "n/a", "na", "nan", "nat"}
_EPOCH = re.compile(r"\d{9,10}(\.\d+)?|\d{12,13}")
"""Seconds since 1970, or milliseconds."""
_MILLISECOND_DIGITS = 12


class NotARecording(Exception):
    """The file or the options are such that no row can be read."""


class Hold(NamedTuple):
    """A stretch of time in which a job waits."""

    start: Micros
    end: Micros | None
    """None where it waits at the end of the file."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something that was opened and, mostly, closed."""

    line: int
    """Of the file, from 1: that of its first row."""
    unit: str
    opened: Micros
    closed: Micros | None
    """None where it was still open at the end of the file."""
    due: Micros | None = None
    """By when it was to be closed, where the file says so."""
    holds: tuple[Hold, ...] = ()


class RowMistake(NamedTuple):
    """A row that is left out."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Columns:
    """What stands where, by the names in the first line."""

    opened: str
    closed: str
    due: str | None = None
    unit: str | None = None
    held: str | None = None
    resumed: str | None = None
    where: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Rows count whose values of these columns are among these."""
    pause: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Rows in which the job of their unit waits, where they follow one of its rows without a gap."""
    joins: bool = False
    """Whether rows of a unit that follow one another without a gap are one job."""

    @property
    def names(self) -> Iterator[str]:
        """All columns that are named."""
        given = (self.opened, self.closed, self.due, self.unit, self.held, self.resumed)
        yield from (name for name in given if name is not None)
        yield from (*self.where, *self.pause)


@dataclass(slots=True)
class Recording:
    """What was read."""

    rows: int = 0
    jobs: list[Job] = field(default_factory=list)
    mistakes: list[RowMistake] = field(default_factory=list)
    first_seen: dict[str, Micros] = field(default_factory=dict)
    """When each unit first occurs, also in rows that do not count."""
    ends_at: Micros = 0
    """The latest time in the file: until then open jobs are followed."""


class _Row(NamedTuple):
    job: Job
    counts: bool
    pauses: bool


def read(file: Path, columns: Columns, zone: ZoneInfo, time_format: str | None = None) -> Recording:
    """The jobs of a file.

    Args:
        zone: of times that have none.
        time_format: as of strptime; ISO 8601 or a number since 1970 unless given.

    Raises:
        NotARecording: the file cannot be read, or lacks a column.
    """
    recording = Recording()
    rows = list[_Row]()
    for line, values in _lines(file, columns):
        recording.rows += 1
        try:
            row = _row(line, values, columns, lambda text: _moment(text, zone, time_format))
        except ValueError as error:
            recording.mistakes.append(RowMistake(line, str(error)))
            continue
        job = row.job
        recording.first_seen[job.unit] = min(job.opened, recording.first_seen.get(job.unit, job.opened))
        recording.ends_at = max(recording.ends_at, job.opened, job.closed or 0)
        rows.append(row)
    if columns.joins or columns.pause:
        recording.jobs = list(_joined(rows))
    else:
        recording.jobs = [row.job for row in rows if row.counts]
    return recording


def _lines(file: Path, columns: Columns) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row as a mapping, with the number of its line."""
    csv.field_size_limit(sys.maxsize)
    try:
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            first = lines.readline()
            delimiter = max(_DELIMITERS, key=first.count)
            names = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
            if missing := [name for name in columns.names if name not in names]:
                known = ", ".join(names) or "none: the first line is empty"
                raise NotARecording(f"{file} has no column {missing[0]!r}; its columns: {known}")
            reader = csv.reader((line.replace("\0", "") for line in lines), delimiter=delimiter)
            for values in reader:
                if any(value.strip() for value in values):
                    yield 1 + reader.line_num, dict(zip(names, map(str.strip, values), strict=False))
    except OSError as error:
        raise NotARecording(f"{file} cannot be read: {error.strerror or error}") from error
    except csv.Error as error:
        raise NotARecording(f"{file} is no CSV: {error}") from error


def _row(line: int, values: Mapping[str, str], columns: Columns, moment: Callable[[str], Micros]) -> _Row:
    """Raises ValueError with what is wrong."""

    def at(column: str | None) -> Micros | None:
        text = values.get(column, "") if column is not None else ""
        if text.casefold() in _NOTHING:
            return None
        try:
            return moment(text)
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{column}: {text!r} is no time") from error

    unit = values.get(columns.unit, "") if columns.unit is not None else ""
    opened, closed, due = at(columns.opened), at(columns.closed), at(columns.due)
    held, resumed = at(columns.held), at(columns.resumed)
    if columns.unit is not None and not unit:
        raise ValueError(f"{columns.unit}: there is none")
    if opened is None:
        raise ValueError(f"{columns.opened}: there is no time")
    if closed is not None and closed < opened:
        raise ValueError("it was closed before it was opened")
    if due is not None and due <= opened:
        raise ValueError("it was due before it was opened")
    holds = () if held is None else (Hold(held, resumed),)
    if held is not None and not opened <= held <= (resumed or held) <= (closed or resumed or held):
        raise ValueError("it was held or resumed while it was not open")
    if held is None and resumed is not None:
        raise ValueError("it was resumed without having been held")
    return _Row(
        Job(line, unit, opened, closed, due, holds),
        counts=_is_among(values, columns.where),
        pauses=bool(columns.pause) and _is_among(values, columns.pause),
    )


def _is_among(values: Mapping[str, str], wanted: Mapping[str, frozenset[str]]) -> bool:
    return all(values.get(column) in among for column, among in wanted.items())


def _moment(text: str, zone: ZoneInfo, time_format: str | None) -> Micros:
    if time_format is not None and "%z" in time_format:
        moment = from_datetime(datetime.strptime(text, time_format).astimezone(UTC))
    elif time_format is not None:
        moment = from_datetime(datetime.strptime(text, time_format).replace(tzinfo=zone))
    elif _EPOCH.fullmatch(text):
        scale = MILLISECOND if text.isdigit() and len(text) >= _MILLISECOND_DIGITS else SECOND
        moment = round(float(text) * scale)
    else:
        found = datetime.fromisoformat(text)
        moment = from_datetime(found if found.tzinfo is not None else found.replace(tzinfo=zone))
    if not 0 <= moment <= LATEST:
        raise ValueError("outside the years from 1970 on")
    return moment


def _joined(rows: Iterable[_Row]) -> Iterator[Job]:
    """Rows of a unit that follow one another without a gap as one job, from the first that counts on."""
    of_units: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        if row.counts or row.pauses:
            of_units[row.job.unit].append(row)
    jobs = [job for each in of_units.values() for job in _chains(sorted(each, key=lambda row: row.job.opened))]
    yield from sorted(jobs, key=lambda job: job.line)


def _chains(rows: Sequence[_Row]) -> Iterator[Job]:
    chain: list[_Row] = []
    for row in rows:
        if chain and chain[-1].job.closed == row.job.opened:
            chain.append(row)
            continue
        if chain:
            yield _one(chain)
        chain = [row] if row.counts else []
    if chain:
        yield _one(chain)


def _one(chain: Sequence[_Row]) -> Job:
    first, last = chain[0].job, chain[-1].job
    holds = [hold for row in chain for hold in row.job.holds]
    holds += [Hold(row.job.opened, row.job.closed) for row in chain if not row.counts]
    return Job(
        first.line, first.unit, first.opened, last.closed, first.due, tuple(sorted(holds, key=lambda hold: hold.start))
    )
