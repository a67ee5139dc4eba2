"""A site with people, whose engine can be restarted at any moment from what it has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import msgspec

from gateway import parts
from gateway.core.audit import AuditTrail
from gateway.core.configuration import Configuration
from gateway.core.duty.actions import AskOnDuty, ComeBack, GoAbsent
from gateway.core.duty.part import PeopleOnDuty
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes, Publication
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.kernel.events import Action, AuditRecord, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.subjects import GATEWAY, Subject, SubjectKind
from gateway.core.kernel.times import SECOND, Micros
from gateway.core.kernel.urgency import Priority
from gateway.core.notices.part import Notices
from gateway.core.notices.requests import AskReachable, Hush, NoticeDelivered, NoticeFailed, NoticeSent, Tell
from gateway.core.site.people import PersonSpec
from gateway.core.site.rosters import RosterSpec, compile_roster
from gateway.core.telemetry.batch import Batch
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.quarantine import RejectedKind
from gateway.core.telemetry.readings import Message
from gateway.core.work.actions import OpenTicket
from gateway.core.work.asks import Ask, DispatchRows
from gateway.core.work.clocks import ClockKind
from gateway.core.work.desk import ServiceDesk
from gateway.core.work.dispatch import Dispatch
from gateway.core.work.dispatch_spec import DispatchSpec
from gateway.core.work.escalating import TicketEscalation
from gateway.core.work.escalation import ChainSpec
from gateway.core.work.reporting import Reports
from gateway.core.work.tickets import Ticket
from tests.unit.core.sites import NOON, site

ZONE = ZoneInfo("Asia/Shanghai")
PEOPLE: Sequence[Mapping[str, Any]] = (
    {"id": "ann", "name": "Ann", "teams": ["engineering", "cleaning"]},
    {"id": "bob", "name": "Bob", "teams": ["engineering"]},
    {"id": "cai", "name": "Cai", "teams": ["engineering"], "skills": ["lift"]},
    {"id": "dan", "teams": ["engineering"]},
)
ROSTER: Mapping[str, Any] = {
    "team": "engineering",
    "shifts": [{"people": ["ann", "bob", "cai"], "hours": "08:00-20:00"}, {"people": ["dan"], "hours": "20:00-08:00"}],
}
"""The tests begin at 16:00: four hours of the day are left."""
BY_DEFAULT = DispatchSpec()
"""Dispatch of a site that says nothing of it."""


def staffed(
    people: Sequence[Mapping[str, Any]] = PEOPLE,
    *,
    dispatch: DispatchSpec | None = BY_DEFAULT,
    language: str = "en",
    roster: Mapping[str, Any] | None = ROSTER,
    chains: Sequence[Mapping[str, Any]] = (),
) -> Configuration:
    """Ann, Bob and Cai have the day, and Dan the night; only Cai knows lifts. Cleaning is Ann's, without a roster."""
    files = site(language=language)
    members = {str(each["id"]): PersonSpec.model_validate(each) for each in people}
    rosters = {} if roster is None else {"engineering": compile_roster(RosterSpec.model_validate(roster), ZONE, {})}
    return replace(
        files,
        site=replace(files.site, people=members, rosters=rosters),
        dispatch=dispatch,
        escalation=tuple(ChainSpec.model_validate(each) for each in chains),
    )


