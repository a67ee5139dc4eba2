"""Devices that send at their intervals, in virtual time, with a store that restarts go on from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple

import msgspec

from gateway import parts
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.lifecycle import Step
from gateway.core.audit import AuditTrail
from gateway.core.configuration import Configuration
from gateway.core.devices.presence import Presences
from gateway.core.devices.requests import SetDown
from gateway.core.devices.watched import Presence
from gateway.core.engine import Engine, MakePart
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.kernel.events import Action, AuditRecord
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import MILLISECOND, SECOND, Micros
from gateway.core.profiles.profile import Profile
from gateway.core.rules.compiling import compile_rule
from gateway.core.rules.rule import RuleSpec
from gateway.core.site.site import DeviceSpec, Site, SiteHeader
from gateway.core.telemetry.readings import Message
from gateway.core.work.desk import ServiceDesk
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database
from gateway.store.writer import Writer
from tests.unit.core.sites import at

SENSOR: dict[str, Any] = {
    "profile": "sensor",
    "title": {"en": "Sensor"},
    "expect_every": "30s",
    "metrics": {
        "value": {"type": "float", "range": [0, 100]},
        "leak": {"type": "bool"},
        "online": {"type": "bool"},
    },
    "messages": [
        {"topic": "site/{site}/sensor/{device}/telemetry", "time": "ts"},
        {"topic": "site/{site}/sensor/{device}/online", "format": "plain", "values": {"online": {}}},
    ],
}


class Told(NamedTuple):
    """One step of an alarm `silent` that people were told."""

    second: float
    device: str
    step: str


class Switch(Action, frozen=True, kw_only=True):
    """A device goes down, or is up again."""

    device: str
    is_down: bool


class Switchboard(Part):
    """A part that knows which devices are down."""

    name: ClassVar[str] = "switchboard"
    actions: ClassVar[tuple[type[Action], ...]] = (Switch,)

    def __init__(self, seam: Seam) -> None:
        self._seam = seam

    def act(self, action: Action, now: Micros) -> None:
        """Ask for what the action says."""
        assert isinstance(action, Switch)
        self._seam.ask(SetDown(device=action.device, source=self.name, is_down=action.is_down, time=now))


class Fleet:
    """An engine with these devices of the profile `sensor`, whose time is set by the test: seconds from noon."""

    def __init__(
        self,
        *devices: Mapping[str, object] | str,
        rules: Iterable[RuleSpec] = (),
        database: Database | None = None,
        hears_at: float | None = 0.0,
        **profile: object,
    ) -> None:
        self._database = database
        self._uncommitted: list[Changes] = []
        self.told: list[Told] = []
        self.audit: list[AuditRecord] = []
        self.tickets: list[str] = []
        self.second = 0.0
        self.offset = 0.0
        """By how much the gateway's clock was set, in seconds."""
        self._packet = 0
        self.rules = tuple(rules)
        self.files = self.configure(*devices, **profile)
        self._start(0.0, Checkpoint())
        if hears_at is not None:
            self.hear_from(hears_at)

    def configure(self, *devices: Mapping[str, object] | str, **profile: object) -> Configuration:
        """The files of a site with these devices."""
        specs = [each if not isinstance(each, str) else {"id": each} for each in devices]
        sensor = Profile.model_validate({**SENSOR, **profile})
        header = SiteHeader.model_validate({"id": "s1", "name": {"en": "Site"}})
        by_id = {str(each["id"]): DeviceSpec.model_validate({"profile": "sensor", **each}) for each in specs}
        rules = tuple(compile_rule(rule, sensor) for rule in self.rules)
        return Configuration(Site(header, by_id), {"sensor": sensor}, rules)

    def say(self, second: float, *devices: str, stamp: float | None = None, **values: object) -> None:
        """Each of these devices sends a message at that second."""
        self.wait(second)
        for device in devices:
            now = self._now(second)
            time = now if stamp is None else self._now(stamp)
            payload = msgspec.json.encode({"ts": time // MILLISECOND, **(values or {"value": 1.0})})
            self.send(f"{device}/telemetry", payload)

    def send(self, topic: str, payload: bytes, **flags: Any) -> None:  # noqa: ANN401
        """A message with any payload."""
        self._packet += 1
        message = Message(f"site/s1/sensor/{topic}", payload, self._now(self.second), self._packet, **flags)
        self._note(self.engine.step([message]))

    def wait(self, second: float) -> None:
        """Time passes until then."""
        while (due := self.engine.next_due()) is not None and due <= self._now(second):
            self.second = max(self.second, (due - at(0)) / SECOND - self.offset)
            self._note(self.engine.tick(due))
        self.second = max(self.second, second)

    def snapshot(self) -> None:
        """The latest values are saved."""
        self._note(self.engine.snapshot(self._now(self.second)))
        while self.engine.has_unsaved:
            self._note(self.engine.snapshot(self._now(self.second)))

    def go_blind(self, second: float) -> None:
        """The gateway hears nothing from then on."""
        self.wait(second)
        self._note(self.engine.set_blind(self._now(second)))

    def hear_from(self, second: float) -> None:
        """The gateway hears from then on."""
        self.wait(second)
        self._note(self.engine.set_hearing(self._now(second)))

    def set_clock(self, second: float, by_s: float) -> None:
        """The gateway's clock is set forward or back."""
        self.wait(second)
        self.offset += by_s
        self._note(self.engine.clock_set(round(by_s * SECOND)))

    def restart(self, second: float, *, hears_at: float | None, files: Configuration | None = None) -> None:
        """The process ends at the present second, and begins again at that one."""
        if self._database is None:
            raise ValueError("a restart needs a store")
        self.commit()
        self.files = files or self.files
        self.second = max(self.second, second)
        self._start(second, load_checkpoint(self._database, parts.tables()))
        if hears_at is not None:
            self.hear_from(hears_at)

    def commit(self) -> None:
        """Store what has changed."""
        if self._database is not None:
            Writer(self._database, parts.tables()).commit(self._uncommitted)
            self._uncommitted = []

    def set_down(self, second: float, device: str, *, is_down: bool) -> None:
        """A device is down from then on, or no longer."""
        self.act(second, Switch(by="test", device=device, is_down=is_down))

    def act(self, second: float, action: Action) -> None:
        """A person does something."""
        self.wait(second)
        self._note(self.engine.act(action, self._now(second)))

    def presence(self, device: str) -> Presence:
        """Whether the device is heard."""
        return self.engine.part(Presences).find(device).state

    def silent(self) -> list[str]:
        """The devices whose alarm `silent` is raised now."""
        states = {}
        for each in self.told:
            states[each.device] = each.step
        return sorted(device for device, step in states.items() if step == Step.RAISE)

    def steps(self, device: str) -> list[tuple[float, str]]:
        """What people were told of the silence of a device."""
        return [(each.second, each.step) for each in self.told if each.device == device]

    def _start(self, second: float, checkpoint: Checkpoint) -> None:
        makers: dict[str, MakePart] = {**parts.makers(), Switchboard.name: lambda _files, seam: Switchboard(seam)}
        self.engine = Engine(self.files, makers, checkpoint, now=self._now(second))
        self._note(self.engine.beginning)

    def _note(self, changes: Changes) -> None:
        self._uncommitted.append(changes)
        for record in changes.parts.get(AuditTrail.name, ()):
            self.audit.append(record)
            if record.kind == "alarm" and record.subject.startswith("silent/"):
                device, step = record.subject.removeprefix("silent/"), str(record.data["step"])
                self.told.append(Told(round(self.second, 3), device, step))
        self.tickets += [f"{ticket.priority} {ticket.subject.id}" for ticket in changes.parts.get(ServiceDesk.name, ())]

    def _now(self, second: float) -> int:
        return at(second + self.offset)


def records(fleet: Fleet) -> list[Any]:
    """The alarms that the engine holds."""
    return fleet.engine.part(Annunciator).standing()
