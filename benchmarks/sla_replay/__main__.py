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
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.sla_replay import plain, replay
from benchmarks.sla_replay.outcome import Outcome
from benchmarks.sla_replay.recording import Columns, Job, Recording, read
from benchmarks.sla_replay.report import report_of, summary_of
from benchmarks.sla_replay.table import NotARecording
from benchmarks.sla_replay.time_formats import ORDERS, TimeFormat
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
  python -m benchmarks.sla_replay tickets.csv --opened opened_at --closed closed_at --unit machine --format dmy
  python -m benchmarks.sla_replay tickets.csv --opened opened_at --closed closed_at --level priority \\
      --target High=4h --target Low=3d

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
    targets: Mapping[str, str] | None = None,
) -> Result:
    """Replay a recording, and compare it with the plain computation.

    Args:
        resolve: the target of every job whose level has none of its own; that of its priority unless given.
        targets: those of levels.
    """
    own = targets or {}
    target = DEFAULT_SLA[priority].resolve if resolve is None else parse_duration(resolve)
    clocks = replay.replay_of(
        ends_at=recording.ends_at, zone=zone, priority=priority, resolve=resolve, hours=hours, targets=own
    )
    shipped = {each.value: deadlines.resolve for each, deadlines in DEFAULT_SLA.items()} if resolve is None else {}
    by_level = shipped | {level: parse_duration(each) for level, each in own.items()}
    plainly = plain.Plain(
        timedelta(microseconds=target),
        recording.ends_at,
        zone,
        hours,
        {level: timedelta(microseconds=each) for level, each in by_level.items()},
    )
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
    if options.target and options.level is None:
        parser.error("--target goes with --level, the column of the values")
    targets: dict[str, str] = dict(options.target)
    columns = Columns(
        opened=options.opened,
        closed=options.closed,
        due=options.due,
        unit=options.unit,
        held=options.held,
        resumed=options.resumed,
        where=_by_column(options.where),
        pause=_by_column(options.pause),
        joins=options.join,
        level=options.level,
        levels=None if options.resolve is not None else frozenset((*targets, *Priority)),
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
    if recording.rows and len(recording.mistakes) == recording.rows:
        print(f"{options.file}: none of {recording.rows:,} rows can be read", file=sys.stderr)
        for mistake in recording.mistakes[: options.shown]:
            print(f"  line {mistake.line}: {mistake.what}", file=sys.stderr)
        return 2
    result = run(recording, zone=zone, priority=options.priority, resolve=options.resolve, hours=hours, targets=targets)
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
    parser.add_argument(
        "--level", metavar="COLUMN", help="by which the target goes: P1 to P4, or a value that --target names"
    )
    parser.add_argument(
        "--target", action="append", default=[], type=_target, metavar="VALUE=4h", help="the target of a level"
    )
    parser.add_argument("--unit", metavar="COLUMN", help="of which unit it is")
    parser.add_argument("--held", metavar="COLUMN", help="from when on it waited; empty: it did not")
    parser.add_argument("--resumed", metavar="COLUMN", help="until when it waited; empty: to the end")
    parser.add_argument(
        "--where", action="append", default=[], type=_wanted, metavar="COLUMN=VALUE", help="rows that count"
    )
    parser.add_argument(
        "--pause",
        action="append",
        default=[],
        type=_wanted,
        metavar="COLUMN=VALUE",
        help="rows in which the unit's job waits",
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
        "--format",
        type=_format,
        metavar="FORMAT",
        help="of times: dmy, mdy, or such as '%%d.%%m.%%Y %%H:%%M'; found in the file unless given",
    )
    parser.add_argument("--encoding", metavar="NAME", help="such as utf-8 or cp1252; found in the file unless given")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--shown", type=_count, default=10, metavar="N", help="how many units and mistakes are shown")
    return parser


def _by_column(wanted: Sequence[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Several values of one column are alternatives."""
    return {name: frozenset(value for each, value in wanted if each == name) for name, _ in wanted}


def _wanted(text: str) -> tuple[str, str]:
    column, equals, value = text.partition("=")
    if not (column.strip() and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is no COLUMN=VALUE")
    return column.strip(), value.strip()


def _target(text: str) -> tuple[str, str]:
    value, equals, duration = text.rpartition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is no VALUE=DURATION: write such as High=4h")
    return value.strip(), _duration(duration.strip())


def _format(text: str) -> str:
    """An order of day and month, or a pattern that strptime takes."""
    if text not in ORDERS:
        moment = datetime(2026, 2, 13, 8, tzinfo=UTC)
        try:
            TimeFormat(ZoneInfo("UTC"), text).read(moment.strftime(text))
        except (ValueError, re.error) as error:
            hint = "write dmy, mdy, or such as '%d.%m.%Y %H:%M'"
            raise argparse.ArgumentTypeError(f"{text!r} is no format of times: {hint}") from error
    return text


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of lines")
    return int(text)


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


def ended(arguments: Sequence[str] | None = None) -> int:
    """As `main`, and an interruption or a reader that goes away is no error of this program."""
    try:
        code = main(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # What is left in the buffer goes nowhere, so that the end of the interpreter does not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return code


if __name__ == "__main__":
    sys.exit(ended())