class Letters(Part):
    """Stands in for notices: keeps what is to be told, the same once, and tells at once who cannot be reached."""

    name: ClassVar[str] = Notices.name
    actions: ClassVar[tuple[type[Action], ...]] = (NoticeSent,)
    requests: ClassVar[tuple[type[Request], ...]] = (Tell, Hush, AskReachable)

    def __init__(self, kept: list[Tell | Hush], unreachable: set[str], seam: Seam) -> None:
        self._kept = kept
        self._unreachable = unreachable
        self._seam = seam

    def serve(self, request: Request) -> None:
        """Keep it, or say who can be reached."""
        if isinstance(request, AskReachable):
            request.answer([each for each in request.people if each not in self._unreachable])
            return
        assert isinstance(request, Tell | Hush)
        if isinstance(request, Tell) and request.people:
            known = {
                person
                for each in self._kept
                if isinstance(each, Tell) and each.key == request.key
                for person in each.people
            }
            request = msgspec.structs.replace(
                request, people=tuple(each for each in request.people if each not in known)
            )
            if not request.people:
                return
        self._kept.append(request)
        if isinstance(request, Tell):
            for person in self._unreachable & {*request.people}:
                self._seam.emit(NoticeFailed(about=request.about, key=request.key, person=person, time=request.time))

    def act(self, action: Action, now: Micros) -> None:
        """A message arrives, whatever it says, at the person who is named as `by`."""
        self._seam.emit(NoticeDelivered(about=GATEWAY, key="", person=action.by))


