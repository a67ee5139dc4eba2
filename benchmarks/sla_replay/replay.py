"""Replays jobs through the service levels and clocks of production, as the gateway runs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from benchmarks.sla_replay.outcome import Outcome, Status
from benchmarks.sla_replay.recording import Job
from benchmarks.sla_replay.working_hours import WorkingHours
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import Priority
from gateway.core.site.calendars import Calendar, CalendarSpec, compile_calendar
from gateway.core.site.wall_time import Interval, joined
from gateway.core.site.working_time import Hours, hours_of
from gateway.core.work.clocks import Clock, ClockKind, counted_at, next_due
from gateway.core.work.level_spec import NO_TARGET, ServiceLevelSpec
from gateway.core.work.levels import SHIPPED_LEVELS, ServiceLevels, Work
from gateway.core.work.ticket_clocks import Clocks, TrailStep, pauses_data, stepped, targets_data

_CALENDAR = "hours"
_ANY = "any"
"""The category of tickets that have none of their own."""
_PRIORITIES = frozenset(each.value for each in Priority)


@dataclass(frozen=True, slots=True)
class Replay:
    """Jobs on the clocks of production: each is a ticket whose work is to be resolved in time."""

    levels: ServiceLevels
    priority: Priority
    calendars: Mapping[str, Calendar]
    ends_at: Micros
    categories: Mapping[str, str]
    """Of the tickets of each level that has a target of its own."""

    def outcome(self, job: Job) -> Outcome:
        """What becomes of a job."""
        clock = self._at_the_end(job)
        counted = counted_at(clock, self.ends_at, self._hours_of(clock.calendar))
        is_late = clock.breached_at is not None
        if clock.met_at is None:
            return Outcome(Status.OVERDUE if is_late else Status.OPEN, counted, clock.breached_at)
        return Outcome(Status.BREACHED if is_late else Status.MET, counted, clock.breached_at)

    def _at_the_end(self, job: Job) -> Clock:
        category = self.categories.get(job.level or "", _ANY)
        priority = Priority(job.level) if job.level in _PRIORITIES else self.priority
        level = self.levels.of(Work(category=category, priority=priority), job.opened)
        targets, calendar = level.targets, level.calendar
        if job.due is not None:
            targets, calendar = {ClockKind.RESOLVE: max(0, job.due - job.opened)}, None
        clocks: Clocks = ()
        for step in _trail(job, targets_data(targets, calendar)):
            clocks = stepped(self._told(clocks, step.time), step, self._hours_of)
        (clock,) = clocks if job.closed is not None else self._told(clocks, self.ends_at + 1)
        return clock

    def _told(self, clocks: Clocks, until: Micros) -> Clocks:
        """The clocks with all noted that is due before a moment, each when it is due, as the timers of a gateway do."""
        while True:
            due = [(at, each) for each in clocks if (at := next_due(each, self._hours_of(each.calendar))) is not None]
            at, clock = min(due, key=lambda each: each[0], default=(until, None))
            if clock is None or at >= until:
                return clocks
            name = "clock warned" if clock.warned_at is None else "clock breached"
            clocks = stepped(clocks, TrailStep(name, at, {"clock": clock.kind.value}), self._hours_of)

    def _hours_of(self, calendar: str | None) -> Hours:
        return hours_of(calendar, self.calendars)


def replay_of(
    *,
    ends_at: Micros,
    zone: ZoneInfo,
    priority: Priority,
    resolve: str | None,
    hours: WorkingHours | None,
    targets: Mapping[str, str],
) -> Replay:
    """A replay with the shipped service levels, or with a target or hours of one's own.

    Args:
        resolve: the target, as a duration; that of the priority unless given.
        hours: those that count; every hour unless given.
        targets: those of levels that have one of their own, as durations.
    """
    # A recording of opened and closed times knows of no response and of nobody on site.
    level: dict[str, object] = {"respond": NO_TARGET, "on_site": NO_TARGET}
    level |= {} if resolve is None else {"resolve": resolve}
    level |= {} if hours is None else {"calendar": _CALENDAR}
    calendars = {} if hours is None else {_CALENDAR: calendar_of(hours, zone)}
    categories = {each: f"level_{number}" for number, each in enumerate(targets)}
    own = [{"category": categories[each], "resolve": target} for each, target in targets.items()]
    specs = [ServiceLevelSpec.model_validate(each) for each in (*own, level)]
    levels = ServiceLevels(levels=(*specs, *SHIPPED_LEVELS), calendars=calendars)
    return Replay(levels, priority, calendars, ends_at, categories)


def calendar_of(hours: WorkingHours, zone: ZoneInfo) -> Calendar:
    """The hours as a calendar of production.

    Raises:
        ValueError: they are none.
    """
    spec = CalendarSpec.model_validate(hours.as_calendar())
    return compile_calendar(spec, zone, holidays={}, calendars={})


def _trail(job: Job, targets: dict[str, object]) -> Iterable[TrailStep]:
    yield TrailStep("open", job.opened, targets)
    for start, end in job.holds:
        yield TrailStep("hold", start, pauses_data([ClockKind.RESOLVE]))
        if end is not None:
            yield TrailStep("resume", end, {})
    if job.closed is not None:
        yield TrailStep("resolve", job.closed, {})


def down_times(jobs: Iterable[Job], ends_at: Micros) -> dict[str, Micros]:
    """How long each unit was down, around the clock: while any of its jobs was open."""
    of_units: dict[str, list[Interval]] = {}
    for job in jobs:
        of_units.setdefault(job.unit, []).append(Interval(job.opened, ends_at if job.closed is None else job.closed))
    return {unit: sum(each.end - each.start for each in joined(down)) for unit, down in of_units.items()}
