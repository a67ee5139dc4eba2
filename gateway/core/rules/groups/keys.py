"""Which keys of a rule with `group_by` go together, and which kind of `let` it has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Protocol

from pydantic import BaseModel, BeforeValidator, ValidationInfo

from gateway.core.kernel.mistakes import Mistake
from gateway.core.rules.applies_to import AppliesTo
from gateway.core.rules.groups.grouping import GroupBy
from gateway.core.rules.groups.written import AtLeast, MemberFunction
from gateway.core.rules.windows.let import Let


def _let_of(value: object, info: ValidationInfo) -> object:
    """A rule with `group_by` derives values from members, any other from the readings of one device.

    Where `group_by` itself is wrong the functions are checked as those of members.
    """
    if isinstance(value, BaseModel):
        return value
    is_of_group = info.data.get("group_by", "?") is not None
    if is_of_group and isinstance(value, Mapping) and "over" in value:
        raise Mistake(
            "in a rule with group_by a function is over the members as they are now: remove `over`, or derive the"
            " window in a rule without group_by",
            "over",
        )
    return (MemberFunction if is_of_group else Let).model_validate(value)


LetOrFunction = Annotated[Let | MemberFunction, BeforeValidator(_let_of)]
"""A value of `let`, by whether the rule has `group_by`."""


class Grouped(Protocol):
    """The keys of a rule that concern groups."""

    @property
    def applies_to(self) -> AppliesTo:
        """Which devices it watches."""

    @property
    def group_by(self) -> GroupBy | None:
        """What the members of a group have in common."""

    @property
    def at_least(self) -> AtLeast | None:
        """So many members."""

    @property
    def let(self) -> Mapping[str, object]:
        """What it derives, by name."""

    @property
    def device_down(self) -> bool:
        """Whether a device is down while the alarm stands."""

    @property
    def model_fields_set(self) -> Collection[str]:
        """The keys that are given."""


_NOT_WITH_AT_LEAST = ("when", "levels", "clear_when", "deadband", "let")


def check_group_keys(spec: Grouped) -> None:
    """Raise Mistake where keys of groups do not fit the others."""
    given = spec.model_fields_set
    if spec.group_by is None:
        if spec.at_least is not None:
            raise Mistake("at_least counts the members of a group: add group_by, such as group_by: zone", "at_least")
        if "profiles" in spec.applies_to.model_fields_set:
            sentence = "a rule without group_by is for one profile: write profile, or add group_by"
            raise Mistake(sentence, "applies_to", "profiles")
        return
    if spec.device_down:
        raise Mistake("device_down is of one device, and this rule is of a group: remove it", "device_down")
    if spec.at_least is None:
        if not spec.let:
            sentence = "a condition of a group reads what `let` derives from the members: add let, or write at_least"
            raise Mistake(f"{sentence} in place of when", "group_by")
        return
    for key in _NOT_WITH_AT_LEAST:
        if key in given:
            raise Mistake(f"at_least is the condition of the rule: remove `{key}`, or at_least", key)
    if isinstance(spec.at_least.when, dict):
        profiles, conditions = set(spec.applies_to.names), set(spec.at_least.when)
        if missing := sorted(profiles - conditions):
            raise Mistake(f"there is no condition for {missing[0]}: add one", "at_least", "when", of_key=False)
        if unknown := sorted(conditions - profiles):
            raise Mistake(f"the rule does not watch {unknown[0]}: remove it", "at_least", "when", unknown[0])