class Works:
    """An engine with people; times are seconds from the beginning."""

    def __init__(self, files: Configuration | None = None, *, knows_time: bool = True) -> None:
        self.files = files or staffed()
        self.now: Micros = NOON
        self.tickets: dict[int, Ticket] = {}
        self.asks: dict[int, Ask] = {}
        self.trail: list[AuditRecord] = []
        self.letters: list[Tell | Hush] = []
        self.unreachable: set[str] = set()
        self.published: list[Publication] = []
        self.rejected: list[RejectedKind] = []
        self._rows: dict[str, dict[Any, Any]] = {}
        self._counters: dict[str, int] = {}
        self._knows_time = knows_time
        self._start()

    def restart(self, files: Configuration | None = None, *, knows_time: bool = True) -> None:
        """The gateway is killed and started again, with other files or the same."""
        self.files = files or self.files
        self._knows_time = knows_time
        self._start()

    def open(self, category: str = "pump", *, priority: str = "P1", team: str = "engineering") -> int:
        """Somebody reports something; the number of its ticket."""
        before = set(self.tickets)
        self.act(
            OpenTicket(
                subject=Subject.of_device("p1"),
                category=category,
                priority=Priority(priority),
                team=team,
                title="It leaks",
                by="Li Wei",
            )
        )
        self.run(0)
        return (set(self.tickets) - before).pop()

    def act(self, action: Action) -> None:
        """A person does something."""
        self._take(self.engine.act(action, self.now))

    def hear(
        self, topic: str, payload: bytes, *, packet_id: int = 0, redelivered: bool = False, retained: bool = False
    ) -> None:
        """A message comes from the broker."""
        message = Message(topic, payload, self.now, packet_id, redelivered=redelivered, retained=retained)
        self._take(self.engine.step([message]))
        self.run(0)

    def away(self, person: str, **fields: Any) -> None:  # noqa: ANN401
        """Somebody goes away."""
        self.act(GoAbsent(person=person, by="Li Wei", **fields))
        self.run(0)

    def back(self, person: str) -> None:
        """Somebody comes back."""
        self.act(ComeBack(person=person, by="Li Wei"))
        self.run(0)

    def lose(self, person: str) -> None:
        """Somebody cannot be reached from now on."""
        self.unreachable.add(person)

    def reach(self, person: str) -> None:
        """Something has arrived at somebody, who can be reached from now on."""
        self.unreachable.discard(person)
        self.act(NoticeSent(number=0, by=person))
        self.run(0)

    def run(self, seconds: float) -> None:
        """So much time passes; timers are late by nothing."""
        end = self.now + round(seconds * SECOND)
        while (due := self.engine.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self._take(self.engine.tick(self.now))
        self.now = end

    def set_clock(self, seconds: float, *, knows_time: bool = True) -> None:
        """The clock is set by so much."""
        by = round(seconds * SECOND)
        self.now += by
        self._take(self.engine.clock_set(by, knows_time=knows_time))

    def on_duty(self, team: str = "engineering") -> list[str]:
        """Who is on duty now."""
        found: list[str] = []
        self.engine.part(PeopleOnDuty).serve(AskOnDuty(team=team, at=self.now, answer=found.extend))
        return found

    def steps(self, ticket: int) -> list[tuple[str, str | None]]:
        """The steps of a ticket, and to whom they lead."""
        return [
            (str(each.data["step"]), str(to) if (to := each.data.get("to")) is not None else None)
            for each in self.trail
            if each.kind == "ticket" and each.subject == str(ticket)
        ]

    def asked(self, ticket: int) -> list[str]:
        """Who was given the ticket, in order."""
        return [to for step, to in self.steps(ticket) if step in ("assign", "hand over") and to is not None]

    def told(self, ticket: int, kind: str = "") -> list[tuple[str, tuple[str, ...], float]]:
        """What colleagues were told of a ticket: the kind, whom, and how many seconds after the beginning."""
        about = Subject(SubjectKind.TICKET, str(ticket))
        found = [each for each in self.letters if isinstance(each, Tell) and each.about == about]
        return [
            (each.kind, each.people, (each.time - NOON) / SECOND)
            for each in found
            if each.kind.startswith(kind) and each.contact is None
        ]

    def climbs(self) -> set[tuple[int, ClockKind]]:
        """The breaches of which people are being told."""
        return {*self._rows.get(TicketEscalation.name, {})}

    def rows(self) -> dict[str, Any]:
        """What the store holds."""
        return {name: dict(rows) for name, rows in self._rows.items()}

    def _start(self) -> None:
        kept = {name: [*rows.values()] for name, rows in self._rows.items()}
        rows = {
            ServiceDesk.name: kept.get(ServiceDesk.name, []),
            PeopleOnDuty.name: kept.get(PeopleOnDuty.name, []),
            Dispatch.name: DispatchRows(kept.get(Dispatch.name, []), dict(self._rows.get("turns", {}))),
            TicketEscalation.name: kept.get(TicketEscalation.name, []),
            Reports.name: kept.get(Reports.name, []),
        }
        before = Checkpoint(dict(self._counters), rows)
        makers = {
            **parts.makers(),
            Notices.name: lambda _files, seam: Letters(self.letters, self.unreachable, seam),
        }
        self.engine = Engine(self.files, makers, before, now=self.now, knows_time=self._knows_time)
        self._take(self.engine.beginning)
        self._take(self.engine.set_hearing(self.now))
        self.run(0)

    def _take(self, changes: Changes) -> None:
        self._counters |= changes.counters
        self.trail += changes.parts.get(AuditTrail.name, [])
        self.tickets |= {ticket.number: ticket for ticket in changes.parts.get(ServiceDesk.name, [])}
        self._rows[ServiceDesk.name] = dict(self.tickets)
        self._merge(PeopleOnDuty.name, changes.parts.get(PeopleOnDuty.name, {}))
        self._merge(TicketEscalation.name, changes.parts.get(TicketEscalation.name, {}))
        known = {each.key: None if each.is_forgotten else each for each in changes.parts.get(Reports.name, [])}
        self._merge(Reports.name, known)
        self.published += changes.publications
        self.rejected += [kind for batch in self._batches(changes) for kind in batch.rejections]
        dispatched = changes.parts.get(Dispatch.name)
        if dispatched is not None:
            self._merge(Dispatch.name, dispatched.asks)
            self._merge("turns", dispatched.turns)
            self.asks = dict(self._rows[Dispatch.name])

    def _batches(self, changes: Changes) -> list[Batch]:
        batch = changes.parts.get(Intake.name)
        return [batch] if isinstance(batch, Batch) else []

    def _merge(self, name: str, changed: Mapping[Any, Any]) -> None:
        kept = {**self._rows.get(name, {}), **changed}
        self._rows[name] = {key: value for key, value in kept.items() if value is not None}
