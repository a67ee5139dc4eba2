"""What conditions read of another device of the same place: `duty.flow` is the flow of the one whose role is `duty`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Self

from gateway.core.kernel.errors import ConditionError
from gateway.core.profiles.metric import Metric
from gateway.core.profiles.profile import Profile
from gateway.core.rules.conditions import Variable
from gateway.core.rules.expressions import are_of_one_type, with_caret, written_names

RoleProfiles = Mapping[str, Sequence[Profile]]
"""By role, the profiles of the devices that have it at the places of the devices which a rule watches."""


class RoleMetric(NamedTuple):
    """A metric of the device of a role."""

    role: str
    metric: str

    @classmethod
    def of(cls, name: str) -> Self:
        """By its name in conditions."""
        role, _, metric = name.partition(".")
        return cls(role, metric)

    @property
    def name(self) -> str:
        """As conditions write it."""
        return f"{self.role}.{self.metric}"


def role_metrics_in(text: str, roles: RoleProfiles) -> Iterator[tuple[RoleMetric, int]]:
    """What a condition reads of devices of these roles, and the offset of each."""
    if not roles:
        return
    for written in written_names(text):
        read = RoleMetric.of(written.name)
        if read.metric and read.role in roles:
            yield read, written.start


def role_variables(text: str, roles: RoleProfiles, *, life_safety: bool) -> dict[str, Variable]:
    """What a condition reads of devices of these roles, as variables by name.

    Args:
        life_safety: whether the rule is one: it must not depend on whether another device is heard, nor is what another
            sends a life-safety metric.

    Raises:
        ConditionError: one of these devices has no such metric, or an event, or two have it in different types; or the
            rule is a life-safety rule.
    """
    found: dict[str, Variable] = {}
    for read, offset in role_metrics_in(text, roles):
        if life_safety:
            sentence = f"a life-safety rule reads its own device alone, and {read.name} is of another"
            raise ConditionError(with_caret(sentence, text, offset))
        metrics = [_metric(each, read, text, offset) for each in roles[read.role]]
        if not all(are_of_one_type(each.type, metrics[0].type) for each in metrics):
            sentence = f"{read.name} has different types at different places: write a rule for each"
            raise ConditionError(with_caret(sentence, text, offset))
        states = dict.fromkeys(state for each in metrics for state in (each.values or {}).values())
        found[read.name] = Variable(metrics[0].type, (), tuple(states))
    return found


def _metric(profile: Profile, read: RoleMetric, text: str, offset: int) -> Metric:
    metric = profile.metrics.get(read.metric)
    if metric is None:
        sentence = (
            f"{profile.profile}, the profile of a device whose role is {read.role}, has no metric {read.metric!r}"
        )
        raise ConditionError(with_caret(sentence, text, offset + len(read.role) + 1))
    if metric.is_event:
        sentence = f"{read.name} is an event, not a state: write a rule of the profile {profile.profile} for it"
        raise ConditionError(with_caret(sentence, text, offset))
    return metric
