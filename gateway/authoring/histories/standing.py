"""What a gateway has told so far: the alarms that stand, the tickets, the events; and what it has rejected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from gateway.authoring.histories.claims import Words
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.lifecycle import State
from gateway.core.alarms.maintenance import Maintenance
from gateway.core.alarms.maintenance_actions import MaintenanceRecord
from gateway.core.alarms.shelf import Shelf
from gateway.core.alarms.shelving import Shelving
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.times import Micros, from_datetime
from gateway.core.telemetry.batch import Batch
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.quarantine import RejectedKind
from gateway.core.work.desk import ServiceDesk
from gateway.core.work.tickets import Ticket

_MOST_REJECTIONS = 20
"""Kinds of them that are kept to be shown."""


@dataclass(frozen=True, slots=True)
class Told:
    """One step of an alarm that was told."""

    stamp: str
    """When, as the MQTT event has it, by the gateway's clock."""
    time: Micros
    """When, in true time."""
    rule: str
    text: str


class Standing:
    """Follows the changes of an engine, as a store would, and those who read its MQTT events."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self.alarms: dict[int, AlarmRecord] = {}
        """Those that are not normal, by number."""
        self.last_alarms: dict[str, AlarmRecord] = {}
        """The latest of each RULE/SUBJECT, also where it is over."""
        self.tickets: dict[int, Ticket] = {}
        """All, by number."""
        self.shelves: dict[int, Shelf] = {}
        """Those that have not ended, by number."""
        self.maintenance: dict[int, MaintenanceRecord] = {}
        """The same of maintenance that people have begun."""
        self.events: list[Told] = []
        """Since they were last taken."""
        self.log: list[Told] = []
        """All."""
        self.rejections: dict[RejectedKind, tuple[Micros, str]] = {}
        """When something was rejected first, and why."""

    def add(self, changes: Changes, *, set_by: Micros) -> None:
        """Follow what a step has changed. `set_by` is how much the gateway's clock shows more than the true time."""
        found = changes.parts
        if changes.publications:
            self._add_events(changes, set_by)
        if (batch := found.get(Intake.name)) is not None:
            self._add_rejections(batch, set_by)
        for record in found.get(Annunciator.name, ()):
            self._add_alarm(record)
        for ticket in found.get(ServiceDesk.name, ()):
            self.tickets[ticket.number] = ticket
        for shelf in found.get(Shelving.name, ()):
            self.shelves[shelf.number] = shelf
            if shelf.ended_at is not None:
                del self.shelves[shelf.number]
        for each in found.get(Maintenance.name, ()):
            self.maintenance[each.number] = each
            if each.ended_at is not None:
                del self.maintenance[each.number]

    def rule_of(self, ticket: Ticket) -> str:
        """The rule whose alarm opened it."""
        return ticket.faults[0].partition("/")[0]

    def _add_alarm(self, record: AlarmRecord) -> None:
        self.last_alarms[f"{record.rule}/{record.subject.level}"] = record
        if record.state is State.NORMAL:
            self.alarms.pop(record.number, None)
        else:
            self.alarms[record.number] = record

    def _add_events(self, changes: Changes, set_by: Micros) -> None:
        for each in changes.publications:
            if each.topic.split("/")[2:3] == ["alarms"]:
                content = msgspec.json.decode(each.payload)
                stamp = content["time"]
                time = from_datetime(datetime.fromisoformat(stamp)) - set_by
                told = Told(stamp, time, content["rule"], self._words.event(content))
                self.events.append(told)
                self.log.append(told)

    def _add_rejections(self, batch: Batch, set_by: Micros) -> None:
        for kind, rejection in batch.rejections.items():
            if len(self.rejections) < _MOST_REJECTIONS:
                self.rejections.setdefault(kind, (rejection.first - set_by, rejection.detail))
