"""An engine with a store of its own, and what it has told people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from gateway import parts
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.inhibition import Inhibition, Lingering
from gateway.core.alarms.lifecycle import State, Step
from gateway.core.alarms.maintenance import Maintenance
from gateway.core.alarms.maintenance_actions import MaintenanceRecord
from gateway.core.alarms.shelf import Shelf
from gateway.core.alarms.shelving import Shelving
from gateway.core.audit import AuditTrail
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.kernel.events import AuditRecord
from gateway.core.kernel.subjects import GATEWAY
from gateway.core.kernel.times import DAY, Micros
from gateway.core.telemetry.readings import Message
from gateway.core.work.desk import ServiceDesk
from gateway.core.work.tickets import Ticket
from tests.unit.core.stores import Store

Cause = tuple[str, str]
"""A rule, and a device, or a group as kind:id."""


class Told(NamedTuple):
    """One event of an alarm of a device or a group."""

    time: str
    alarm: int
    rule: str
    device: str
    step: Step
    state: State
    severity: str
    members: tuple[str, ...]
    """Of a group: those that count."""
    raised_count: int

    @property
    def cause(self) -> Cause:
        """Its rule and device."""
        return self.rule, self.device


class Run:
    """One engine: what it has told, and the latest row of each thing that it has stored."""

    def __init__(self, files: Configuration, now: Micros) -> None:
        self._files = files
        self.store = Store()
        self.told: list[Told] = []
        self.alarms: dict[int, AlarmRecord] = {}
        self.shelves: dict[int, Shelf] = {}
        self.maintenances: dict[int, MaintenanceRecord] = {}
        self.lingering: dict[str, Lingering | None] = {}
        self.tickets: dict[int, Ticket] = {}
        self.trails: dict[int, list[AuditRecord]] = {}
        """The audit records of each ticket."""
        self._start(Checkpoint(), now)

    def _start(self, checkpoint: Checkpoint, now: Micros) -> None:
        """Blindness itself is no alarm here: the runs are not blind at the same times."""
        self.engine = Engine(self._files, parts.makers(blind_for=10_000 * DAY), checkpoint, now=now)
        self.keep(self.engine.beginning)

    def restart(self, checkpoint: Checkpoint, now: Micros) -> None:
        """The process has ended, and starts again."""
        self._start(checkpoint, now)

    def keep(self, changes: Changes) -> None:
        """A step is committed."""
        self.store.commit(changes)
        changed = changes.parts
        self.alarms |= {record.number: record for record in changed.get(Annunciator.name, ())}
        self.shelves |= {shelf.number: shelf for shelf in changed.get(Shelving.name, ())}
        self.maintenances |= {record.number: record for record in changed.get(Maintenance.name, ())}
        self.lingering |= changed.get(Inhibition.name, {})
        self.tickets |= {ticket.number: ticket for ticket in changed.get(ServiceDesk.name, ())}
        for record in changed.get(AuditTrail.name, ()):
            if record.kind == "ticket":
                self.trails.setdefault(int(record.subject), []).append(record)
        for event in changes.publications:
            if "/tickets/" in event.topic:
                continue
            content: dict[str, Any] = msgspec.json.decode(event.payload)
            if content.get("subject", str(GATEWAY)) != str(GATEWAY):  # else it is of the gateway itself, or of a flood
                self.told.append(
                    Told(
                        content["time"],
                        content["alarm"],
                        content["rule"],
                        content["device"] or content["subject"],
                        Step(content["step"]),
                        State(content["state"]),
                        content["severity"],
                        tuple(content["members"]),
                        content["raised_count"],
                    )
                )

    def step(self, messages: Sequence[Message]) -> None:
        """Messages are read."""
        self.keep(self.engine.step(messages))

    def save(self, now: Micros) -> None:
        """The latest values are saved, and until when delays have counted."""
        self.keep(self.engine.snapshot(now))
        while self.engine.has_unsaved:
            self.keep(self.engine.snapshot(now))

    def standing(self) -> list[AlarmRecord]:
        """The alarms that stand, as the store has them."""
        return [each for each in self.alarms.values() if each.state is not State.NORMAL and each.subject != GATEWAY]
