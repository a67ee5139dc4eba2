"""Rules: the condition, the devices that it watches, the alarm that it raises, and the ticket that this opens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.names import Identifier, Name
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.texts import Text
from gateway.core.kernel.times import MINUTE, Duration, Micros
from gateway.core.kernel.urgency import Priority, Severity
from gateway.core.profiles.profile import RESERVED
from gateway.core.rules.active_hours import ActiveHours
from gateway.core.rules.applies_to import AppliesTo
from gateway.core.rules.chatter import USUAL_CHATTER, ChatterLimit
from gateway.core.rules.conditions import Condition
from gateway.core.rules.expressions import Facts, names_in
from gateway.core.rules.groups.functions import GroupFunction
from gateway.core.rules.groups.grouping import GroupBy
from gateway.core.rules.groups.keys import LetOrFunction, check_group_keys
from gateway.core.rules.groups.written import AtLeast
from gateway.core.rules.level import LevelSpec, check_clearing
from gateway.core.rules.roles import RoleMetric
from gateway.core.rules.windows.derivation import Derivation
from gateway.core.rules.windows.thresholds import Sides
from gateway.core.site.site import DeviceSpec

_RULE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def _rule_id(text: str) -> str:
    if not _RULE_ID.fullmatch(text):
        raise ValueError(f"{text!r} is not a rule id: use lower-case letters, digits and -, such as pump-dry-run")
    return text


def _at_least_a_minute(duration: Micros) -> Micros:
    if duration < MINUTE:
        raise ValueError("nobody could acknowledge an alarm that is told again so soon: write at least 1m")
    return duration


class TicketTemplate(Spec):
    """The maintenance work that an alarm makes."""

    category: Name
    """What it is about, such as `pump`."""
    priority: Priority
    """How urgent it is: P1 is an emergency, P2 a fault, P3 and P4 wait for their turn."""
    team: Name
    """Who does it, such as `engineering`."""
    checklist: Identifier | None = Field(default=None, examples=["pump-weekly"])
    """The checklist that is answered with it, by id."""


class RuleSpec(Spec):
    """A rule as written in YAML."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["when", "severity"]},
                {"required": ["levels"]},
                {"required": ["group_by", "at_least", "severity"]},
            ]
        }
    )

    id: Annotated[
        str, AfterValidator(_rule_id), WithJsonSchema({"type": "string", "pattern": f"^(?:{_RULE_ID.pattern})$"})
    ]
    """Its name, such as `pump-dry-run`. A rule of the site replaces the shipped one of the same id."""
    applies_to: AppliesTo
    """Which devices it watches."""
    group_by: GroupBy | None = None
    """What the members of a group have in common. Then the alarm is of the group, and not of one device."""
    at_least: AtLeast | None = None
    """With `group_by`, in place of `when`: so many members for which a condition holds."""
    let: dict[Name, LetOrFunction] = Field(default={}, examples=[{"starts": {"rising": "running", "over": "1h"}}])
    """Values derived from readings, or with `group_by` from members, by the names by which the conditions read them."""
    when: str = Field(default="", min_length=1, examples=["running && inlet_pressure < dry_run_pressure"])
    """The condition that is a breach, in CEL, over metrics and attributes of the profile; of a group over `let`."""
    levels: tuple[LevelSpec, ...] = Field(
        default=(),
        max_length=len(Severity),
        examples=[
            [{"severity": "warning", "when": "vibration > 4.5"}, {"severity": "critical", "when": "vibration > 7.1"}]
        ],
    )
    """In place of `when` and `severity`: several of them, for one alarm that rises and falls."""
    for_: Duration = Field(default=0, alias="for")
    """How long `when` must hold before the alarm is raised."""
    clear_when: str | None = None
    """What ends it; without it, `when` no longer holding."""
    clear_for: Duration = 0
    """How long that must hold before the alarm returns."""
    deadband: float | None = Field(default=None, gt=0, examples=[0.2])
    """In place of `clear_when`: by how much each value of `when` must be back beyond its limit."""
    active: ActiveHours | None = Field(default=None, examples=["working-hours", {"outside": "working-hours"}])
    """When it is evaluated; at any time unless given."""
    severity: Severity = Severity.INFO
    """`critical`: danger or loss now. `warning`: wants work soon. `info`: for the record."""
    title: Text
    """What people read: what has happened."""
    guidance: Text | None = None
    """What people read: what to do."""
    latched: bool = False
    """Once raised it stays, condition or not, until somebody has acknowledged and reset it."""
    life_safety: bool = False
    """Whether people are in danger."""
    ticket: TicketTemplate | None = None
    """The work that one occurrence of the alarm opens."""
    inhibited_by: tuple[str, ...] = Field(default=(), examples=[["panel-mains-lost"]])
    """Rules, by id. While an alarm of one stands on the same device, or on what powers or carries it, people are not
    told of this one."""
    device_down: bool = False
    """Whether the device is down while the alarm stands: what it powers or carries is unreachable then, not silent."""
    chatter: ChatterLimit | Literal["never"] | None = Field(default=None, examples=[{"count": 3, "within": "60s"}])
    """So many raises in so short a time are told as one alarm that chatters, 3 in 60 s unless given; or `never`."""
    realarm: Annotated[Duration, AfterValidator(_at_least_a_minute)] | None = Field(default=None, examples=["30m"])
    """So long after an acknowledgement people are told again, if the alarm still stands; at least a minute."""

    @property
    def chatters(self) -> ChatterLimit | None:
        """From how many raises on its alarm chatters; None where it never does: life-safety alarms are told each."""
        if self.life_safety or self.chatter == "never":
            return None
        return self.chatter or USUAL_CHATTER

    @model_validator(mode="after")
    def _watches_over_people_at_any_time(self) -> Self:
        if self.life_safety and self.active is not None:
            raise Mistake("a life-safety rule is active at any time: remove `active`", "active")
        return self

    @model_validator(mode="after")
    def _groups_sensibly(self) -> Self:
        check_group_keys(self)
        return self

    @model_validator(mode="after")
    def _clears_sensibly(self) -> Self:
        check_clearing(self)
        return self

    @model_validator(mode="after")
    def _tells_of_danger(self) -> Self:
        if self.life_safety and isinstance(self.chatter, ChatterLimit):
            raise Mistake("each raise of a life_safety rule is told: remove `chatter`, or write never", "chatter")
        if self.life_safety and self.inhibited_by:
            raise Mistake(
                "a life_safety rule cannot be inhibited: people in danger are told in any case; remove `inhibited_by`",
                "inhibited_by",
            )
        return self

    @model_validator(mode="after")
    def _has_condition(self) -> Self:
        given = self.model_fields_set
        if self.levels:
            if several := [key for key in OF_LEVELS if key in given]:
                key = "for" if several[0] == "for_" else several[0]
                raise Mistake(f"each level has its own `{key}`: write it there, and remove it here", key)
            if len({level.severity for level in self.levels}) < len(self.levels):
                raise Mistake("two levels have one severity: give each another, or write two rules", "levels")
        else:
            for key in ("when", "severity") if self.at_least is None else ("severity",):
                if key not in given:
                    raise Mistake(f"the key '{key}' is missing: add it, or write levels")
        return self

    @model_validator(mode="after")
    def _uses_what_it_derives(self) -> Self:
        specs: tuple[RuleSpec | LevelSpec, ...] = (self, *self.levels)
        read = frozenset[str]().union(*(names_in(f"{each.when}\n{each.clear_when or ''}") for each in specs))
        for name in self.let:
            if RESERVED.fullmatch(name):
                sentence = f"{name} is a word of the condition language: write another name, such as {name}_value"
                raise Mistake(sentence, "let", name)
            if name not in read:
                sentence = f"no condition of the rule reads {name}: use it in one, or remove it"
                raise Mistake(sentence, "let", name)
        return self


