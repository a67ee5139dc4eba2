"""Replays a CSV file of opened and closed times through the SLA clocks: `python -m benchmarks.sla_replay FILE …`.

Each row is a ticket whose work is to be resolved in time. It runs through the service levels and clocks of production,
step by step with their timers; beside it stands a plain computation that uses nothing of the gateway. The exit code is
1 where the two differ in anything, and 2 where the file cannot be read. Rows with mistakes are left out, counted and
named.

    python -m benchmarks.sla_replay elevator_statuses.csv --opened time --closed end_time --unit unit_id \
        --where category=BROKEN --join
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.sla_replay import plain, replay
from benchmarks.sla_replay.outcome import Outcome
from benchmarks.sla_replay.recording import Columns, Job, NotARecording, Recording, read
from benchmarks.sla_replay.report import report_of, summary_of
from benchmarks.sla_replay.working_hours import WorkingHours, parse_working_hours
from gateway.core.kernel.times import parse_duration
from gateway.core.kernel.urgency import Priority
from gateway.core.work.sla import DEFAULT_SLA

_EXAMPLES = """\
examples:
  python -m benchmarks.sla_replay tickets.csv --opened opened_at --closed closed_at --resolve 24h
  python -m benchmarks.sla_replay tickets.csv --opened opened_at --closed closed_at --due due_at --json
  python -m benchmarks.sla_replay tickets.csv --opened opened_at --closed closed_at --resolve 8h \\
      --calendar 'mon-fri 08:00-18:00' --holidays 2026-12-25 --timezone Europe/Berlin
  python -m benchmarks.sla_replay tickets.csv --opened opened_at --closed closed_at --format '%d/%m/%Y %H:%M'

exit code: 0 both computations agree, 1 they differ, 2 the file or the options cannot be used
"""


@dataclass(frozen=True, slots=True)
class Result:
    """A recording that was replayed."""

    recording: Recording
    outcomes: Sequence[tuple[Job, Outcome]]
    down: dict[str, int]
    """How long each unit was down, in microseconds."""
    differences: Sequence[str]
    """In what the plain computation differs."""


def run(
    recording: Recording,
    *,
    zone: ZoneInfo,
    priority: Priority = Priority.P2,
    resolve: str | None = None,
    hours: WorkingHours | None = None,
) -> Result:
    """Replay a recording, and compare it with the plain computation."""
    target = DEFAULT_SLA[priority].resolve if resolve is None else parse_duration(resolve)
    clocks = replay.replay_of(ends_at=recording.ends_at, zone=zone, priority=priority, resolve=resolve, hours=hours)
    plainly = plain.Plain(timedelta(microseconds=target), recording.ends_at, zone, hours)
    outcomes = [(job, clocks.outcome(job)) for job in recording.jobs]
    differences = [
        f"line {job.line}: {outcome}, but plainly {expected}"
        for job, outcome in outcomes
        if outcome != (expected := plainly.outcome(job))
    ]
    down = replay.down_times(recording.jobs, recording.ends_at)
    expected_down = plain.down_times(recording.jobs, recording.ends_at)
    differences += [
        f"{unit}: down for {down.get(unit)} µs, but plainly {expected_down.get(unit)}"
        for unit in down.keys() | expected_down.keys()
        if down.get(unit) != expected_down.get(unit)
    ]
    return Result(recording, outcomes, down, differences)


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay, print, and say whether both agree."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.due is not None and options.calendar is not None:
        parser.error("--due is a time on the wall: it goes without --calendar")
    if options.held is not None and options.pause:
        parser.error("say how jobs wait in one way: --held with --resumed, or --pause")
    columns = Columns(
        opened=options.opened,
        closed=options.closed,
        due=options.due,
        unit=options.unit,
        held=options.held,
        resumed=options.resumed,
        where=_wanted(options.where),
        pause=_wanted(options.pause),
        joins=options.join,
    )
    zone: ZoneInfo = options.timezone
    hours = None
    if options.calendar is not None:
        try:
            hours = parse_working_hours(options.calendar, options.holidays)
            replay.calendar_of(hours, zone)
        except ValueError:
            parser.error("these are no hours: write such as --calendar 'mon-fri 08:00-18:00' --holidays 2026-12-25")
    try:
        recording = read(options.file, columns, zone, options.format, options.encoding)
    except NotARecording as error:
        print(error, file=sys.stderr)
        return 2
    result = run(recording, zone=zone, priority=options.priority, resolve=options.resolve, hours=hours)
    shown = (result.recording, result.outcomes, result.down, result.differences, options.shown)
    if options.json:
        print(json.dumps(summary_of(*shown), ensure_ascii=False, indent=2))
    else:
        print("\n".join(report_of(*shown)))
    return 1 if result.differences else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sla_replay",
        description="Replays a CSV file of times through the SLA clocks.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, help="CSV, its first line the names of the columns")
    parser.add_argument("--opened", required=True, metavar="COLUMN", help="when a job was opened")
    parser.add_argument("--closed", required=True, metavar="COLUMN", help="when it was closed; empty: still open")
    parser.add_argument("--due", metavar="COLUMN", help="by when it was to be closed; empty: by --resolve")
    parser.add_argument("--unit", metavar="COLUMN", help="of which unit it is")
    parser.add_argument("--held", metavar="COLUMN", help="from when on it waited; empty: it did not")
    parser.add_argument("--resumed", metavar="COLUMN", help="until when it waited; empty: to the end")
    parser.add_argument("--where", action="append", default=[], metavar="COLUMN=VALUE", help="rows that count")
    parser.add_argument(
        "--pause", action="append", default=[], metavar="COLUMN=VALUE", help="rows in which the unit's job waits"
    )
    parser.add_argument("--join", action="store_true", help="rows of a unit that touch are one job")
    parser.add_argument(
        "--resolve", type=_duration, metavar="24h", help="the target; that of the priority unless given"
    )
    parser.add_argument("--priority", type=Priority, choices=[*Priority], default=Priority.P2)
    parser.add_argument("--calendar", metavar="'mon-fri 08:00-18:00'", help="the hours that count")
    parser.add_argument("--holidays", default="", metavar="DATE,…", help="dates on which nobody works")
    parser.add_argument(
        "--timezone", type=_zone, default=ZoneInfo("UTC"), help="of times without one and of --calendar"
    )
    parser.add_argument(
        "--format", metavar="%%d.%%m.%%Y", help="of times, as of strptime; found in the file unless given"
    )
    parser.add_argument("--encoding", metavar="NAME", help="such as utf-8 or cp1252; found in the file unless given")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--shown", type=int, default=10, metavar="N", help="how many units and mistakes are shown")
    return parser


def _wanted(given: Sequence[str]) -> dict[str, frozenset[str]]:
    """Several values of one column are alternatives."""
    wanted: dict[str, set[str]] = {}
    for each in given:
        column, _, value = each.partition("=")
        wanted.setdefault(column.strip(), set()).add(value.strip())
    return {column: frozenset(values) for column, values in wanted.items()}


def _duration(text: str) -> str:
    """A target as it is written, once it is known to be one."""
    try:
        if parse_duration(text) > 0:
            return text
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    raise argparse.ArgumentTypeError("a target is longer than nothing")


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (OSError, ValueError, KeyError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time zone: write one such as America/New_York") from error


if __name__ == "__main__":
    sys.exit(main())
