"""The levels of a rule: the conditions of one alarm that rises and falls."""

from __future__ import annotations

from typing import Protocol, Self

from pydantic import Field, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.times import Duration
from gateway.core.kernel.urgency import Severity
from gateway.core.rules.conditions import with_deadband


class LevelSpec(Spec):
    """One level of a rule: how bad it is, from when on and until when."""

    severity: Severity
    """The severity of the alarm while this is its highest level. Each level of a rule has another."""
    when: str = Field(min_length=1, examples=["vibration > 7.1"])
    """The condition that is a breach of this level, in CEL."""
    for_: Duration = Field(default=0, alias="for")
    """How long `when` must hold before the alarm has this level."""
    clear_when: str | None = None
    """What ends the level; without it, `when` no longer holding."""
    clear_for: Duration = 0
    """How long that must hold before the level ends."""
    deadband: float | None = Field(default=None, gt=0)
    """In place of `clear_when`: by how much a value must be back beyond its limit."""

    @model_validator(mode="after")
    def _clears_sensibly(self) -> Self:
        check_clearing(self)
        return self


class Clearing(Protocol):
    """What says when a condition holds, and when it has ended."""

    @property
    def when(self) -> str:
        """The condition."""

    @property
    def clear_when(self) -> str | None:
        """What ends it."""

    @property
    def deadband(self) -> float | None:
        """In place of that: by how much a value must be back beyond its limit."""


def check_clearing(spec: Clearing) -> None:
    """Raise Mistake if the condition would clear while it is still true, or in two ways."""
    if spec.clear_when is not None and spec.clear_when.strip() == spec.when.strip():
        raise Mistake(
            "clear_when is the same as when, the alarm would clear while it is still true:"
            " remove `clear_when`, or write another",
            "clear_when",
        )
    if spec.deadband is not None:
        if spec.clear_when is not None:
            raise Mistake("`deadband` stands in place of `clear_when`: remove one of them", "deadband")
        if with_deadband(spec.when, spec.deadband) is None:
            sentence = (
                "a deadband needs a `when` of plain limits, such as level > 3 or running && level > 3:"
                " write `clear_when` in its place"
            )
            raise Mistake(sentence, "deadband")
