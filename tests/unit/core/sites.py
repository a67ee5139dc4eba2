"""Small sites for the tests of the core: a pump and a detector, and rules given by their fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gateway import parts
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.alarms.flood import Flood, FloodRecord
from gateway.core.alarms.inhibition import Inhibition, Lingering
from gateway.core.alarms.maintenance import Maintenance
from gateway.core.alarms.maintenance_actions import MaintenanceRecord
from gateway.core.alarms.planned_maintenance import PlannedMaintenance, PlannedRecord
from gateway.core.alarms.realarm import Realarm
from gateway.core.alarms.shelf import Shelf
from gateway.core.alarms.shelving import Shelving
from gateway.core.audit import AuditTrail
from gateway.core.checklists.part import ChecklistRows, Checklists
from gateway.core.checklists.run import Answer, RunRecord
from gateway.core.configuration import Configuration
from gateway.core.devices.latest import Devices
from gateway.core.devices.snapshot import DeviceRows, Snapshots
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.kernel.events import Action, AuditRecord
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import MILLISECOND, SECOND, Micros
from gateway.core.profiles.profile import Profile
from gateway.core.rounds.scans import Scan, Scans
from gateway.core.rules.compiling import rules_of
from gateway.core.rules.evaluation import EvaluationRecord
from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.groups.part import Groups
from gateway.core.rules.groups.stretch import Key, Stretch
from gateway.core.rules.rule import RuleSpec
from gateway.core.site.site import DeviceSpec, Site, SiteHeader
from gateway.core.telemetry.batch import Batch, IntakeRows
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.duplicates import Digest
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.readings import Message, Reading
from gateway.core.work.desk import ServiceDesk
from gateway.core.work.tickets import Ticket

NOON: Micros = 1_800_000_000 * SECOND
"""When the tests begin: 2027-01-15T08:00:00Z."""

PUMP = Profile.model_validate(
    {
        "profile": "pump",
        "title": {"en": "Pump", "zh": "水泵"},
        "metrics": {
            "running": {"type": "bool"},
            "pressure": {"type": "float", "unit": "MPa", "range": [0, 2.5]},
            "starts": {"type": "int"},
            "mode": {"type": "enum", "values": {0: "hand", 1: "automatic"}},
        },
        "attributes": {"lowest": {"type": "float", "default": 0.1}},
        "messages": [{"topic": "site/{site}/pump/{device}/telemetry", "time": "ts"}],
    }
)
READER = Profile.model_validate(
    {
        "profile": "reader",
        "title": {"en": "Reader"},
        "metrics": {"uid": {"type": "tag"}, "call": {"type": "bool", "event": True}, "battery": {"type": "float"}},
        "messages": [{"topic": "site/{site}/reader/{device}"}],
    }
)
TICKET = {"category": "pump", "priority": "P1", "team": "engineering"}
LOW_PRESSURE: dict[str, Any] = {
    "id": "low-pressure",
    "when": "pressure < lowest",
    "severity": "critical",
    "title": {"en": "Low pressure", "zh": "压力低"},
    "ticket": TICKET,
}


def rule_spec(**fields: object) -> RuleSpec:
    """The low-pressure rule of pumps, with some fields changed."""
    return RuleSpec.model_validate({"applies_to": {"profile": "pump"}, **LOW_PRESSURE, **fields})


def site(*rules: RuleSpec, language: str = "en") -> Configuration:
    """Two pumps `p1` and `p2` and a reader `r1` under these rules."""
    header = {"id": "s1", "name": {"en": "Site"}, "timezone": "Asia/Shanghai", "language": language}
    devices = [{"id": "p1", "profile": "pump"}, {"id": "p2", "profile": "pump"}, {"id": "r1", "profile": "reader"}]
    return Configuration(
        site=Site(
            header=SiteHeader.model_validate(header),
            devices={str(device["id"]): DeviceSpec.model_validate(device) for device in devices},
        ),
        profiles={"pump": PUMP, "reader": READER},
        rules=tuple(compiled for rule in rules for compiled in rules_of(rule, PUMP)),
    )


class Seen:
    """What one step has changed, part by part."""

    def __init__(self, changes: Changes, late: int = 0) -> None:
        self.changes = changes
        self.late = late
        batch: Batch | None = changes.parts.get(Intake.name)
        self.batch = batch or Batch(0, Counts())
        self.counts, self.readings, self.digests = self.batch.counts, self.batch.readings, self.batch.digests
        self.rejections, self.reached = self.batch.rejections, self.batch.reached
        snapshots: Snapshots | None = changes.parts.get(Devices.name)
        self.snapshots = snapshots.devices if snapshots else None
        self.evaluations: dict[tuple[str, Subject], EvaluationRecord | None] = changes.parts.get(Evaluator.name, {})
        self.stretches: dict[Key, Stretch | None] = changes.parts.get(Groups.name, {})
        self.alarms: list[AlarmRecord] = changes.parts.get(Annunciator.name, [])
        self.shelves: list[Shelf] = changes.parts.get(Shelving.name, [])
        self.reminders: dict[int, Micros | None] = changes.parts.get(Realarm.name, {})
        self.lingering: dict[str, Lingering | None] = changes.parts.get(Inhibition.name, {})
        self.flood: FloodRecord | None = changes.parts.get(Flood.name)
        self.tickets: list[Ticket] = changes.parts.get(ServiceDesk.name, [])
        self.checklists: list[RunRecord | Answer] = changes.parts.get(Checklists.name, [])
        self.maintenance: list[MaintenanceRecord] = changes.parts.get(Maintenance.name, [])
        self.planned: dict[int, PlannedRecord | None] = changes.parts.get(PlannedMaintenance.name, {})
        self.scans: list[Scan] = changes.parts.get(Scans.name, [])
        self.events: list[AuditRecord] = changes.parts.get(AuditTrail.name, [])
        self.publications = changes.publications
        self.announced = [each for each in changes.publications if "/tickets/" not in each.topic]
        """The MQTT events but those of tickets, of which there is one for most of alarms."""
        self.is_empty = changes.is_empty

    @property
    def delays(self) -> list[Micros]:
        """Since when the delays run that have changed."""
        return [each.delay_since for each in self.evaluations.values() if each and each.delay_since is not None]


class Bench:
    """An engine whose time is set by the test: seconds from noon."""

    def __init__(
        self,
        *rules: RuleSpec,
        checkpoint: Checkpoint | None = None,
        start_s: float = 0.0,
        hears: bool = True,
        knows_time: bool = True,
        configuration: Configuration | None = None,
    ) -> None:
        self.site = configuration or site(*rules)
        before = checkpoint or Checkpoint()
        self.engine = Engine(self.site, parts.makers(), before, now=at(start_s), knows_time=knows_time)
        self.devices = self.engine.devices
        self.beginning = Seen(self.engine.beginning)
        self._packet = 0
        self.hearing = Seen(self.engine.set_hearing(at(start_s)) if hears else Changes())
        """Its first hearing."""

    def message(self, device: str, at_s: float, *, stamp_s: float | None = None, **values: object) -> Message:
        """A message of a pump, stamped as it is received unless said otherwise."""
        stamp = at(at_s if stamp_s is None else stamp_s) // MILLISECOND
        self._packet += 1
        payload = msgspec.json.encode({"ts": stamp, **values})
        return Message(f"site/s1/pump/{device}/telemetry", payload, at(at_s), self._packet)

    def step(self, messages: Sequence[Message]) -> Seen:
        """A batch of messages."""
        late = self.devices.late
        changes = self.engine.step(messages)
        return Seen(changes, self.devices.late - late)

    def pump(self, at_s: float, device: str = "p1", *, stamp_s: float | None = None, **values: object) -> Seen:
        """One message of a pump."""
        return self.step([self.message(device, at_s, stamp_s=stamp_s, **values)])

    def send(self, at_s: float, topic: str, payload: bytes, **flags: Any) -> Seen:  # noqa: ANN401
        """Any message."""
        return self.step([Message(topic, payload, at(at_s), **flags)])

    def tick(self, at_s: float) -> Seen:
        """Time passes."""
        return Seen(self.engine.tick(at(at_s)))

    def report(self, at_s: float, rule: BuiltinRule, detail: str | None) -> Seen:
        """Something is wrong with the gateway itself, or with None no longer."""
        return Seen(self.engine.report(rule, detail, at(at_s)))

    def act(self, action: Action, at_s: float) -> Seen:
        """A person does something."""
        return Seen(self.engine.act(action, at(at_s)))

    def snapshot(self) -> Seen:
        """The latest values are saved, or the next part of them."""
        return Seen(self.engine.snapshot(at(0)))


def at(seconds: float) -> Micros:
    """So many seconds after the tests begin."""
    return NOON + round(seconds * SECOND)


def told(*seen: Seen) -> list[str]:
    """Step and state of each alarm event, in order."""
    contents = [msgspec.json.decode(each.payload) for one in seen for each in one.announced]
    return [f"{content['step']} {content['state']}" for content in contents if "state" in content]


def states(seen: Seen) -> list[str]:
    """The state of each alarm that has moved, in order."""
    return [record.state.value for record in seen.alarms]


def checkpoint(
    *,
    reached: Micros = 0,
    digests: Sequence[Digest] = (),
    readings: Sequence[Reading] = (),
    evaluations: Sequence[EvaluationRecord] = (),
    stretches: Mapping[Key, Stretch] | None = None,
    alarms: Sequence[AlarmRecord] = (),
    shelves: Sequence[Shelf] = (),
    reminders: Mapping[int, Micros] | None = None,
    lingering: Sequence[Lingering] = (),
    flood: FloodRecord | None = None,
    tickets: Sequence[Ticket] = (),
    checklists: Sequence[RunRecord | Answer] = (),
    maintenances: Sequence[MaintenanceRecord] = (),
    planned: Sequence[PlannedRecord] = (),
    **counters: int,
) -> Checkpoint:
    """Where an earlier run ended, by what it left."""
    runs = tuple(each for each in checklists if isinstance(each, RunRecord))
    answers = tuple(each for each in checklists if isinstance(each, Answer))
    rows = {
        Intake.name: IntakeRows(reached, digests),
        Devices.name: DeviceRows(readings=readings),
        Evaluator.name: evaluations,
        Groups.name: stretches or {},
        Annunciator.name: alarms,
        Shelving.name: shelves,
        Realarm.name: reminders or {},
        Inhibition.name: lingering,
        Flood.name: flood,
        ServiceDesk.name: tickets,
        Checklists.name: ChecklistRows(runs, answers),
        Maintenance.name: maintenances,
        PlannedMaintenance.name: planned,
    }
    return Checkpoint(counters, rows)


def checkpoint_after(*steps: Seen) -> Checkpoint:
    """What a store would give back after these steps."""
    counters: dict[str, int] = {}
    alarms: dict[int, AlarmRecord] = {}
    shelves: dict[int, Shelf] = {}
    reminders: dict[int, Micros | None] = {}
    lingering: dict[str, Lingering | None] = {}
    tickets: dict[int, Ticket] = {}
    runs: dict[int, RunRecord] = {}
    answers: list[Answer] = []
    maintenance: dict[int, MaintenanceRecord] = {}
    planned: dict[int, PlannedRecord | None] = {}
    evaluations: dict[tuple[str, Subject], EvaluationRecord | None] = {}
    stretches: dict[Key, Stretch | None] = {}
    for seen in steps:
        stretches |= seen.stretches
        counters |= seen.changes.counters
        alarms |= {record.number: record for record in seen.alarms}
        reminders |= seen.reminders
        lingering |= seen.lingering
        shelves |= {shelf.number: shelf for shelf in seen.shelves}
        tickets |= {ticket.number: ticket for ticket in seen.tickets}
        runs |= {each.number: each for each in seen.checklists if isinstance(each, RunRecord)}
        answers += [each for each in seen.checklists if isinstance(each, Answer)]
        maintenance |= {record.number: record for record in seen.maintenance}
        planned |= seen.planned
        evaluations |= seen.evaluations
    return checkpoint(
        reached=next((seen.reached for seen in reversed(steps) if seen.reached), 0),
        digests=[digest for seen in steps for digest in zip(seen.digests[::2], seen.digests[1::2], strict=True)],
        readings=[reading for seen in steps for reading in seen.readings],
        evaluations=[each for each in evaluations.values() if each is not None],
        stretches={key: each for key, each in stretches.items() if each is not None},
        alarms=[*alarms.values()],
        reminders={number: due for number, due in reminders.items() if due is not None},
        lingering=[each for each in lingering.values() if each is not None],
        flood=next((seen.flood for seen in reversed(steps) if seen.flood), None),
        shelves=[shelf for shelf in shelves.values() if shelf.ended_at is None],
        maintenances=[record for record in maintenance.values() if record.ended_at is None],
        planned=[record for record in planned.values() if record is not None],
        tickets=[*tickets.values()],
        checklists=[*(run for run in runs.values() if run.is_open), *answers],
        **counters,
    )
