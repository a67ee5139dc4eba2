"""Alarms of which people were told: who they are, and who is told next."""

from __future__ import annotations

import msgspec

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.kernel.times import Micros
from gateway.core.notices.requests import Urgency
from gateway.core.notices.ways import Way

OF_ALARM = "alarm:"
"""Begins the name of what is wrong where nobody can be told of an alarm."""


class Told(msgspec.Struct, frozen=True, gc=False):
    """Somebody who knows of an alarm, or may: a message was at least under way."""

    person: str | None
    way: Way
    urgency: Urgency


class Escalation(msgspec.Struct, frozen=True, gc=False):
    """How far an alarm has come on a route."""

    route: str
    """Its key."""
    step: int
    """The step that comes next."""
    turn: int
    """How often all steps were told before."""
    due: Micros | None
    """When that is; None for never."""
    hopes: tuple[str, ...] = ()
    """Those of the step before who may still be reached; the siren is `siren`."""

    @property
    def is_first(self) -> bool:
        """Whether nobody was told yet: the alarm waits for others."""
        return (self.turn, self.step) == (0, 0)


class WatchRecord(msgspec.Struct, frozen=True, gc=False):
    """What is stored of an alarm of which people were told."""

    alarm: int
    raise_: int
    """The audit record of the raise."""
    at: Micros | None
    """When people were told of the raise: routes match by the hours of that time. None if it was not trusted then."""
    told: tuple[Told, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    """None once somebody has acknowledged the alarm."""


class Watch:
    """An alarm that stands, and who knows of it."""

    def __init__(self, record: WatchRecord, alarm: AlarmRecord, definition: AlarmDefinition | None) -> None:
        self.alarm, self.definition = alarm, definition
        self.raise_, self.at = record.raise_, record.at
        self.told: dict[Way, Told] = {each.way: each for each in record.told}
        self.escalations: dict[str, Escalation] = {each.route: each for each in record.escalations}

    @property
    def number(self) -> int:
        """Of the alarm."""
        return self.alarm.number

    @property
    def is_known(self) -> bool:
        """Whether anybody knows of the alarm, or will."""
        return bool(self.told or self.escalations)

    @property
    def key(self) -> str:
        """Names the raise in the keys of notices."""
        return f"alarm:{self.number}/{self.raise_}"

    @property
    def trouble(self) -> str:
        """Names the alarm where nobody can be told of it."""
        return f"{OF_ALARM}{self.number}"

    @property
    def team(self) -> str | None:
        """The team of the alarm's ticket."""
        ticket = self.definition.ticket if self.definition is not None else None
        return ticket.team if ticket is not None else None

    def without_hope(self, name: str, now: Micros) -> list[Escalation]:
        """The escalations in which this one cannot be reached: where nobody else is left, the next step comes now, but
        not the first one again."""
        found = []
        for each in self.escalations.values():
            if name in each.hopes:
                hopes = tuple(hope for hope in each.hopes if hope != name)
                comes_now = not hopes and each.step > 0 and each.due is not None
                found.append(msgspec.structs.replace(each, hopes=hopes, due=now if comes_now else each.due))
        return found

    def record(self) -> WatchRecord:
        """What is stored."""
        told, escalations = tuple(self.told.values()), tuple(self.escalations.values())
        return WatchRecord(self.number, self.raise_, self.at, told, escalations)
