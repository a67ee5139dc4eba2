"""The functions over the members of a group, checked against the profiles of the members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.times import Micros
from gateway.core.profiles.metric import Metric
from gateway.core.profiles.profile import Profile
from gateway.core.rules.conditions import Condition, Variable, compile_condition
from gateway.core.rules.groups.written import OF_CONDITIONS, AtLeast, MemberFunction

SILENT = "silent"
"""In a condition on a member: whether its alarm `silent` is due. A metric of this name comes first."""
_SILENCE = "(silence)"
"""In place of the metrics that `silent` reads: no metric has this name, also where one is called `silent`."""
COUNTED = "devices"
"""The name of what `at_least` counts."""


@dataclass(frozen=True, slots=True)
class GroupFunction:
    """One function over the members of a group."""

    function: str
    metric: str = ""
    """The metric of the members; empty of a function of a condition."""
    conditions: Mapping[str, Condition] = field(default_factory=dict)
    """The condition on a member, by its profile."""
    events: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By profile: the events that its condition reads. They hold for the moment of their message."""
    within: Micros = 0
    """For so long after its condition has ended a member still counts."""
    roles: tuple[str, str] | None = None
    """Of `difference`."""
    unit: str = ""

    @property
    def is_of_condition(self) -> bool:
        """Whether it counts the members for which a condition holds."""
        return self.function in OF_CONDITIONS

    def metrics_of(self, profile: str) -> frozenset[str]:
        """The metrics that it reads of a member of this profile."""
        if not self.is_of_condition:
            return frozenset({self.metric})
        condition = self.conditions[profile]
        return condition.metrics - {_SILENCE} if _SILENCE in condition.metrics else condition.metrics

    def moved_by(self, profile: str) -> frozenset[str]:
        """The metrics of which a message may change what it knows of such a member: where it reads events, these."""
        return self.events.get(profile) or self.metrics_of(profile)

    def reads_silence(self, profile: str) -> bool:
        """Whether its condition asks if the member is silent."""
        return self.is_of_condition and _SILENCE in self.conditions[profile].metrics


def compile_function(written: MemberFunction, profiles: Mapping[str, Profile]) -> GroupFunction:
    """Check a function against the profiles of the members, by name.

    Raises:
        ConditionError: it does not fit one of them.
    """
    if written.function in OF_CONDITIONS:
        condition = getattr(written, written.function)
        return _of_condition(written.function, condition, written.within, profiles)
    units = {_metric_of(written, profile).unit for profile in profiles.values()}
    if len(units) > 1:
        named = " and in ".join(sorted(unit or "no unit" for unit in units))
        raise ConditionError(f"{written.metric} is in {named}: write a rule for each, or give the profiles one unit")
    return GroupFunction(written.function, metric=written.metric, roles=written.of, unit=units.pop())


def compile_at_least(at_least: AtLeast, profiles: Mapping[str, Profile]) -> GroupFunction:
    """What `at_least` counts: members, or their share.

    Raises:
        ConditionError: its condition does not fit a profile of the members.
    """
    function = "count" if isinstance(at_least.devices, int) else "share"
    return _of_condition(function, at_least.when, at_least.within, profiles)


def written_at_least(at_least: AtLeast) -> str:
    """`at_least` in one line, for people."""
    match at_least.devices:
        case None:
            many = f"{at_least.share:.0%} of the devices"
        case "all":
            many = "all devices"
        case count:
            many = f"{count} device{'s' * (count != 1)}"
    given = at_least.when
    shown = given if isinstance(given, str) else "; ".join(f"{name}: {text}" for name, text in given.items())
    return f"at least {many} with {shown}"


def condition_of(at_least: AtLeast) -> Condition:
    """The condition of a rule with `at_least`, over what it counts."""
    least = at_least.devices if isinstance(at_least.devices, int) else (at_least.share or 1.0)
    return Condition(
        written_at_least(at_least),
        frozenset({COUNTED}),
        lambda facts: float(facts[COUNTED]) >= least,
        names=frozenset({COUNTED}),
    )


def as_profile(functions: Mapping[str, GroupFunction], members: int | None = None) -> Profile:
    """The functions as the metrics of a profile, so that conditions over them are compiled and examined as any other.

    Args:
        functions: by name, at least one.
        members: how many a group has at most, which bounds counts; None where that does not matter.
    """
    metrics: dict[str, dict[str, object]] = {
        name: {"type": "float", "unit": each.unit} for name, each in functions.items()
    }
    for name, each in functions.items() if members else ():
        if each.is_of_condition:
            metrics[name]["range"] = [0, members if each.function == "count" else 1]
    return Profile.model_validate(
        {"profile": "group", "title": {"en": "Group"}, "metrics": metrics, "messages": [{"topic": "{site}/{device}"}]}
    )


def _of_condition(
    function: str, given: str | dict[str, str], within: Micros, profiles: Mapping[str, Profile]
) -> GroupFunction:
    conditions: dict[str, Condition] = {}
    events: dict[str, frozenset[str]] = {}
    for name, profile in profiles.items():
        text = given if isinstance(given, str) else given[name]
        conditions[name] = compile_member_condition(text, profile)
        read = frozenset(each for each in conditions[name].metrics - {_SILENCE} if profile.metrics[each].is_event)
        if read and not within:
            raise ConditionError(
                f"{min(read)} is an event, which holds for the moment of its message: add `within`, such as within: 60s"
            )
        if read:
            events[name] = read
    return GroupFunction(function, conditions=conditions, events=events, within=within)


def compile_member_condition(text: str, profile: Profile) -> Condition:
    """The condition on one member, over its metrics and attributes, and whether it is `silent`.

    Raises:
        ConditionError: it does not fit the profile.
    """
    is_taken = SILENT in profile.metrics or SILENT in profile.attributes
    return compile_condition(text, profile, {} if is_taken else {SILENT: Variable("bool", (_SILENCE,))})


def _metric_of(written: MemberFunction, profile: Profile) -> Metric:
    metric = profile.metrics.get(written.metric)
    if metric is None:
        raise ConditionError(f"{profile.profile} has no metric {written.metric!r}")
    if metric.type not in ("int", "float") or metric.is_event:
        what = "an event" if metric.is_event else f"of type {metric.type}"
        raise ConditionError(f"{written.function} is of a number, and {written.metric} of {profile.profile} is {what}")
    return metric
