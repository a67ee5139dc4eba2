"""A site with people whom its gateway tells of alarms: an engine, its store, and messages that a test lets arrive."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from gateway import parts
from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.lifecycle import State
from gateway.core.audit import AuditTrail
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.kernel.events import Action, AuditRecord
from gateway.core.kernel.times import SECOND, Micros
from gateway.core.notices.notice import Notice, NoticeState
from gateway.core.notices.part import Notices
from gateway.core.notices.proof import ProofSpec
from gateway.core.notices.quiet_hours import QuietHoursSpec
from gateway.core.notices.requests import NoticeNotSent, NoticeSent
from gateway.core.notices.routes import RouteSpec
from gateway.core.notices.rows import NoticeChanges, NoticeRows
from gateway.core.notices.settings import compile_notice_settings
from gateway.core.notices.troubles import Trouble
from gateway.core.notices.watch import WatchRecord
from gateway.core.notices.ways import ALL_CHANNELS, Channel
from gateway.core.rules.evaluation import EvaluationRecord
from gateway.core.rules.evaluator import Evaluator
from gateway.core.site.calendars import CalendarSpec, compile_calendar
from gateway.core.site.people import PersonSpec
from gateway.core.site.rosters import RosterSpec, compile_roster
from gateway.core.telemetry.batch import IntakeRows
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.readings import Message
from gateway.core.work.dispatch import Dispatch
from gateway.core.work.escalating import TicketEscalation
from tests.unit.core.sites import NOON, rule_spec, site

K = TypeVar("K")
V = TypeVar("V")

MAIL, PHONE = {"email": "tech-1@example.org"}, {"phone": "+86 21 5555 0100"}
TECH: dict[str, Any] = {"id": "tech-1", "name": "Li Wei", "teams": ["engineering"], "contact": [MAIL, PHONE]}
CHIEF: dict[str, Any] = {"id": "chief-1", "teams": ["chiefs"], "contact": [{"phone": "+86 21 5555 0200"}]}
RULES = {
    "critical": rule_spec(id="low", when="pressure < 0.1"),
    "warning": rule_spec(
        title={"en": "Many starts", "zh": "频繁启动"}, id="starts", when="starts > 10", severity="warning"
    ),
    "fire": rule_spec(title={"en": "Bursting"}, id="danger", when="pressure > 2", life_safety=True),
    "info": rule_spec(id="note", when="running", severity="info", ticket=None),
}
WORST: dict[str, dict[str, object]] = {
    "critical": {"pressure": 0.05},
    "warning": {"starts": 12},
    "fire": {"pressure": 2.2},
}


def configuration(
    *,
    people: Sequence[Mapping[str, Any]] = (TECH,),
    routes: Sequence[Mapping[str, Any]] = (),
    rosters: Sequence[Mapping[str, Any]] = (),
    calendars: Mapping[str, Mapping[str, Any]] | None = None,
    quiet_hours: Mapping[str, Any] | None = None,
    proof: Mapping[str, Any] | None = None,
    language: str = "en",
    rules: Sequence[str] = ("critical", "warning", "fire"),
) -> Configuration:
    """The site of two pumps, with people."""
    plain = site(*(RULES[name] for name in rules), language=language)
    zone = plain.site.zone
    compiled = {
        name: compile_calendar(CalendarSpec.model_validate(each), zone, holidays={}, calendars={})
        for name, each in (calendars or {}).items()
    }
    duty = [RosterSpec.model_validate(each) for each in rosters]
    full = replace(
        plain.site,
        people={str(each["id"]): PersonSpec.model_validate(each) for each in people},
        calendars=compiled,
        rosters={each.team: compile_roster(each, zone, compiled) for each in duty},
    )
    settings = compile_notice_settings(
        full,
        [RouteSpec.model_validate(each) for each in routes],
        None if quiet_hours is None else QuietHoursSpec.model_validate(quiet_hours),
        ProofSpec.model_validate(proof or {"day": "never"}),
    )
    return replace(plain, site=full, notices=settings)


class Office:
    """The engine of such a site. Times are seconds after 16:00 on a Friday, by the clocks of the site."""

    def __init__(
        self,
        files: Configuration | None = None,
        *,
        knows_time: bool = True,
        channels: frozenset[Channel] = ALL_CHANNELS,
        start_s: float = 0.0,
    ) -> None:
        self.files = files or configuration()
        self.channels = channels
        self.now: Micros = NOON + round(start_s * SECOND)
        self._packet = 0
        self.counters: dict[str, int] = {}
        self.notices: dict[int, Notice] = {}
        self.watches: dict[int, WatchRecord] = {}
        self.times: dict[str, Micros] = {}
        self.troubles: dict[Trouble, str] = {}
        self.alarms: dict[int, AlarmRecord] = {}
        self.evaluations: dict[Any, EvaluationRecord | None] = {}
        self.events: list[AuditRecord] = []
        self.handed: list[Notice] = []
        """Every notice that was to be sent, each time that it was."""
        self.flying: dict[int, Notice] = {}
        """What the shell sends at present, by number, also where it was given up since."""
        self.engine = self._make(Checkpoint(), knows_time=knows_time)

    def _make(self, checkpoint: Checkpoint, *, knows_time: bool = True) -> Engine:
        every = parts.makers(channels=self.channels)
        of_tickets = (Dispatch.name, TicketEscalation.name)  # what is told of tickets would be told beside the alarms
        makers = {name: make for name, make in every.items() if name not in of_tickets}
        self.engine = Engine(self.files, makers, checkpoint, now=self.now, knows_time=knows_time)
        self.commit(self.engine.beginning)
        self.commit(self.engine.set_hearing(self.now))
        return self.engine

    def commit(self, changes: Changes) -> None:
        """What the store keeps, and what the shell is told to send."""
        self.counters |= changes.counters
        self.alarms |= {record.number: record for record in changes.parts.get(Annunciator.name, ())}
        self.evaluations |= changes.parts.get(Evaluator.name, {})
        self.events += changes.parts.get(AuditTrail.name, ())
        changed: NoticeChanges | None = changes.parts.get(Notices.name)
        if changed is None:
            return
        for notice in changed.notices:
            before = self.notices.get(notice.number)
            self.notices[notice.number] = notice
            is_sent_already = before is not None and before.state is NoticeState.SENDING
            if notice.state is NoticeState.SENDING and not is_sent_already:
                self.handed.append(notice)
                self.flying[notice.number] = notice
        self.times |= changed.times
        self.watches = _merged(self.watches, changed.watches)
        self.troubles = _merged(self.troubles, changed.troubles)

    def restart(self, files: Configuration | None = None, *, after_s: float = 0.0, knows_time: bool = True) -> None:
        """Stop, and start from what is stored."""
        self.files = files or self.files
        self.now += round(after_s * SECOND)
        rows: dict[str, object] = {
            Intake.name: IntakeRows(self.now, ()),
            Evaluator.name: [each for each in self.evaluations.values() if each is not None],
            Annunciator.name: [*self.alarms.values()],
            Notices.name: self.rows(),
        }
        self.flying = {}
        handed_before = {each.number for each in self.under_way}
        self._make(Checkpoint(dict(self.counters), rows), knows_time=knows_time)
        for number in sorted(handed_before):
            if self.notices[number].state is NoticeState.SENDING:
                self.handed.append(self.notices[number])
                self.flying[number] = self.notices[number]

    def rows(self) -> NoticeRows:
        """What the store gives back."""
        found = self.notices.values()
        return NoticeRows(
            tuple(each for each in found if each.is_open),
            tuple(self.watches.values()),
            dict(self.times),
            dict(self.troubles),
            tuple(
                (each.told_key, f"{each.told_key}/{each.way}", each.state is NoticeState.DELIVERED) for each in found
            ),
        )

    def wait(self, seconds: float) -> None:
        """Let time pass; each timer is served when it is due."""
        end = self.now + round(seconds * SECOND)
        while (due := self.engine.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self.commit(self.engine.tick(self.now))
        self.now = end

    def wait_delivering(self, seconds: float) -> None:
        """The same, and each message arrives at once."""
        self._wait(seconds, self.deliver_all)

    def wait_failing(self, seconds: float) -> None:
        """The same, and no attempt succeeds."""
        self._wait(seconds, self.fail_whatever_comes)

    def _wait(self, seconds: float, report: Callable[[], None]) -> None:
        end = self.now + round(seconds * SECOND)
        report()
        while (due := self.engine.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self.commit(self.engine.tick(self.now))
            report()
        self.now = end

    def say(self, device: str = "p1", **values: object) -> None:
        """A pump reports."""
        self._packet += 1
        payload = msgspec.json.encode({"ts": self.now // 1000, **values})
        message = Message(f"site/s1/pump/{device}/telemetry", payload, self.now, self._packet)
        self.now += 1000
        self.commit(self.engine.step([message]))

    def breach(self, kind: str, device: str = "p1") -> None:
        """An alarm of this kind is raised, unless it stands."""
        self.say(device, **WORST[kind])

    def recover(self, device: str = "p1") -> None:
        """No alarm of the pump holds any more."""
        self.say(device, pressure=1.0, starts=0)

    def act(self, action: Action) -> None:
        """Somebody acts."""
        self.commit(self.engine.act(action, self.now))

    def acknowledge(self, number: int) -> None:
        """Somebody acknowledges an alarm."""
        self.act(Acknowledge(alarm=number, by="Li Wei"))

    def acknowledge_all(self) -> None:
        """Somebody acknowledges whatever waits for it."""
        for alarm in [*self.alarms.values()]:
            if alarm.state in (State.UNACKNOWLEDGED, State.RETURNED):
                self.acknowledge(alarm.number)

    @property
    def under_way(self) -> list[Notice]:
        """What is being sent."""
        return [each for each in self.notices.values() if each.state is NoticeState.SENDING]

    def deliver(self, notice: Notice) -> None:
        """The message arrives."""
        self.flying.pop(notice.number, None)
        self.act(NoticeSent(number=notice.number, by="the gateway"))

    def deliver_all(self) -> None:
        """Whatever is under way arrives, and what follows it."""
        while self.flying:
            self.deliver(self.flying[min(self.flying)])

    def fail(self, notice: Notice, reason: str = "no route to host", *, is_final: bool = False) -> None:
        """The message is not taken."""
        self.flying.pop(notice.number, None)
        self.act(NoticeNotSent(number=notice.number, reason=reason, is_final=is_final, by="the gateway"))

    def fail_all(self, *, where: Callable[[Notice], bool] = lambda _notice: True, is_final: bool = False) -> None:
        """Whatever is under way is not taken."""
        for notice in [each for _, each in sorted(self.flying.items()) if where(each)]:
            self.fail(notice, is_final=is_final)

    def fail_whatever_comes(self) -> None:
        """The same, also of what is sent in its place."""
        while self.flying:
            self.fail_all()

    def sent(self) -> list[str]:
        """Who was told of what by which channel, in the order in which it was to be sent; forgets it."""
        handed, self.handed = self.handed, []
        return [f"{each.person} {each.way.channel.value}: {each.title}" for each in handed]

    def standing(self, rule: str) -> AlarmRecord | None:
        """The alarm of a rule that is not back to normal."""
        found = [each for each in self.alarms.values() if each.rule == rule and each.state is not State.NORMAL]
        return found[-1] if found else None

    def number(self, rule: str = "low") -> int:
        """The number of the alarm of a rule that stands."""
        alarm = self.standing(rule)
        assert alarm is not None
        return alarm.number


def _merged(rows: dict[K, V], changed: Mapping[K, V | None]) -> dict[K, V]:
    """The rows after a change; None deletes one."""
    kept = {key: row for key, row in rows.items() if key not in changed}
    return kept | {key: row for key, row in changed.items() if row is not None}
