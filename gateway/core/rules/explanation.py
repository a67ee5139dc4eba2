"""Why a rule is breached on a device, or is not: its conditions, what they read, and the delay that runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

import msgspec

from gateway.core.devices.device import Device
from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.rules.evaluation import Evaluation
from gateway.core.rules.expressions import written_names
from gateway.core.rules.rule import Rule
from gateway.core.rules.watch import Watch
from gateway.core.rules.windows.window import Derived


class Origin(StrEnum):
    """Where the value that a rule reads comes from."""

    REPORTED = "reported"
    """The device's latest message that has the metric."""
    DEFAULT = "default"
    """The profile's default of a metric that the device has not reported."""
    ATTRIBUTE = "attribute"
    """A constant of the device."""
    PAST = "past"
    """What the device has said of the metric is too old, or of a past that rules do not judge: it counts as unknown."""
    DERIVED = "derived"
    """The device's readings, by the rule's `let`."""
    UNKNOWN = "unknown"
    """The device has never reported the metric."""


class NamedValue(msgspec.Struct, frozen=True, gc=False):
    """A name in the conditions, and its present value."""

    name: str
    origin: Origin
    value: Value | None
    time: Micros | None
    """The event time of what the device has said last, where rules read it or did."""
    rejected: str | None
    """Why the latest word of the device on a life-safety metric was rejected; None where it was not."""
    is_certain: bool = True
    """False where a derived value may be another, as the gateway has not heard the whole window."""
    device: str | None = None
    """Whose metric it is, by id, where that is another device of the place; None also where the place has none."""


class RunningDelay(msgspec.Struct, frozen=True, gc=False):
    """A delay that has begun and is not over."""

    ends_alarm: bool
    """Whether it is the off-delay."""
    since: Micros
    """Its start, moved on by the time that did not count."""
    length: Micros
    due: Micros | None
    """When time alone ends it; None while the gateway is blind, when it does not."""
    settle: Micros = 0
    """How much of an on-delay waits for the alarms of what the device depends on, in addition to the rule's `for`."""


class Explanation(msgspec.Struct, frozen=True):
    """A rule, or one level of it, on a device at present."""

    rule: Rule
    when: bool | None
    """Whether the condition holds; None where that depends on an unknown value."""
    clears: bool | None
    """Whether the facts clear it."""
    values: tuple[NamedValue, ...]
    """In the order in which the conditions name them first."""
    is_active: bool
    """Whether the condition has held for its on-delay and was not cleared for its off-delay."""
    delay: RunningDelay | None
    blind_since: Micros | None
    """Since when the gateway cannot hear; None while it hears."""
    is_outside_hours: bool = False
    """Whether the rule has active hours, and this is none of them: it is not evaluated."""


def explain(
    watch: Watch, rule_id: str, device: Device, blind_since: Micros | None, *, is_outside_hours: bool = False
) -> tuple[Explanation, ...]:
    """Explain the rule on the device, each of its levels, the most severe first. Nothing changes."""
    every = (*watch.rules, *([watch.trouble] if watch.trouble is not None else []))
    found = (_explain(watch, rule, device, blind_since) for rule in every if rule.id == rule_id)
    return tuple(msgspec.structs.replace(each, is_outside_hours=is_outside_hours) for each in found)


def _explain(watch: Watch, rule: Rule, device: Device, blind_since: Micros | None) -> Explanation:
    evaluation = watch.evaluations.get(rule.key)
    now = watch.looked_at(rule)
    derived = watch.derived(rule, now)
    return Explanation(
        rule,
        quietly(rule, lambda: watch.breaches(rule, now)),
        quietly(rule, lambda: watch.clears(rule, now)),
        tuple(_named(name, watch, device, rule, derived) for name in _names(rule, watch, device)),
        evaluation is not None and evaluation.active,
        running_delay(evaluation, blind_since) if evaluation is not None else None,
        blind_since,
    )


def quietly(rule: Rule, judge: Callable[[], bool | None]) -> bool | None:
    """The verdict. A failure while explaining is none of an evaluation."""
    conditions = [each for each in (rule.when, rule.clear_when) if each is not None]
    failures = [each.failures for each in conditions]
    verdict = judge()
    for condition, before in zip(conditions, failures, strict=True):
        condition.failures = before
    return verdict


def _names(rule: Rule, watch: Watch, device: Device) -> list[str]:
    if rule is watch.trouble:
        return sorted(rule.metrics)
    texts = [rule.when.text, *([rule.clear_when.text] if rule.clear_when is not None else [])]
    profile = device.profile
    known = profile.metrics.keys() | profile.attributes.keys() | rule.let.keys() | rule.elsewhere.keys()
    return [*dict.fromkeys(each.name for text in texts for each in written_names(text) if each.name in known)]


def _named(name: str, watch: Watch, device: Device, rule: Rule, derived: Mapping[str, Derived]) -> NamedValue:
    if name in rule.let:
        found = derived.get(name)
        is_certain = found is None or found.low == found.high
        return NamedValue(name, Origin.DERIVED, found.value if found is not None else None, None, None, is_certain)
    if name in rule.elsewhere:
        other = watch.neighbours.get(rule.elsewhere[name].role)
        if other is None:
            return NamedValue(name, Origin.UNKNOWN, None, None, None)
        reported = _reported(name, rule.elsewhere[name].metric, other, None)
        return msgspec.structs.replace(reported, device=other.spec.id)
    if name in device.profile.attributes:
        return NamedValue(name, Origin.ATTRIBUTE, device.facts.get(name), None, None)
    rejected = watch.rejected.get(name)
    return _reported(name, name, device, rejected.detail if rejected is not None else None)


def _reported(name: str, metric: str, device: Device, rejected: str | None) -> NamedValue:
    """What rules know of a metric, by its name in the condition."""
    value, time = device.facts.get(metric), device.times.get(metric)
    if value is None:
        return NamedValue(name, Origin.UNKNOWN if time is None else Origin.PAST, None, time, rejected)
    if metric in device.earlier:  # its time is that of a past which rules do not read
        is_reported = value != device.profile.metrics[metric].default
        return NamedValue(name, Origin.REPORTED if is_reported else Origin.DEFAULT, value, None, rejected)
    return NamedValue(name, Origin.REPORTED if time is not None else Origin.DEFAULT, value, time, rejected)


def running_delay(evaluation: Evaluation, blind_since: Micros | None) -> RunningDelay | None:
    since = evaluation.record(blind_since).delay_since
    if since is None:
        return None
    due = evaluation.due if blind_since is None else None
    settle = 0 if evaluation.active else evaluation.settle
    return RunningDelay(evaluation.active, since, evaluation.delay, due, settle)


def with_values(text: str, values: Mapping[str, str]) -> str:
    """The condition with the value of each name behind it, in brackets."""
    return "".join(_parts(text, values))


def _parts(text: str, values: Mapping[str, str]) -> Iterator[str]:
    position = 0
    for each in written_names(text):
        if each.name in values:
            yield f"{text[position : each.end]} ({values[each.name]})"
            position = each.end
    yield text[position:]
