"""Routes: who is told of which alarms, by which channels, and who is told next when nobody acknowledges."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.names import Identifier, Name
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.times import MINUTE, SECOND, Interval, Micros
from gateway.core.kernel.urgency import Severity
from gateway.core.notices.requests import Urgency
from gateway.core.notices.ways import Channel
from gateway.core.site.calendars import Calendar
from gateway.core.site.site import Site

GROUP: Micros = 30 * SECOND
REPEAT: Micros = 15 * MINUTE
"""How often people are told again of a critical or life-safety alarm that nobody acknowledges, unless a route says."""


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Severities = Annotated[
    tuple[Severity, ...],
    BeforeValidator(_as_list),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": [severity.value for severity in Severity]},
                {"type": "array", "items": {"enum": [severity.value for severity in Severity]}},
            ],
            "examples": ["critical", ["critical", "warning"]],
        }
    ),
]


class Recipient(Spec):
    """Who is told: exactly one of these."""

    team: Name | None = Field(default=None, examples=["security"])
    """Those of this team who are on duty; all its members where it has no roster."""
    person: Identifier | None = Field(default=None, examples=["chief-1"])
    """One person, by id."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.team is None) is (self.person is None):
            raise ValueError("who is told is one of team and person: write each after its own dash")
        return self


class StepSpec(Spec):
    """Who is told next when nobody has acknowledged the alarm."""

    after: Interval = Field(examples=["5m"])
    """How long after those before were told."""
    tell: tuple[Recipient, ...] = Field(default=(), examples=[[{"person": "chief-1"}]])
    """Who is told then."""
    channels: tuple[Channel, ...] = Field(default=(), examples=[["voice"]])
    """By which channels; by the first way of each person unless given."""

    @model_validator(mode="after")
    def _tells_somebody(self) -> Self:
        if not self.tell and Channel.SIREN not in self.channels:
            raise ValueError("nobody is told: write tell: [{team: …}] or [{person: …}]")
        return self


class RouteSpec(Spec):
    """A route. Its conditions must all hold; one that is left out holds for every alarm."""

    severity: Severities | None = None
    """Alarms of this severity, or of one of these."""
    life_safety: bool | None = None
    """Only alarms of rules that are `life_safety`, or only others."""
    team: Name | None = Field(default=None, examples=["engineering"])
    """Alarms whose tickets go to this team."""
    category: Name | None = Field(default=None, examples=["pump"])
    """Alarms whose tickets have this category."""
    location: Identifier | None = Field(default=None, examples=["b1"])
    """Alarms at this location or inside it."""
    during: Identifier | None = Field(default=None, examples=["working-hours"])
    """Alarms raised in the hours of this calendar."""
    tell: tuple[Recipient, ...] = Field(default=(), examples=[[{"team": "security"}, {"person": "chief-1"}]])
    """Who is told; unless given, the team of the alarm's ticket, or everybody who can be reached where it has none."""
    channels: tuple[Channel, ...] = Field(default=(), examples=[["sms", "siren"]])
    """By which channels, all of them; by the first way of each person unless given."""
    escalate: tuple[StepSpec, ...] = ()
    """Who is told next while nobody acknowledges."""
    repeat: Interval | None = Field(default=None, examples=["5m"])
    """So long after the last step all is told again, until somebody acknowledges. Unless given, 15m for critical and
    life-safety alarms, and never for others."""
    group: Interval = Field(default=GROUP, examples=["30s"])
    """Alarms that follow another within this time are told together; critical and life-safety ones never wait."""

    @model_validator(mode="after")
    def _says_whom(self) -> Self:
        if self.severity == ():
            raise Mistake("severity: there is none: name at least one", "severity")
        return self


DEFAULT_ROUTES = (
    RouteSpec.model_validate({"life_safety": True, "repeat": "5m"}),
    RouteSpec(life_safety=False, severity=(Severity.CRITICAL,)),
    RouteSpec(life_safety=False, severity=(Severity.WARNING,)),
)
"""Of a site that says nothing: the team of the ticket, by each person's first way."""


def urgency_of(alarm: AlarmRecord) -> Urgency:
    """How urgent it is to tell people of an alarm."""
    return Urgency.WAKE if alarm.life_safety or alarm.severity == Severity.CRITICAL else Urgency.QUIET


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a route: who is told, by which channels."""

    tell: tuple[Recipient, ...]
    channels: tuple[Channel, ...]
    after: Micros = 0


@dataclass(frozen=True, slots=True)
class Route:
    """A route, compiled."""

    key: str
    """The same as long as its spec is: what is under way is found by it after a restart."""
    spec: RouteSpec
    steps: tuple[Step, ...]
    """Whom it tells, in order; the first at once."""
    during: Calendar | None = None

    def matches(self, alarm: AlarmRecord, definition: AlarmDefinition, site: Site, at: Micros | None) -> bool:
        """Whether people are told of this alarm by this route, at this time; None if the time is not trusted: any hour
        is `during` then."""
        spec, ticket = self.spec, definition.ticket
        if spec.severity is not None and alarm.severity not in spec.severity:
            return False
        if spec.life_safety is not None and spec.life_safety is not alarm.life_safety:
            return False
        if spec.team is not None and (ticket is None or ticket.team != spec.team):
            return False
        if spec.category is not None and (ticket is None or ticket.category != spec.category):
            return False
        if spec.location is not None and not site.is_inside(
            site.location_of(alarm.subject, alarm.members), spec.location
        ):
            return False
        return self.during is None or at is None or self.during.is_active(at)

    def pause_after(self, step: int, urgency: Urgency) -> Micros | None:
        """How long after this step the next one comes, which is the first again after the last; None for never."""
        if step + 1 < len(self.steps):
            return self.steps[step + 1].after
        if self.spec.repeat is not None:
            return self.spec.repeat
        return REPEAT if urgency is Urgency.WAKE else None


def compile_route(spec: RouteSpec, calendars: Mapping[str, Calendar]) -> Route:
    """Compile a route.

    Raises:
        KeyError: there is no such calendar.
    """
    key = f"{zlib.crc32(spec.model_dump_json().encode()):08x}"
    first = Step(spec.tell, spec.channels)
    steps = (first, *(Step(each.tell, each.channels, each.after) for each in spec.escalate))
    return Route(key, spec, steps, None if spec.during is None else calendars[spec.during])
