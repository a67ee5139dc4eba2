"""Why an alarm came or did not come, in sentences for people: the reason first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.core.alarms.alarm import AlarmRecord, AlarmView
from gateway.core.alarms.lifecycle import State
from gateway.core.devices.device_view import DeviceView
from gateway.core.kernel.times import DAY, HOUR, MINUTE, SECOND, Micros
from gateway.core.rules.conditions import is_of_another
from gateway.core.rules.explanation import Explanation, Origin, RunningDelay, with_values
from gateway.core.rules.roles import RoleMetric
from gateway.core.rules.trouble import TROUBLE

_STATES = {
    State.UNACKNOWLEDGED: "nobody has acknowledged it",
    State.ACKNOWLEDGED: "it is acknowledged, and its condition still holds",
    State.RETURNED: "its condition has ended, and nobody has acknowledged it",
    State.LATCHED: "its condition has ended, and it waits for a reset",
    State.SUPPRESSED: "people are not told of it",
}


@dataclass(frozen=True, slots=True)
class Situation:
    """A rule on a device that it watches, at present."""

    levels: Sequence[Explanation]
    """The most severe first; one where the rule has no levels."""
    device: DeviceView
    alarm: AlarmView | None
    """The alarm that stands."""
    record: AlarmRecord | None
    """The same as it is on disk."""
    latest: AlarmRecord | None
    """The latest alarm that is over."""
    now: Micros
    knows_time: bool = True
    """Whether the gateway is sure of the time."""
    awaiting: Sequence[str] = ()
    """The reasons of planned maintenance of the device that should take place, and waits for the time to be sure."""


def sentences(situation: Situation, shown: Mapping[str, str]) -> Iterator[str]:
    """What there is to say.

    Args:
        shown: the values of the names in the conditions, with units.
    """
    is_outside = situation.levels[0].is_outside_hours
    yield from of_alarm(situation.alarm, situation.record, situation.now, is_outside_hours=is_outside)
    if is_outside:
        yield "It is outside its active hours: nothing is evaluated until they begin."
    elif not situation.knows_time and situation.levels[0].rule.spec.active is not None:
        yield "Its active hours do not count yet, as the gateway is not sure of the time: it is evaluated at any time."
    if not situation.levels[0].rule.spec.life_safety:
        yield from of_awaited(situation.awaiting)
    for level in situation.levels:
        name = f"{level.rule.spec.severity.value.capitalize()}: its" if len(situation.levels) > 1 else "Its"
        yield from of_condition(level, name, shown, situation.now)
    yield from _of_values(situation)
    yield from _of_hearing(situation)
    if situation.alarm is None:
        yield of_earlier(situation.latest, situation.now)


def of_alarm(
    alarm: AlarmView | None, record: AlarmRecord | None, now: Micros, *, is_outside_hours: bool = False
) -> Iterator[str]:
    """Whether an alarm stands, and what suppresses it; `record` is the alarm as it is on disk.

    Outside the active hours of its rule it may have ended with them, though its condition holds.
    """
    if alarm is None:
        yield "No alarm stands."
        return
    age = f", raised {span(now - record.raised_at)} ago" if record is not None and record.raised_count else ""
    disk = "" if record is not None else "; it is not on disk yet"
    state = _STATES[alarm.state]
    if is_outside_hours:
        state = state.replace("its condition has ended", "it has ended, with the active hours at the latest")
    yield f"Alarm {alarm.number} stands{age}: {state}{disk}."
    for reason in record.suppressed_by if record is not None else ():
        until = f", for {span(reason.until - now)} more" if reason.until is not None else ""
        by = f", by {reason.by}" if reason.by is not None else ""
        yield f"It is suppressed ({reason.kind.value.replace('_', ' ')}{until}{by}): {reason.why}"


def of_awaited(awaiting: Sequence[str]) -> Iterator[str]:
    """Planned maintenance of these reasons, which suppresses nothing yet."""
    for reason in awaiting:
        yield (
            f"Planned maintenance of the device ({reason}) does not take place yet, as the gateway is not sure of the"
            " time: people are told."
        )


def of_condition(level: Explanation, name: str, shown: Mapping[str, str], now: Micros) -> Iterator[str]:
    """Whether the condition of a level holds, and which delay runs; `name` begins the sentences."""
    rule = level.rule
    # The condition of the built-in rule `trouble` is no text that people wrote.
    text = "." if rule.id == TROUBLE else f": {' '.join(with_values(rule.when.text, shown).split())}"
    holds = {True: "holds", False: "does not hold", None: "is unknown, so that nothing changes"}
    yield f"{name} condition {holds[level.when]}{text}"
    if level.is_active and rule.clear_when is not None:
        ending = " ".join(with_values(rule.clear_when.text, shown).split())
        yield f"{name} end (clear_when) {holds[level.clears]}: {ending}"
    if level.delay is not None:
        yield _of_delay(level.delay, now)
    elif level.when and not level.is_active and not level.is_outside_hours:
        yield "It was not evaluated since it holds: the next message of the device does that."


def _of_delay(delay: RunningDelay, now: Micros) -> str:
    key, end = ("clear_for", "returns") if delay.ends_alarm else ("for", "is raised")
    passed = f"{span(now - delay.since)} of the {span(delay.length)} of `{key}` have passed"
    if delay.settle:
        passed = (
            f"{span(now - delay.since)} have passed of the {span(delay.length - delay.settle)} of `{key}` and another"
            f" {span(delay.settle)} in which the alarms of what powers or carries the device come first"
        )
    if delay.due is None:
        return f"{passed}; while the gateway hears nothing, time alone does not end it."
    return f"{passed}: the alarm {end} in {span(delay.due - now)} if nothing changes."


def _of_values(situation: Situation) -> Iterator[str]:
    own = situation.device.spec.id
    for each in {each.name: each for level in situation.levels for each in level.values}.values():
        device = each.device or own
        if each.device is not None:
            yield f"{each.name} is of {device}."
        if is_of_another(each.name) and each.device is None:
            role = RoleMetric.of(each.name).role
            yield f"{each.name} is unknown: no device at the place of {own}, or around it, has the role {role}."
            continue
        if each.rejected is not None:
            yield f"The latest {each.name} of {device} was rejected: {each.rejected}"
        if each.origin is Origin.PAST:
            age = f" ({span(situation.now - each.time)} old)" if each.time is not None else ""
            yield f"What {device} said of {each.name}{age} is of the past, and counts as unknown."
        elif each.origin is Origin.DERIVED and each.value is None:
            yield f"{each.name} is unknown: its window has too few readings of {device}."
        elif not each.is_certain:
            yield f"{each.name} may be another: the gateway has not heard its whole window."
        elif each.origin is Origin.UNKNOWN:
            yield f"{device} has never reported {each.name}."
        elif each.origin is Origin.DEFAULT:
            yield f"{device} has not reported {each.name}: the default of its profile counts."
        elif each.time is not None and situation.now - each.time >= MINUTE:
            yield f"{each.name} is {span(situation.now - each.time)} old."


def _of_hearing(situation: Situation) -> Iterator[str]:
    blind_since, received = situation.levels[0].blind_since, situation.device.received
    if blind_since:
        yield f"The gateway has heard nothing for {span(situation.now - blind_since)}: see /healthz."
    if received:
        yield f"{situation.device.spec.id} was heard {span(situation.now - received)} ago."
    else:
        yield (
            f"{situation.device.spec.id} was not heard since the gateway started: see its topic, address and dialect,"
            " and facility-gateway rejects."
        )


def of_earlier(latest: AlarmRecord | None, now: Micros) -> str:
    """Of the latest alarm that is over."""
    if latest is None or latest.closed_at is None:
        return "There was no earlier alarm."
    return f"The latest alarm was {latest.number}, over for {span(now - latest.closed_at)}."


def span(length: Micros) -> str:
    """A length of time, roughly: 12 s, 5 min, 3 h or 2 d. None is below 0, as with a clock that is a little ahead."""
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if length >= 2 * unit:
            return f"{length // unit} {name}"
    return f"{max(0, length) // SECOND} s"
