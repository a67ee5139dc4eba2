"""A small house with a real engine and a real store, and the API before it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from gateway import parts
from gateway.api import create_api
from gateway.api.services import Health, Services
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.alarms.suppression import Suppress
from gateway.core.checklists.definition import ChecklistSpec
from gateway.core.checklists.part import Checklists
from gateway.core.checklists.requests import AttachChecklist, WithdrawChecklists
from gateway.core.configuration import Configuration
from gateway.core.devices.presence import Presences
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.events import Action
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.times import SECOND, Micros, to_datetime
from gateway.core.kernel.values import Value
from gateway.core.notices.ways import Channel
from gateway.core.profiles.profile import Profile
from gateway.core.rules.compiling import compile_rule, group_rules_of
from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.requests import SetActive
from gateway.core.rules.rule import Rule, RuleSpec
from gateway.core.site.maintenance import MaintenanceSpec, compile_window
from gateway.core.site.people import PersonSpec
from gateway.core.site.rosters import RosterSpec, compile_roster
from gateway.core.site.site import DeviceSpec, LocationSpec, Site, SiteHeader
from gateway.core.telemetry.readings import Message
from gateway.core.work.desk import ServiceDesk
from gateway.core.work.dispatch_spec import DispatchSpec
from gateway.core.work.escalation import ChainSpec
from gateway.core.work.tickets import TicketSource
from gateway.errors import SeriesUnavailable
from gateway.photos import PhotoStore
from gateway.series.port import Bucket
from gateway.store.database import Database
from gateway.store.work.queries import find_ticket
from gateway.store.writer import Writer
from tests.unit.empty_store import open_empty

NOON: Micros = 1_767_268_800 * SECOND
"""2026-01-01T12:00:00Z, when each test begins; 20:00 in the house's time zone."""

PUMP = Profile.model_validate(
    {
        "profile": "pump",
        "title": {"en": "Pump", "zh": "水泵"},
        "metrics": {
            "running": {"type": "bool"},
            "pressure": {"type": "float", "unit": "MPa", "range": [0, 2.5]},
        },
        "messages": [{"topic": "site/{site}/pump/{device}", "time": "ts"}],
    }
)
READER = Profile.model_validate(
    {
        "profile": "reader",
        "title": {"en": "Tag reader"},
        "metrics": {"tag": {"type": "tag"}},
        "messages": [{"topic": "site/{site}/reader/{device}"}],
    }
)
RULES: tuple[dict[str, Any], ...] = (
    {
        "id": "dry-run",
        "applies_to": {"profile": "pump"},
        "when": "running && pressure < 0.1",
        "severity": "critical",
        "title": {"en": "Running dry", "zh": "缺水运行"},
        "guidance": {"en": "Stop the pump."},
        "ticket": {"category": "pump", "priority": "P1", "team": "engineering"},
    },
    {
        "id": "overpressure",
        "applies_to": {"profile": "pump"},
        "when": "pressure > 2.0",
        "severity": "warning",
        "title": {"en": "Pressure too high"},
        "latched": True,
    },
    {
        "id": "slow-leak",
        "applies_to": {"profile": "pump"},
        "when": "pressure < 0.3",
        "for": "10min",
        "severity": "info",
        "title": {"en": "Pressure drops"},
    },
)

BURST = {
    "id": "burst",
    "applies_to": {"profile": "pump"},
    "when": "pressure > 2.2",
    "severity": "critical",
    "life_safety": True,
    "title": {"en": "Danger of bursting"},
}
"""A life-safety rule, for a house that needs one."""

BOTH_LOW = {
    "id": "both-low",
    "applies_to": {"profile": "pump"},
    "group_by": "profile",
    "at_least": {"devices": "all", "when": "pressure < 0.2", "within": "60s"},
    "severity": "critical",
    "title": {"en": "No pump delivers"},
    "ticket": {"category": "pump", "priority": "P1", "team": "engineering"},
}
"""A rule over both pumps, for a house that needs one."""

PEOPLE = (
    {
        "id": "ann",
        "name": {"en": "Ann"},
        "teams": ["engineering"],
        "contact": [{"phone": "+86 21 5555 0100"}],
    },
    {"id": "bob", "teams": ["engineering", "security"], "skills": ["pump"], "contact": [{"email": "bob@example.org"}]},
)
CHECKLIST = ChecklistSpec.model_validate(
    {
        "id": "pump-weekly",
        "title": {"en": "Weekly check", "zh": "周检"},
        "profile": "pump",
        "items": [
            {
                "id": "clean",
                "text": {"en": "Room clean", "zh": "机房清洁"},
                "kind": "pass_fail",
                "corrective": {"category": "pump", "priority": "P3", "team": "engineering"},
            },
            {"id": "noise", "text": {"en": "Noise"}, "kind": "number", "unit": "dB", "max": 80},
            {"id": "pressure", "text": {"en": "Pressure"}, "kind": "reading", "metric": "pressure", "min": 0.2},
            {
                "id": "seal",
                "text": {"en": "Seal"},
                "kind": "choice",
                "choices": ["dry", {"id": "wet", "text": {"en": "It leaks"}}],
                "fails": ["wet"],
            },
            {"id": "panel", "text": {"en": "Photo of the panel"}, "kind": "photo", "optional": True},
            {"id": "signature", "text": {"en": "Done by"}, "kind": "signature"},
        ],
    }
)
CLEANING = MaintenanceSpec.model_validate(
    {"devices": ["gate"], "every": {"hours": "21:00-21:30"}, "reason": {"en": "Cleaning"}}
)
ROSTER = {
    "team": "engineering",
    "shifts": [{"people": ["ann"], "hours": "08:00-20:00"}, {"people": ["bob"], "hours": "20:00-08:00"}],
}


