"""What people were told, as a screen of an operator has it from the MQTT events of alarms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from gateway.core.kernel.changes import Publication
from gateway.core.kernel.times import SECOND, Micros


class AlarmEvent(msgspec.Struct):
    """What is read of the event of an alarm's step."""

    alarm: int
    rule: str
    subject: str
    step: str
    state: str
    severity: str
    time: str
    at: float = 0.0
    """The same in seconds from the start."""


@dataclass(frozen=True, slots=True)
class Told:
    """People were told of an alarm: it was raised, or a worse level of it was."""

    at: float
    """In seconds from the start, as all times here."""
    alarm: int
    rule: str
    subject: str
    severity: str


@dataclass(slots=True)
class Screen:
    """The alarms that people see, and those that they were told of."""

    start: Micros
    told: list[Told] = field(default_factory=list)
    states: dict[int, str] = field(default_factory=dict)
    """Of each alarm that is not over, by its number."""
    stood: list[tuple[Told, float]] = field(default_factory=list)
    """Each alarm that has ended, as it was told first, and when it ended."""
    _standing: dict[int, Told] = field(default_factory=dict)

    def show(self, publications: Iterable[Publication]) -> list[AlarmEvent]:
        """Follow the events of one step; returns those of alarms."""
        events = []
        for publication in publications:
            if publication.topic.split("/")[2] != "alarms":
                continue
            event = msgspec.json.decode(publication.payload, type=AlarmEvent)
            event.at = datetime.fromisoformat(event.time).timestamp() - self.start / SECOND
            events.append(event)
            self._follow(event)
        return events

    def end(self, at: float) -> None:
        """The month is over: what stands has stood until now."""
        for alarm in list(self._standing):
            self._ended(alarm, at)

    def _follow(self, event: AlarmEvent) -> None:
        if event.state == "normal":
            self.states.pop(event.alarm, None)
        else:
            self.states[event.alarm] = event.state
        if event.step == "raise" and event.state == "unacknowledged":
            told = Told(event.at, event.alarm, event.rule, event.subject, event.severity)
            self.told.append(told)
            self._standing.setdefault(event.alarm, told)
        if event.step in ("return", "remove"):
            self._ended(event.alarm, event.at)

    def _ended(self, alarm: int, at: float) -> None:
        if alarm in self._standing:
            self.stood.append((self._standing.pop(alarm), at))