OF_LEVELS = ("when", "severity", "for_", "clear_when", "clear_for", "deadband")
"""Keys of a rule that its levels have in its place."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule compiled against its profile."""

    spec: RuleSpec
    """As written; of one level, with what the level has in its place."""
    id: str
    key: str
    """Under which its evaluations are found: the id, and the severity if it is one level of a rule with several."""
    when: Condition
    clear_when: Condition | None
    metrics: frozenset[str]
    """The device's metrics in both conditions. A message of it with none of them cannot change its evaluations."""
    on_delay: int
    """Microseconds for which `when` must hold before the alarm is raised."""
    off_delay: int
    """Microseconds for which the condition must be cleared before the alarm returns."""
    let: Mapping[str, Derivation] = field(default_factory=dict)
    """What its conditions read beside metrics and attributes, by name."""
    elsewhere: Mapping[str, RoleMetric] = field(default_factory=dict)
    """What they read of other devices of the same place, by name, such as `duty.flow`."""
    functions: Mapping[str, GroupFunction] = field(default_factory=dict)
    """Of a rule with `group_by`: all that its conditions read, by name."""
    compared: Mapping[str, Sides] = field(default_factory=dict)
    """With what they compare each value of `let` that time alone may move, by its name; empty where it moves none."""
    is_plain: bool = field(init=False)
    """Whether the device's facts are all that they read."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_plain", not self.let and not self.elsewhere)

    @property
    def names(self) -> frozenset[str]:
        """The names that stand in its conditions."""
        return self.when.names | (self.clear_when.names if self.clear_when is not None else frozenset())

    def watches(self, device: DeviceSpec) -> bool:
        """Whether it applies to this device: one of groups does to none."""
        return self.spec.group_by is None and self.spec.applies_to.includes(device)

    def concerns(self, device: DeviceSpec) -> bool:
        """Whether it watches this device, by itself or as a member of groups."""
        return self.spec.applies_to.includes(device)

    def metrics_of(self, profile: str) -> frozenset[str]:
        """The metrics that it reads of a device of this profile, one of its own, by itself or as a member of groups."""
        read = (each.metrics_of(profile) for each in self.functions.values())
        return self.metrics if self.spec.group_by is None else frozenset[str]().union(*read)

    def clears(self, facts: Facts) -> bool | None:
        """Whether these facts clear the condition; None when that depends on an unknown metric."""
        if self.clear_when is not None:
            return self.clear_when(facts)
        breached = self.when(facts)
        return None if breached is None else not breached