def site_of(
    *,
    language: str = "en",
    expect_every: Mapping[str, str],
    powered_by: Mapping[str, str] | None = None,
    more_rules: Sequence[Mapping[str, Any]] = (),
    dispatch: DispatchSpec | None = None,
    chains: Sequence[Mapping[str, Any]] = (),
) -> Configuration:
    """Two pumps in a cellar and one reader at the gate; some are expected to send so often, or are powered."""
    header = SiteHeader.model_validate(
        {"id": "house", "name": {"en": "House", "zh": "房子"}, "timezone": "Asia/Shanghai", "language": language}
    )
    powering = powered_by or {}
    devices: list[dict[str, Any]] = [
        {"id": "pump-1", "profile": "pump", "location": "b1.pumps", "name": {"en": "Pump 1", "zh": "一号泵"}},
        {"id": "pump-2", "profile": "pump", "location": "b1", "criticality": "high"},
        {"id": "gate", "profile": "reader"},
    ]
    locations: list[dict[str, Any]] = [
        {"id": "b1"},
        {"id": "b1.pumps", "parent": "b1", "name": {"en": "Pump room", "zh": "泵房"}},
        {"id": "garden"},
    ]
    return Configuration(
        site=Site(
            header=header,
            devices={
                spec["id"]: DeviceSpec.model_validate(
                    {**spec, "expect_every": expect_every.get(spec["id"]), "powered_by": powering.get(spec["id"])}
                )
                for spec in devices
            },
            locations={place["id"]: LocationSpec.model_validate(place) for place in locations},
            people={str(person["id"]): PersonSpec.model_validate(person) for person in PEOPLE},
            maintenance=(compile_window(CLEANING, frozenset({"gate"}), ZoneInfo(header.timezone), {}),),
            rosters={"engineering": compile_roster(RosterSpec.model_validate(ROSTER), ZoneInfo(header.timezone), {})},
        ),
        profiles={"pump": PUMP, "reader": READER},
        rules=tuple(compiled for rule in [*RULES, *more_rules] for compiled in _compiled(rule)),
        dispatch=dispatch,
        escalation=tuple(ChainSpec.model_validate(chain) for chain in chains),
        checklists={CHECKLIST.id: CHECKLIST},
    )


def _compiled(rule: Mapping[str, Any]) -> tuple[Rule, ...]:
    spec = RuleSpec.model_validate(rule)
    return group_rules_of(spec, {"pump": PUMP}) if spec.group_by is not None else (compile_rule(spec, PUMP),)


@dataclass(slots=True)
class FakeSeries:
    """Answers with the buckets it was given, and remembers what it was asked."""

    buckets: list[Bucket] = field(default_factory=list)
    asked: list[dict[str, object]] = field(default_factory=list)
    away: bool = False

    def query(
        self,
        device: str,
        profile: Profile,
        metric: str,
        *,
        start: Micros,
        end: Micros,
        bucket: Micros | None,
        limit: int,
    ) -> Sequence[Bucket]:
        """The buckets, cut at the limit."""
        if self.away:
            raise SeriesUnavailable("the series store is asleep")
        self.asked.append(
            {"device": device, "metric": metric, "start": start, "end": end, "bucket": bucket, "limit": limit}
        )
        return self.buckets[:limit]


_APPLICATIONS: dict[frozenset[str], FastAPI] = {}
"""By the names with a dot under which they may be reached."""


