"""Why an alarm of a group came or did not come, in sentences for people: the reason first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.api.reasons import of_alarm, of_condition, of_earlier, span
from gateway.core.alarms.alarm import AlarmRecord, AlarmView
from gateway.core.kernel.times import Micros
from gateway.core.rules.groups.group_view import GroupState, GroupView
from gateway.core.rules.groups.member import UnknownBecause

_MOST_NAMED = 20
_STATES = {
    GroupState.BREACHED: "The group is breached",
    GroupState.DEGRADED: "The group is degraded: it is not breached as far as is known",
    GroupState.NORMAL: "The group is normal",
}
_BECAUSE = {
    UnknownBecause.SILENT: "silent, and did not say last that the condition holds",
    UnknownBecause.TOO_OLD: "what was said is too old",
    UnknownBecause.NEVER_REPORTED: "never reported",
    UnknownBecause.OUT_OF_SERVICE: "out of service",
}


def group_sentences(
    view: GroupView, shown: Mapping[str, str], record: AlarmRecord | None, latest: AlarmRecord | None, now: Micros
) -> Iterator[str]:
    """What there is to say.

    Args:
        shown: the values of the names in the conditions, with units.
        record: the alarm that stands, as it is on disk.
        latest: the latest alarm that is over.
    """
    is_outside = view.levels[0].is_outside_hours
    alarm = None
    if record is not None:
        fields = AlarmView.__struct_fields__
        alarm = AlarmView(**{name: getattr(record, name) for name in fields})
    yield from of_alarm(alarm, record, now, is_outside_hours=is_outside)
    if is_outside:
        yield "It is outside its active hours: nothing is evaluated until they begin."
    counting = [member.device for member in view.members if member.counts]
    yield f"{_STATES[view.state]}. {len(counting)} of {len(view.members)} members count{_named(counting)}."
    for level in view.levels:
        name = f"{level.rule.spec.severity.value.capitalize()}: its" if len(view.levels) > 1 else "Its"
        yield from of_condition(level, name, shown, now)
    for because, text in _BECAUSE.items():
        unknown = [member.device for member in view.members if member.unknown_because is because]
        if unknown:
            many = f"{len(unknown)} of {len(view.members)} members {'is' if len(unknown) == 1 else 'are'} unknown"
            yield f"{many} ({text}){_named(unknown)}."
    blind_since = view.levels[0].blind_since
    if blind_since:
        yield f"The gateway has heard nothing for {span(now - blind_since)}: see /healthz."
    if record is None:
        yield of_earlier(latest, now)


def _named(devices: list[str]) -> str:
    more = f" and {len(devices) - _MOST_NAMED} more" if len(devices) > _MOST_NAMED else ""
    return f": {', '.join(devices[:_MOST_NAMED])}{more}" if devices else ""
