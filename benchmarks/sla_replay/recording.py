"""Reads a CSV file of opened and closed times: jobs of units, and rows with mistakes, each by its line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from benchmarks.sla_replay.table import NotARecording, encoding_of, rows
from benchmarks.sla_replay.time_formats import ORDERS, AmbiguousTimes, TimeFormat, found_format
from gateway.core.kernel.times import Micros

_NOTHING = {"", "-", "null", "none", "n/a", "na", "nan", "nat"}
_SHOWN = 60
"""So many characters of a value are shown in a mistake."""


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
    """By when it was to be closed, where the file says so; where that is before it was opened, it is late at once."""
    holds: tuple[Hold, ...] = ()
    level: str | None = None
    """What its target goes by, where the file says so."""


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
    level: str | None = None
    levels: frozenset[str] | None = None
    """The values of the level that have a target; None where all have."""

    @property
    def names(self) -> Iterator[str]:
        """All columns that are named."""
        given = (self.opened, self.closed, self.due, self.unit, self.level, self.held, self.resumed)
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


def read(
    file: Path, columns: Columns, zone: ZoneInfo, time_format: str | None = None, encoding: str | None = None
) -> Recording:
    """The jobs of a file.

    Args:
        zone: of times that have none.
        time_format: as of strptime, or the order of day and month: dmy or mdy; found in the file unless given.
        encoding: found in the file unless given.

    Raises:
        NotARecording: the file cannot be read, or lacks a column, or its times may be read in two ways.
    """
    encoding = encoding_of(file) if encoding is None else encoding
    if time_format is None:
        try:
            times = found_format(_times(file, columns, encoding), zone)
        except AmbiguousTimes as error:
            raise NotARecording(f"{file}: {error}") from error
    elif time_format in ORDERS:
        times = TimeFormat(zone, is_day_first=ORDERS[time_format])
    else:
        times = TimeFormat(zone, time_format)
    recording = Recording()
    found = list[_Row]()
    for line, values in rows(file, [*columns.names], encoding):
        recording.rows += 1
        try:
            if values is None:
                raise ValueError("a quote is opened and not closed: all that follows belongs to this row")
            row = _row(line, values, columns, times.read)
        except ValueError as error:
            recording.mistakes.append(RowMistake(line, str(error)))
            continue
        job = row.job
        recording.first_seen[job.unit] = min(job.opened, recording.first_seen.get(job.unit, job.opened))
        recording.ends_at = max(recording.ends_at, job.opened, job.closed or 0)
        for hold in job.holds:
            recording.ends_at = max(recording.ends_at, hold.start, hold.end or 0)
        found.append(row)
    if columns.joins or columns.pause:
        recording.jobs = list(_joined(found))
    else:
        recording.jobs = [row.job for row in found if row.counts]
    return recording


def _times(file: Path, columns: Columns, encoding: str) -> Iterator[str]:
    """The times of the file as they are written."""
    given = (columns.opened, columns.closed, columns.due, columns.held, columns.resumed)
    named = [column for column in given if column is not None]
    # All columns are wanted, so that one that is not there is named whether it is of times or not.
    for _, values in rows(file, [*columns.names], encoding):
        if values is not None:
            yield from (text for column in named if (text := values[column]).casefold() not in _NOTHING)


def _row(line: int, values: Mapping[str, str], columns: Columns, moment: Callable[[str], Micros]) -> _Row:
    """Raises ValueError with what is wrong."""

    def at(column: str | None) -> Micros | None:
        text = values[column] if column is not None else ""
        if text.casefold() in _NOTHING:
            return None
        try:
            return moment(text)
        except ValueError as error:
            shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
            raise ValueError(f"{column}: {shown!r} {error}") from error

    unit = values[columns.unit] if columns.unit is not None else ""
    level = values[columns.level] if columns.level is not None else None
    opened, closed, due = at(columns.opened), at(columns.closed), at(columns.due)
    held, resumed = at(columns.held), at(columns.resumed)
    if columns.unit is not None and not unit:
        raise ValueError(f"{columns.unit}: there is none")
    counts = _is_among(values, columns.where)
    if counts and level is not None and columns.levels is not None and level not in columns.levels:
        raise ValueError(f"{columns.level}: {level[:_SHOWN]!r} has no target")
    if opened is None:
        raise ValueError(f"{columns.opened}: there is no time")
    if closed is not None and closed < opened:
        raise ValueError("it was closed before it was opened")
    holds = () if held is None else (Hold(held, resumed),)
    if held is not None and not opened <= held <= (resumed or held) <= (closed or resumed or held):
        raise ValueError("it was held or resumed while it was not open")
    if held is None and resumed is not None:
        raise ValueError("it was resumed without having been held")
    return _Row(
        Job(line, unit, opened, closed, due, holds, level),
        counts=counts,
        pauses=bool(columns.pause) and _is_among(values, columns.pause),
    )


def _is_among(values: Mapping[str, str], wanted: Mapping[str, frozenset[str]]) -> bool:
    return all(values[column] in among for column, among in wanted.items())


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
    holds.sort(key=lambda hold: hold.start)
    return Job(first.line, first.unit, first.opened, last.closed, first.due, tuple(holds), first.level)
