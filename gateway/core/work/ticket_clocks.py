"""The clocks of a ticket: which step does what to them, and how they follow from the ticket's audit trail.

Each step gives the audit trail what its clocks need, and nothing else decides: so the clocks that are kept are those
that the trail tells (`folded`). The data of the steps, as in the trail:

| step | data | what it does |
|---|---|---|
| open, reopen | `targets`, `calendar` | all clocks begin, anew |
| raised again | `targets`, `calendar`, or none | with targets all clocks begin anew |
| retarget | `targets`, `calendar`, `pauses` | other targets; what has counted stays; a hold pauses what `pauses` says |
| accept | | meets respond |
| arrive | | meets respond and on_site |
| resolve | | meets all that is left |
| hold | `pauses` | pauses those clocks |
| resume | | all that are paused run again |
| cancel, merge, close | | stops what is left: nothing is due |
| clock warned, clock breached | `clock` | notes the moment of this clock |

Any other step changes no clock. A retarget names targets of what has not happened yet only: one that is new begins.
Where a calendar was edited since, the trail tells what would have counted by its new hours; what is kept counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from gateway.core.kernel.times import Micros, parse_duration, written_duration
from gateway.core.site.working_time import Hours
from gateway.core.work import clocks
from gateway.core.work.clocks import Clock, ClockKind

Clocks = tuple[Clock, ...]
"""Of one ticket, each kind at most once, in their order; none of what its service level leaves out."""
HoursOf = Callable[[str | None], Hours]
"""The hours of a calendar by its id; every hour of None."""
Data = Mapping[str, Any]
"""What an audit record of a step says."""

_MEETS: Mapping[str, frozenset[ClockKind]] = {
    "accept": frozenset({ClockKind.RESPOND}),
    "arrive": frozenset({ClockKind.RESPOND, ClockKind.ON_SITE}),
    "resolve": frozenset(ClockKind),
}
_BEGIN = frozenset({"open", "reopen", "raised again"})
_STOP = frozenset({"cancel", "merge", "close"})
_NOTE = frozenset({"clock warned", "clock breached"})


class TrailStep(NamedTuple):
    """A step of a ticket, as its audit trail has it."""

    step: str
    time: Micros
    data: Data


def targets_data(targets: Mapping[ClockKind, Micros], calendar: str | None) -> dict[str, object]:
    """What a step says that gives a ticket its targets."""
    data: dict[str, object] = {"targets": {kind.value: written_duration(target) for kind, target in targets.items()}}
    return data if calendar is None else data | {"calendar": calendar}


def pauses_data(kinds: Iterable[ClockKind]) -> dict[str, object]:
    """What a step says that pauses clocks."""
    return {"pauses": sorted(kind.value for kind in kinds)}


def stepped(before: Clocks, step: TrailStep, hours_of: HoursOf) -> Clocks:
    """The clocks of a ticket after a step.

    Raises:
        KeyError: the step lacks data, or names a calendar that there is none of.
        ValueError: its data are none of a step.
    """
    name, now, data = step
    if name in _BEGIN:
        return _begun(data, now) if "targets" in data else before
    if name == "retarget":
        return _retargeted(before, step, hours_of)
    if name in _MEETS:
        meets = _MEETS[name]
        return tuple(clocks.meet(each, now, hours_of(each.calendar)) if each.kind in meets else each for each in before)
    if name == "hold":
        pauses = _pauses(data)
        return tuple(
            clocks.pause(each, now, hours_of(each.calendar)) if each.kind in pauses else each for each in before
        )
    if name == "resume":
        return tuple(clocks.resume(each, now) for each in before)
    if name in _STOP:
        return tuple(clocks.pause(each, now, hours_of(each.calendar)) for each in before)
    if name in _NOTE:
        kind = ClockKind(data["clock"])  # the time of such a record is the exact moment
        moment = {"warned_at": now} if name == "clock warned" else {"breached_at": now}
        return tuple(msgspec.structs.replace(each, **moment) if each.kind is kind else each for each in before)
    return before


def folded(trail: Iterable[TrailStep], hours_of: HoursOf) -> Clocks:
    """The clocks of a ticket, from its audit trail. Raises as `stepped`."""
    result: Clocks = ()
    for step in trail:
        result = stepped(result, step, hours_of)
    return result


def _begun(data: Data, at: Micros) -> Clocks:
    calendar = data.get("calendar")
    return tuple(clocks.begin(kind, target, calendar, at) for kind, target in _targets(data).items())


def _retargeted(before: Clocks, step: TrailStep, hours_of: HoursOf) -> Clocks:
    """A clock without a target any more is gone, unless it was met. One that is new begins now, also into a hold.

    A hold pauses what it pauses by the new level: what waits for a key does not wait any more once it is an emergency.
    """
    _, now, data = step
    calendar, targets = data.get("calendar"), _targets(data)
    known = {each.kind: each for each in before}
    result: list[Clock] = []
    for kind in ClockKind:
        clock, target = known.get(kind), targets.get(kind)
        if clock is None and target is not None:
            result.append(clocks.begin(kind, target, calendar, now))
        elif clock is not None and target is not None:
            result.append(clocks.retarget(clock, target, calendar, now, hours_of(clock.calendar)))
        elif clock is not None and clock.met_at is not None:
            result.append(clock)
    if "pauses" not in data:
        return tuple(result)
    pauses = _pauses(data)
    return tuple(
        clocks.pause(each, now, hours_of(each.calendar)) if each.kind in pauses else clocks.resume(each, now)
        for each in result
    )


def _targets(data: Data) -> dict[ClockKind, Micros]:
    written = data["targets"]
    return {kind: parse_duration(written[kind.value]) for kind in ClockKind if kind.value in written}


def _pauses(data: Data) -> frozenset[ClockKind]:
    return frozenset(ClockKind(kind) for kind in data.get("pauses", ()))
