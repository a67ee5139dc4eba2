"""Judges a month: alarms against ISA-18.2, and what was told against the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.month.schedule import DAY, HOUR, MINUTE, Fault
from benchmarks.month.told import Screen, Told

MOST_AN_HOUR = 6.0
_FLOOD, _FLOOD_S = 10, 10 * MINUTE
_CHATTER, _CHATTER_S = 3, 60.0
_STALE_S = DAY
LINGERS_S = HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A fault, and when it was told."""

    fault: Fault
    told: Told | None

    @property
    def delay(self) -> float | None:
        """From its begin (s)."""
        return None if self.told is None else self.told.at - self.fault.begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The load of one operator, by the measures of ISA-18.2 over a month; alarms are those that people were told of."""

    alarms: int
    an_hour: float
    worst_hour: int
    a_day: float
    worst_day: int
    floods: int
    """Stretches with more than 10 alarms in 10 minutes."""
    flood_share: float
    """Of the time."""
    chattering: int
    """Alarms that were told 3 times within 60 s."""
    stale_a_day: float
    """Alarms that stood for more than 24 h, by the days that each stood beyond it."""
    severities: dict[str, float]
    """The share of each."""
    commonest: list[tuple[str, int]]
    """The ten rules and subjects that were told most often."""
    commonest_share: float


def load_of(screen: Screen, days: int) -> Load:
    """What the operator had to do."""
    told = sorted(screen.told, key=lambda each: each.at)
    hours = Counter(int(each.at // HOUR) for each in told)
    each_day = Counter(int(each.at // DAY) for each in told)
    floods, flooded = _floods([each.at for each in told])
    common = Counter(f"{each.rule}/{each.subject.removeprefix('device:')}" for each in told).most_common(10)
    severities = Counter(each.severity for each in told)
    return Load(
        alarms=len(told),
        an_hour=len(told) / (days * 24),
        worst_hour=max(hours.values(), default=0),
        a_day=len(told) / days,
        worst_day=max(each_day.values(), default=0),
        floods=floods,
        flood_share=flooded / (days * DAY),
        chattering=_chattering(told),
        stale_a_day=sum(max(0.0, end - told.at - _STALE_S) for told, end in screen.stood) / DAY / days,
        severities={severity: severities[severity] / max(1, len(told)) for severity in ("critical", "warning", "info")},
        commonest=common,
        commonest_share=sum(count for _, count in common) / max(1, len(told)),
    )


def judge(faults: Sequence[Fault], told: Sequence[Told]) -> tuple[list[Judgement], list[Told]]:
    """Each fault that must be told, with the first alarm that tells of it; and the alarms that no fault explains."""
    by_subject: dict[str, list[Told]] = {}
    for each in told:
        by_subject.setdefault(each.subject, []).append(each)
    elsewhere = [each for each in told if not each.subject.startswith("device:")]
    judgements = []
    for fault in faults:
        if fault.told_by:
            near = (*by_subject.get(f"device:{fault.device}", ()), *elsewhere)
            found = (each for each in near if fault.is_found_by(each.rule, each.subject, each.at))
            judgements.append(Judgement(fault=fault, told=min(found, key=lambda each: each.at, default=None)))
    return judgements, [each for each in told if not _is_explained(each, faults)]


def lingering(faults: Sequence[Fault], stood: Sequence[tuple[Told, float]]) -> list[tuple[Told, float]]:
    """The alarms that stood more than an hour after the last fault that explains them, and for how long (s)."""
    found = []
    for told, end in stood:
        ends = [fault.end for fault in faults if fault.explains(told.rule, told.subject, told.at)]
        if ends and end - max(ends) > LINGERS_S:
            found.append((told, end - max(ends)))
    return found


def _is_explained(told: Told, faults: Sequence[Fault]) -> bool:
    return any(fault.explains(told.rule, told.subject, told.at) for fault in faults)


def _floods(times: Sequence[float]) -> tuple[int, float]:
    """How many floods there were, and for how many seconds: from the alarm with which it is one, ten minutes on."""
    floods, seconds, until = 0, 0.0, 0.0
    for first, at in zip(times, times[_FLOOD:], strict=False):
        if at - first < _FLOOD_S:
            floods += at > until
            seconds += at + _FLOOD_S - max(at, until)
            until = at + _FLOOD_S
    return floods, seconds


def _chattering(told: Sequence[Told]) -> int:
    """How many alarms were told three times within a minute."""
    times: dict[int, list[float]] = {}
    for each in told:
        times.setdefault(each.alarm, []).append(each.at)
    return sum(
        any(last - first < _CHATTER_S for first, last in zip(each, each[_CHATTER - 1 :], strict=False))
        for each in times.values()
    )
