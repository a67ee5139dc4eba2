"""The same computed plainly: aware datetimes, one day after another, and no code of the gateway.

It follows from the definitions alone. What counts is the time from opened to closed without the holds, within the
hours. A job is due at the first moment by which its target has counted, and late where it is closed after that. A unit
is down while one of its jobs is open. Hours that begin or end in the hour that is left out when clocks are set forward
are none that this can tell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from benchmarks.sla_replay.outcome import Outcome, Status
from benchmarks.sla_replay.recording import Job
from benchmarks.sla_replay.working_hours import WorkingHours

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Plain:
    """What becomes of jobs, plainly."""

    target: timedelta
    ends_at: int
    zone: ZoneInfo
    hours: WorkingHours | None = None
    targets: Mapping[str, timedelta] = field(default_factory=dict)
    """Those of levels that have one of their own."""

    def outcome(self, job: Job) -> Outcome:
        """What becomes of a job."""
        end = _moment(self.ends_at if job.closed is None else job.closed)
        hours, target = self.hours, self.targets.get(job.level or "", self.target)
        if job.due is not None:
            hours, target = None, max(timedelta(), _moment(job.due) - _moment(job.opened))
        counted, due = timedelta(), None
        start = _moment(job.opened)
        for hold_start, hold_end in (*job.holds, (None, None)):
            stop = end if hold_start is None else _moment(hold_start)
            for begins, ends in self._within(start, stop, hours):
                if due is None and counted + (ends - begins) >= target:
                    due = begins + (target - counted)
                counted += ends - begins
            if hold_start is None:
                break
            start = end if hold_end is None else _moment(hold_end)
            if due == stop:  # it is held in the last moment of its target: that is over once it goes on
                due = None if hold_end is None else start
        if job.closed is not None:
            status = Status.BREACHED if due is not None and due < end else Status.MET
        else:
            status = Status.OVERDUE if due is not None else Status.OPEN
        is_late = due is not None and status in (Status.BREACHED, Status.OVERDUE)
        return Outcome(status, counted // _MICROSECOND, _micros(due) if due is not None and is_late else None)

    def _within(self, start: datetime, end: datetime, hours: WorkingHours | None) -> Iterator[Stretch]:
        if hours is None:
            if start < end:
                yield start, end
            return
        day = start.astimezone(self.zone).date() - timedelta(days=2)
        while day <= end.astimezone(self.zone).date():
            for opens, closes in _hours_on(day, hours, self.zone):
                if max(start, opens) < min(end, closes):
                    yield max(start, opens), min(end, closes)
            day += timedelta(days=1)


def down_times(jobs: Iterable[Job], ends_at: int) -> Mapping[str, int]:
    """How long each unit was down, in microseconds: by walking over its begins and ends in order."""
    changes: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for job in jobs:
        changes[job.unit] += [(job.opened, 1), (ends_at if job.closed is None else job.closed, -1)]
    found: dict[str, int] = {}
    for unit, moments in changes.items():
        down, jobs_open, since = 0, 0, 0
        for moment, change in sorted(moments):
            down += moment - since if jobs_open else 0
            jobs_open += change
            since = moment
        found[unit] = down
    return found


def _hours_on(day: date, hours: WorkingHours, zone: ZoneInfo) -> Sequence[Stretch]:
    """The hours that begin on a date; they overlap none of another date, as a stretch is at most a day long."""
    if day.isoformat() in hours.except_ or day.weekday() not in _days(hours.days):
        return ()
    first, _, last = hours.hours.partition("-")
    opens, closes = (timedelta(minutes=_minutes(text)) for text in (first, last))
    closes += timedelta(days=closes <= opens)
    midnight = datetime.combine(day, time(), zone)
    return (((midnight + opens).astimezone(UTC), (midnight + closes).astimezone(UTC)),)


def _days(text: str) -> set[int]:
    first, _, last = text.partition("-")
    start, end = _WEEKDAYS.index(first), _WEEKDAYS.index(last or first)
    return {day % 7 for day in range(start, end + 1 if start <= end else end + 8)}


def _minutes(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)


def _moment(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
