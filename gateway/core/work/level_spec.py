"""How people write service levels: which tickets a level is for, and what it gives them."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from gateway.core.kernel.names import Identifier, Name
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.times import Interval
from gateway.core.kernel.urgency import Priority
from gateway.core.site.distance import Ring
from gateway.core.work.clocks import ClockKind

ALWAYS = "always"
"""In place of a calendar: every hour counts."""
NO_TARGET = "none"
"""In place of a duration: there is no such clock."""
GIVEN = (*(kind.value for kind in ClockKind), "calendar", "warn_at")
"""What a level may give."""
_PERCENT = re.compile(r"([1-9]\d?)\s*%")


class WorkKind(StrEnum):
    """What a ticket is."""

    FAULT = "fault"
    """Something does not work: what alarms and most reports are."""
    COMPLAINT = "complaint"
    """Somebody is not content."""


def _several(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


def _share(value: object) -> float:
    match = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is no share of the time: write a percentage from 1% to 99%, such as 80%")
    return int(match[1]) / 100


Names = Annotated[
    tuple[Name, ...], Field(min_length=1), BeforeValidator(_several, json_schema_input_type=Name | tuple[Name, ...])
]
"""A name, or a list of some."""
Priorities = Annotated[
    tuple[Priority, ...],
    Field(min_length=1),
    BeforeValidator(_several, json_schema_input_type=Priority | tuple[Priority, ...]),
]
"""A priority, or a list of some."""
Rings = Annotated[
    tuple[Ring, ...], Field(min_length=1), BeforeValidator(_several, json_schema_input_type=Ring | tuple[Ring, ...])
]
"""A ring, or a list of some."""
Share = Annotated[
    float,
    BeforeValidator(_share),
    WithJsonSchema({"type": "string", "pattern": r"^[1-9]\d?\s*%$", "examples": ["80%"]}),
]
"""A share of a time, written in percent."""
Target = Interval | Literal["none"]
"""A duration of at least a second, or `none` where there is no such clock."""


class ServiceLevelSpec(Spec):
    """The targets of some tickets."""

    category: Names | None = Field(default=None, examples=["elevator"])
    """Tickets of this category, or of these; of any unless given."""
    priority: Priorities | None = Field(default=None, examples=[["P1", "P2"]])
    """Tickets of this priority, or of these; of any unless given."""
    kind: WorkKind | None = None
    """Faults alone, or complaints alone; both unless given."""
    ring: Rings | None = Field(default=None, examples=["far"])
    """Tickets at places of this ring, or of these; anywhere unless given."""
    during: Identifier | None = Field(default=None, examples=["night"])
    """Tickets that were opened while this calendar holds; at any time unless given."""
    respond: Target | None = Field(default=None, examples=["15m"])
    """Until somebody has accepted the ticket; `none`: that is not timed."""
    on_site: Target | None = Field(default=None, examples=["2h"])
    """Until somebody is there; `none`: that is not timed."""
    resolve: Target | None = Field(default=None, examples=["24h"])
    """Until the work is done; `none`: that is not timed."""
    calendar: Identifier | None = Field(default=None, examples=["working-hours"])
    """The calendar whose hours count; `always`: every hour."""
    warn_at: Share | None = Field(default=None, examples=["80%"])
    """Once so much of a target has passed, people are warned; 80% unless given."""

    @model_validator(mode="after")
    def _gives_something(self) -> Self:
        if not self.gives:
            raise ValueError("this gives nothing: write respond, on_site, resolve, calendar or warn_at")
        return self

    @property
    def gives(self) -> tuple[str, ...]:
        """The values that it gives, by their keys."""
        return tuple(key for key in GIVEN if getattr(self, key) is not None)


class RingSpec(Spec):
    """The targets of a ring, where they are shorter than others."""

    respond: Interval | None = None
    """Until somebody has accepted the ticket."""
    on_site: Interval | None = None
    """Until somebody is there."""
