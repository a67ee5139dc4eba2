"""What a replay has shown, as lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.sla_replay.outcome import Outcome, Status
from benchmarks.sla_replay.recording import Job, Recording
from gateway.core.kernel.times import HOUR, Micros, isoformat


def report_of(
    recording: Recording,
    outcomes: Sequence[tuple[Job, Outcome]],
    down: Mapping[str, Micros],
    differences: Sequence[str],
    shown: int,
) -> Iterator[str]:
    """The lines, at most `shown` of each kind of detail."""
    yield f"{recording.rows:,} rows: {len(outcomes):,} jobs; left out with mistakes: {len(recording.mistakes):,}"
    for mistake in recording.mistakes[:shown]:
        yield f"  line {mistake.line}: {mistake.what}"
    yield from _more(len(recording.mistakes), shown)
    if outcomes:
        yield ""
        yield from _clocks(recording, outcomes)
    for level, counts in _by_level(outcomes).items():
        late = counts[Status.BREACHED] + counts[Status.OVERDUE]
        yield f"level {level or 'none'}: met {counts[Status.MET]:,}, breached {late:,}, open {counts[Status.OPEN]:,}"
    units = {unit: recording.ends_at - since for unit, since in recording.first_seen.items() if unit}
    if units:
        yield ""
        yield from _availability(recording, units, outcomes, down, shown)
    yield ""
    if not outcomes:
        yield "There is no job: nothing was compared."
        return
    if not differences:
        yield "The plain computation comes to the same for every job and every unit."
        return
    yield f"Differences to the plain computation: {len(differences):,}"
    yield from (f"  {difference}" for difference in differences[:shown])
    yield from _more(len(differences), shown)


def summary_of(
    recording: Recording,
    outcomes: Sequence[tuple[Job, Outcome]],
    down: Mapping[str, Micros],
    differences: Sequence[str],
    shown: int,
) -> dict[str, object]:
    """The same for programs: times in hours, at most `shown` mistakes and differences, all units."""
    counts = Counter(outcome.status for _, outcome in outcomes)
    return {
        "rows": recording.rows,
        "jobs": len(outcomes),
        "ends_at": isoformat(recording.ends_at),
        "mistakes": len(recording.mistakes),
        "mistakes_shown": [{"line": mistake.line, "what": mistake.what} for mistake in recording.mistakes[:shown]],
        "met": counts[Status.MET],
        "breached": counts[Status.BREACHED] + counts[Status.OVERDUE],
        "breached_still_open": counts[Status.OVERDUE],
        "open_not_due": counts[Status.OPEN],
        "counted_h": sum(outcome.counted for _, outcome in outcomes) / HOUR,
        "units": {
            unit: {
                "down_h": down.get(unit, 0) / HOUR,
                "available": (1 - down.get(unit, 0) / period) if period else 1.0,
            }
            for unit, since in sorted(recording.first_seen.items())
            if unit
            for period in (recording.ends_at - since,)
        },
        "levels": {
            level: {
                "met": counts[Status.MET],
                "breached": counts[Status.BREACHED] + counts[Status.OVERDUE],
                "open_not_due": counts[Status.OPEN],
            }
            for level, counts in _by_level(outcomes).items()
        },
        "differences": len(differences),
        "differences_shown": [*differences[:shown]],
    }


def _clocks(recording: Recording, outcomes: Sequence[tuple[Job, Outcome]]) -> Iterator[str]:
    counts = Counter(outcome.status for _, outcome in outcomes)
    in_time, late = counts[Status.MET], counts[Status.BREACHED] + counts[Status.OVERDUE]
    yield f"met       {in_time:>9,}   {_share(in_time, in_time + late)} of those that can be told"
    yield f"breached  {late:>9,}   {counts[Status.OVERDUE]:,} of them still open at the end of the file"
    yield f"open      {counts[Status.OPEN]:>9,}   at the end of the file, and not due"
    passed = sum((job.closed or recording.ends_at) - job.opened for job, _ in outcomes)
    held = sum(_held(job, recording.ends_at) for job, _ in outcomes)
    counted = sum(outcome.counted for _, outcome in outcomes)
    waiting = sum(bool(job.holds) for job, _ in outcomes)
    yield f"paused    {waiting:>9,}   jobs waited, for {held / HOUR:,.1f} h"
    yield f"counted   {counted / HOUR:>9,.1f} h of {passed / HOUR:,.1f} h that passed"


def _by_level(outcomes: Sequence[tuple[Job, Outcome]]) -> Mapping[str, Counter[Status]]:
    found: dict[str, Counter[Status]] = {}
    for job, outcome in outcomes:
        if job.level is not None:
            found.setdefault(job.level, Counter())[outcome.status] += 1
    return dict(sorted(found.items()))


def _availability(
    recording: Recording,
    units: Mapping[str, Micros],
    outcomes: Sequence[tuple[Job, Outcome]],
    down: Mapping[str, Micros],
    shown: int,
) -> Iterator[str]:
    jobs = Counter(job.unit for job, _ in outcomes)
    late = Counter(job.unit for job, outcome in outcomes if outcome.status in (Status.BREACHED, Status.OVERDUE))
    watched, lost = sum(units.values()), sum(down.values())
    until = isoformat(recording.ends_at)
    yield f"{len(units):,} units, available {_share(watched - lost, watched)} of the time until {until}; the least:"
    yield "  available   down h   jobs   late   unit"
    available = {unit: (1 - down.get(unit, 0) / period) if period else 1.0 for unit, period in units.items()}
    for unit in sorted(units, key=lambda each: (available[each], each))[:shown]:
        hours = down.get(unit, 0) / HOUR
        yield f"  {available[unit]:>8.2%}  {hours:>8,.1f}  {jobs[unit]:>5,}  {late[unit]:>5,}   {unit}"
    yield from _more(len(units), shown)


def _held(job: Job, ends_at: Micros) -> Micros:
    end = ends_at if job.closed is None else job.closed
    return sum((end if hold.end is None else hold.end) - hold.start for hold in job.holds)


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.2%}" if whole else "none"


def _more(count: int, shown: int) -> Iterator[str]:
    if count > shown:
        yield f"  … and {count - shown:,} more"