class House:
    """Messages go in at `say`, time goes on with `later`, and `api` answers."""

    def __init__(
        self,
        directory: Path,
        *,
        language: str = "en",
        hosts: frozenset[str] = frozenset(),
        expect_every: Mapping[str, str] | None = None,
        powered_by: Mapping[str, str] | None = None,
        knows_time: bool = True,
        more_rules: Sequence[Mapping[str, Any]] = (),
        dispatch: DispatchSpec | None = None,
        channels: Collection[Channel] = (),
        chains: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Unless `dispatch` says otherwise tickets wait for a person, and without `channels` nobody can be told.

        `chains` say who is told of tickets that are overdue.
        """
        self.now: Micros = NOON
        self.database: Database = open_empty(directory)
        configuration = site_of(
            language=language,
            expect_every=expect_every or {},
            powered_by=powered_by,
            more_rules=more_rules,
            dispatch=dispatch,
            chains=chains,
        )
        self.engine = Engine(configuration, parts.makers(channels=channels), now=NOON, knows_time=knows_time)
        self.engine.set_hearing(NOON)
        self.series = FakeSeries()
        self.photos = PhotoStore(directory / "photos", 10**6)
        self.health = Health(
            broker_online=True,
            broker_problem="",
            store_problem="",
            series_available=True,
            series_problem="",
            series_backlog=0,
            outbox_backlog=0,
            started_at=NOON,
            committed_messages=0,
            quarantined_changes=0,
            failing_tasks=(),
            restarts={},
            damaged_rows=0,
            waited_s=0.0,
            direct_raises=0,
            disk_free_bytes=10**9,
            reserve_bytes=2**25,
            journal_bytes=0,
            dropped_messages=0,
        )
        self.disk_is_full = False
        """Then nothing is committed."""
        self._writer = Writer(self.database, parts.tables())
        self.services = Services(
            configuration=configuration,
            devices=self.engine.devices,
            blind_since=lambda: self.engine.blind_since,
            knows_time=lambda: self.engine.knows_time,
            presence=self.engine.part(Presences).find,
            standing_alarms=self.engine.part(Annunciator).standing_on,
            standing_alarm_of=self.engine.part(Annunciator).standing_of,
            standing_severities=self.engine.part(Annunciator).severities,
            explain=self.engine.part(Evaluator).explain,
            groups=self.engine.part(Evaluator).groups,
            database=self.database,
            series=self.series,
            photos=self.photos,
            act=self.act,
            counts=self.engine.counts,
            now=lambda: self.now,
            health=lambda: self.health,
            hosts=hosts,
        )

    @property
    def application(self) -> FastAPI:
        """The application of the API, asked of this house from now on: all share one, as making it takes a while."""
        hosts = self.services.hosts
        if hosts not in _APPLICATIONS:
            _APPLICATIONS[hosts] = create_api(self.services, parts.routers())
        _APPLICATIONS[hosts].state.services = self.services
        return _APPLICATIONS[hosts]

    async def api(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The API of this house, as an ASGI application."""
        await self.application(scope, receive, send)

    def say(self, device: str, *, profile: str = "pump", stamped: bool = True, **values: Value) -> None:
        """A device sends values, with the time of now."""
        if stamped and profile == "pump":
            values["ts"] = to_datetime(self.now).isoformat()
        self.send(f"site/house/{profile}/{device}", json.dumps(values).encode())

    def send(self, topic: str, payload: bytes) -> None:
        """A message comes in, is evaluated and committed."""
        self._commit(self.engine.step([Message(topic, payload, self.now)]))

    def later(self, seconds: float) -> None:
        """Time passes."""
        self.now += round(seconds * SECOND)
        self._commit(self.engine.tick(self.now))

    async def act(self, action: Action) -> None:
        """What a person wants is done and committed."""
        self._commit(self.engine.act(action, self.now))

    def report(self, rule: BuiltinRule, detail: str | None) -> None:
        """Something is wrong with the gateway itself, or with None no longer."""
        self._commit(self.engine.report(rule, detail, self.now))

    def set_active(self, rule: str, *, is_active: bool) -> None:
        """The active hours of a rule begin or end."""
        self.engine.part(Evaluator).serve(SetActive(rule=rule, is_active=is_active, time=self.now))

    def suppress(self, request: Suppress) -> None:
        """A part above alarms keeps some of them from people."""
        self.engine.part(Annunciator).serve(request)

    def ill(self, **problems: object) -> None:
        """Something about the gateway's health changes."""
        self.health = replace(self.health, **problems)  # type: ignore[arg-type]

    def run_dry(self, device: str = "pump-1") -> None:
        """A pump runs dry, one second later than the last thing that happened."""
        self.later(1)
        self.say(device, running=True, pressure=0.01)

    def recover(self, device: str = "pump-1") -> None:
        """It has water again."""
        self.later(1)
        self.say(device, running=True, pressure=0.5)

    def add_planned_ticket(self) -> None:
        """Beside the ticket of an alarm, one of a plan about a place."""
        ticket = find_ticket(self.database, 1)
        assert ticket is not None
        cellar = Subject(SubjectKind.LOCATION, "b1")
        planned = msgspec.structs.replace(ticket, number=2, source=TicketSource.PLAN, alarm=None, subject=cellar)
        self._commit(Changes({ServiceDesk.name: [planned]}))

    def attach(self, about: str = "ticket:12", device: str | None = "pump-1") -> None:
        """A part above has the checklist answered."""
        request = AttachChecklist(about=Subject.parse(about), checklist=CHECKLIST.id, device=device, time=self.now)
        self.engine.part(Checklists).serve(request)
        self.later(0)

    def withdraw(self, about: str = "ticket:12") -> None:
        """A part above does not need it any more."""
        request = WithdrawChecklists(about=Subject.parse(about), why="cancelled", time=self.now)
        self.engine.part(Checklists).serve(request)
        self.later(0)

    def close(self) -> None:
        """Let go of the files."""
        self.photos.close()
        self.database.close()

    def _commit(self, changes: Changes) -> None:
        if not changes.is_empty and not self.disk_is_full:
            self._writer.commit([changes])
