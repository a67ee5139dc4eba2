"""Rules: the condition, the devices that it watches, the alarm that it raises, and the ticket that this opens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.names import Name
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.texts import Text
from gateway.core.kernel.times import Duration
from gateway.core.kernel.urgency import Priority, Severity
from gateway.core.profiles.profile import Profile
from gateway.core.rules.conditions import Condition, compile_condition
from gateway.core.rules.expressions import Facts
from gateway.core.site.site import DeviceSpec

_RULE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def _rule_id(text: str) -> str:
    if not _RULE_ID.fullmatch(text):
        raise ValueError(f"{text!r} is not a rule id: use lower-case letters, digits and -, such as pump-dry-run")
    return text


class AppliesTo(Spec):
    """Which devices a rule watches: all of a profile, or those named."""

    profile: Name
    """Of which profile the devices are."""
    devices: tuple[str, ...] | None = None
    """Only these, by id; all of the profile unless given."""


class TicketTemplate(Spec):
    """The maintenance work that an alarm makes."""

    category: Name
    """What it is about, such as `pump`."""
    priority: Priority
    """How urgent it is: P1 is an emergency, P2 a fault, P3 and P4 wait for their turn."""
    team: Name
    """Who does it, such as `engineering`."""


class RuleSpec(Spec):
    """A rule as written in YAML."""

    id: Annotated[
        str, AfterValidator(_rule_id), WithJsonSchema({"type": "string", "pattern": f"^(?:{_RULE_ID.pattern})$"})
    ]
    """Its name, such as `pump-dry-run`. A rule of the site replaces the shipped one of the same id."""
    applies_to: AppliesTo
    """Which devices it watches."""
    when: str = Field(min_length=1, examples=["running && inlet_pressure < dry_run_pressure"])
    """The condition that is a breach, in CEL, over metrics and attributes of the profile."""
    for_: Duration = Field(default=0, alias="for")
    """How long `when` must hold before the alarm is raised."""
    clear_when: str | None = None
    """What ends it; without it, `when` no longer holding."""
    clear_for: Duration = 0
    """How long that must hold before the alarm returns."""
    severity: Severity
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

    @model_validator(mode="after")
    def _clears_sensibly(self) -> Self:
        if self.clear_when is not None and self.clear_when.strip() == self.when.strip():
            raise Mistake(
                "clear_when is the same as when, the alarm would clear while it is still true:"
                " remove `clear_when`, or write another",
                "clear_when",
            )
        return self


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule compiled against its profile."""

    spec: RuleSpec
    id: str
    when: Condition
    clear_when: Condition | None
    metrics: frozenset[str]
    """The metrics of both conditions. A message with none of them cannot change the rule's evaluations."""
    on_delay: int
    """Microseconds for which `when` must hold before the alarm is raised."""
    off_delay: int
    """Microseconds for which the condition must be cleared before the alarm returns."""

    def watches(self, device: DeviceSpec) -> bool:
        """Whether it applies to this device."""
        applies_to = self.spec.applies_to
        return device.profile == applies_to.profile and (applies_to.devices is None or device.id in applies_to.devices)

    def clears(self, facts: Facts) -> bool | None:
        """Whether these facts clear the condition; None when that depends on an unknown metric."""
        if self.clear_when is not None:
            return self.clear_when(facts)
        breached = self.when(facts)
        return None if breached is None else not breached


def compile_rule(spec: RuleSpec, profile: Profile) -> Rule:
    """Compile the rule's conditions.

    Raises:
        ConditionError: a condition does not fit the profile.
    """
    when = compile_condition(spec.when, profile)
    clear_when = compile_condition(spec.clear_when, profile) if spec.clear_when is not None else None
    return Rule(
        spec=spec,
        id=spec.id,
        when=when,
        clear_when=clear_when,
        metrics=when.metrics | (clear_when.metrics if clear_when else frozenset()),
        on_delay=spec.for_,
        off_delay=spec.clear_for,
    )
