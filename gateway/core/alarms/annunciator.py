"""The part that raises, suppresses and returns alarms, and lets people acknowledge and reset them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from gateway.core.alarms.actions import (
    Acknowledge,
    AlarmAction,
    Comment,
    EndAlarm,
    LinkTicket,
    MarkRaise,
    RaiseAgain,
    RaiseAlarm,
    Reset,
)
from gateway.core.alarms.alarm import Alarm, AlarmRecord, AlarmView
from gateway.core.alarms.builtin import BUILTIN
from gateway.core.alarms.chatter import Chatter
from gateway.core.alarms.covering import Covering
from gateway.core.alarms.definitions import Definitions
from gateway.core.alarms.events import AlarmStands
from gateway.core.alarms.lifecycle import State, Step
from gateway.core.alarms.moves import Moves
from gateway.core.alarms.occurrences import Occurrences
from gateway.core.alarms.standing import StandingAlarms
from gateway.core.alarms.suppression import Release, Suppress, Suppressions
from gateway.core.devices.requests import KeepSilent
from gateway.core.kernel.blindness import BecameBlind, HearsAgain
from gateway.core.kernel.doubt import ClockCorrected
from gateway.core.kernel.errors import UnknownAlarm
from gateway.core.kernel.events import Action, Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.rules.events import Breached, Cleared, StillActive
from gateway.core.rules.groups.events import MembersCleared, MembersJoined
from gateway.core.rules.requests import KeepActive
from gateway.core.rules.rule import Rule
from gateway.core.rules.silence import SILENT
from gateway.core.site.site import Site


class Annunciator(Part):
    """Holds the standing alarms of a site and decides which step each makes."""

    name: ClassVar[str] = "alarms"
    actions: ClassVar[tuple[type[Action], ...]] = (Acknowledge, Reset, Comment)
    requests: ClassVar[tuple[type[Request], ...]] = (
        LinkTicket,
        MarkRaise,
        RaiseAlarm,
        EndAlarm,
        RaiseAgain,
        Suppress,
        Release,
    )

    def __init__(self, site: Site, rules: Sequence[Rule], seam: Seam) -> None:
        self._seam = seam
        self._definitions = Definitions(site, rules)
        self._standing = StandingAlarms()
        self._moves = Moves(site, self._definitions, self._standing, seam)
        self._suppressions = Suppressions()
        self._chatter = Chatter(self._definitions, self._moves, seam)
        self._occurrences = Occurrences(
            self._definitions, self._standing, self._moves, self._suppressions, self._chatter, seam
        )
        self._covering = Covering(
            self._definitions, self._standing, self._moves, self._suppressions, self._occurrences, seam
        )

    def restore(self, rows: Sequence[AlarmRecord], now: Micros) -> None:
        """Restore the standing alarms; remove those whose rule or device no longer exists.

        `rows` may hold alarms that are back to normal: only how often they have occurred matters of them.
        """
        self._covering.is_restoring = True
        for record in sorted(rows, key=lambda record: record.latest_raise):
            if record.state is State.NORMAL:
                self._chatter.remember(record)
                continue
            definition = self._definitions.of(record)
            alarm = Alarm.from_record(record, latched=definition is not None and definition.latched)
            self._standing.put_on_top(alarm)
            if definition is None:
                why = self._definitions.why_removed(alarm.rule, alarm.subject)
                self._moves.make(alarm, Step.REMOVE, now, note=why)
                continue
            self._chatter.restore(alarm)
            self._occurrences.follow(alarm, definition, now)
            if alarm.holds and not alarm.is_held_back:
                alarm.levels = {definition.severity.value}
            raised = alarm.holds and not alarm.is_held_back
            if raised and alarm.rule == SILENT:
                self._seam.ask(KeepSilent(device=alarm.subject.id))
            elif raised and alarm.rule not in BUILTIN:
                self._seam.ask(
                    KeepActive(
                        rule=alarm.rule,
                        subject=alarm.subject,
                        severity=definition.severity.value,
                        evidence=alarm.evidence,
                        time=now,
                    )
                )
            self._seam.emit(AlarmStands(alarm=record, definition=definition))

    def on(self, event: Event) -> None:
        """Tell of a breached condition, and return the alarm of a cleared one. Correct times of a wrong clock.

        What suppression kept back until blindness began is told when the gateway hears again: only then is it known
        whether it still stands.
        """
        match event:
            case ClockCorrected():
                for each in self._standing:
                    if each.correct(event.by):
                        self._moves.keep(each)
            case BecameBlind():
                self._covering.is_blind, self._covering.is_restoring = True, False
                self._chatter.set_blind(self._standing, event.heard_until or event.since)
                self._covering.look_at_all(event.noticed)
            case HearsAgain():
                self._covering.is_blind = False
                self._chatter.set_hearing(self._standing, event.time)
                self._covering.look_at_all(event.time)
            case StillActive() if (alarm := self._standing.find(event.rule.id, event.subject)) and alarm.holds:
                alarm.levels.add(event.rule.spec.severity.value)
            case Breached() if (alarm := self._standing.find(event.rule.id, event.subject)) and alarm.holds:
                self._occurrences.rise(alarm, event)
            case Breached() | StillActive():
                self._occurrences.begin_with(event)
            case MembersJoined():
                if (alarm := self._standing.find(event.rule.id, event.subject)) and alarm.holds:
                    self._occurrences.join(alarm, event)
            case MembersCleared():
                if (alarm := self._standing.find(event.rule.id, event.subject)) and alarm.holds:
                    self._occurrences.joining.clear(alarm, event)
            case Cleared():
                if (alarm := self._standing.find(event.rule.id, event.subject)) and alarm.holds:
                    self._occurrences.fall(alarm, event)

    def serve(self, request: Request) -> None:
        """Do what parts above ask: link, mark, raise, return, suppress, or tell of what was suppressed."""
        match request:
            case LinkTicket():
                self._moves.link(self._standing[request.alarm], request.ticket)
            case MarkRaise():
                self._moves.mark(request)
            case RaiseAlarm():
                self._occurrences.raise_builtin(request)
            case EndAlarm():
                alarm = self._standing.find(request.rule, request.subject)
                if alarm is not None and alarm.returned_at is None:
                    self._occurrences.end(alarm, request.time, request.cause)
            case RaiseAgain():
                self._occurrences.raise_again(self._standing[request.alarm], request.time, request.why)
            case Suppress():
                self._covering.put(request)
            case Release():
                self._covering.release(request)

    def act(self, action: Action, now: Micros) -> None:
        """Acknowledge or reset an alarm, or say something about it.

        Raises:
            UnknownAlarm: no standing alarm has this number.
            IllegalTransition: its state does not allow it.
        """
        if not isinstance(action, AlarmAction):
            raise TypeError(f"{type(action).__name__} is no action on an alarm")
        alarm = self._standing.get(action.alarm)
        if alarm is None:
            if isinstance(action, Comment) and action.over is not None:
                self._moves.comment_over(action.over, action.note or "", now, by=action.by)
                return
            raise UnknownAlarm(f"no standing alarm has the number {action.alarm}: it is back to normal, or never was")
        if isinstance(action, Comment):
            self._moves.comment(alarm, action.note or "", now, by=action.by)
            return
        step = Step.RESET if isinstance(action, Reset) else Step.ACKNOWLEDGE
        self._moves.make(alarm, step, now, by=action.by, note=action.note)
        if alarm.state is State.NORMAL:
            self._chatter.remember(alarm)

    def tick(self, key: int, now: Micros) -> None:
        """An alarm that chattered has been quiet for its time."""
        if alarm := self._standing.get(key):
            self._occurrences.be_quiet(alarm, now)

    def clock_set(self, by: Micros) -> None:
        """Times between occurrences stay the same."""
        self._chatter.clock_set(self._standing, by)

    def standing(self) -> list[AlarmView]:
        """All alarms that are not normal, the latest raise first."""
        return self._standing.views()

    def standing_on(self, device: str) -> list[AlarmView]:
        """The alarms of a device that are not normal, the latest raise first."""
        return self._standing.views_on(device)

    def standing_of(self, rule: str, subject: Subject) -> AlarmView | None:
        """The alarm of this rule about the subject that is not normal; None where there is none."""
        alarm = self._standing.find(rule, subject)
        return alarm.view() if alarm is not None else None

    def severities(self) -> Counter[str]:
        """How many of the alarms that are neither normal nor suppressed have each severity."""
        return self._standing.severities()

    def finish(self) -> list[AlarmRecord] | None:
        """The record after each move of this step. Publishes the MQTT event of each."""
        return self._moves.finish()
