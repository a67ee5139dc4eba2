"""The keys of group rules as written in YAML: `at_least`, and the functions over the members in `let`."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.names import Name
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.times import Duration

OF_METRICS = frozenset({"sum", "mean", "min", "max", "spread", "difference"})
"""The functions of a metric of the members."""
OF_CONDITIONS = frozenset({"count", "share"})
"""The functions of a condition on the members."""
FUNCTIONS = (*sorted(OF_METRICS | OF_CONDITIONS),)
ALL = "all"


def _condition(value: object) -> object:
    is_text = isinstance(value, str) and bool(value.strip())
    if not is_text and not (isinstance(value, dict) and value):
        raise ValueError("this is no condition: write one, such as smoke && !test, or one by profile in a mapping")
    return value


def _metric(value: object) -> object:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("this is no metric: write the name of one, such as {max: temperature}")
    return value.strip()


MemberCondition = Annotated[
    str | dict[Name, str],
    BeforeValidator(_condition),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}, "minProperties": 1},
            ]
        }
    ),
]
"""A condition on one member, in CEL: one for all profiles, or one for each by its name."""
MemberMetric = Annotated[str | None, BeforeValidator(_metric), WithJsonSchema({"type": "string", "minLength": 1})]


class AtLeast(Spec):
    """So many members for which a condition holds: a breach of the rule."""

    devices: Annotated[int, Field(ge=1)] | Literal["all"] | None = Field(default=None, examples=[2])
    """How many; or `all` of the group."""
    share: Annotated[float, Field(gt=0, le=1)] | None = Field(default=None, examples=[0.5])
    """In place of `devices`: which share of the members, above 0 to 1."""
    when: MemberCondition = Field(examples=["smoke && !test", {"smoke_detector": "smoke", "heat_detector": "heat"}])
    """The condition on a member."""
    within: Duration = 0
    """For so long after its condition has ended a member still counts."""

    @model_validator(mode="after")
    def _says_how_many(self) -> Self:
        if (self.devices is None) is (self.share is None):
            raise Mistake("say how many members: write devices: 2, devices: all, or share: 0.5")
        return self


class MemberFunction(Spec):
    """A value that is derived from the members of a group: one function, of a metric or a condition."""

    sum: MemberMetric = None
    """The sum of a metric over the members, in its unit. Unknown if a member is."""
    mean: MemberMetric = None
    """The arithmetic mean of a metric over the members, in its unit. Unknown if a member is."""
    min: MemberMetric = None
    """The least value of a metric among the members, in its unit."""
    max: MemberMetric = None
    """The greatest value of a metric among the members, in its unit."""
    spread: MemberMetric = None
    """The greatest value of a metric less the least one, in its unit."""
    difference: MemberMetric = None
    """The metric of one member less that of another, in its unit: those of the roles in `of`."""
    count: MemberCondition | None = None
    """For how many members a condition holds."""
    share: MemberCondition | None = None
    """For which share of the members a condition holds, 0 to 1."""
    of: tuple[Name, Name] | None = Field(default=None, examples=[["duty", "standby"]])
    """Of `difference`: the roles of the two members."""
    within: Duration = 0
    """Of `count` and `share`: for so long after its condition has ended a member still counts."""

    @property
    def function(self) -> str:
        """The function."""
        return next(name for name in FUNCTIONS if getattr(self, name) is not None)

    @property
    def metric(self) -> str:
        """Its metric; empty of a function of a condition."""
        return str(getattr(self, self.function)) if self.function in OF_METRICS else ""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        given = [name for name in FUNCTIONS if getattr(self, name) is not None]
        if len(given) != 1:
            what = f"{' and '.join(given)} are two functions" if given else "this has no function"
            raise Mistake(f"{what}: write one, such as {{sum: flow}}", *given[1:2])
        if given[0] == "difference" and self.of is None:
            raise Mistake("difference is of two members: add their roles, such as of: [duty, standby]", "difference")
        if given[0] != "difference" and self.of is not None:
            raise Mistake(f"`of` is for difference, not for {given[0]}: remove it", "of")
        if self.of is not None and self.of[0] == self.of[1]:
            raise Mistake("of: the two roles are one: write those of two members", "of", of_key=False)
        if given[0] not in OF_CONDITIONS and "within" in self.model_fields_set:
            raise Mistake(f"`within` is for count and share, not for {given[0]}: remove it", "within")
        return self
