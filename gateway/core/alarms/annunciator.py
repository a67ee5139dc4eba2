"""The part that raises, suppresses and returns alarms, and lets people acknowledge and reset them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import ClassVar

from gateway.core.alarms.actions import Acknowledge, AlarmAction, EndAlarm, LinkTicket, RaiseAlarm, Reset
from gateway.core.alarms.alarm import Alarm, AlarmRecord, AlarmView
from gateway.core.alarms.builtin import BUILTIN
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.definitions import Definitions
from gateway.core.alarms.events import AlarmStands
from gateway.core.alarms.lifecycle import State, Step
from gateway.core.alarms.moves import Moves
from gateway.core.alarms.standing import StandingAlarms
from gateway.core.alarms.suppression import Release, Suppress, Suppressions
from gateway.core.kernel.blindness import BecameBlind, HearsAgain
from gateway.core.kernel.doubt import ClockCorrected
from gateway.core.kernel.errors import UnknownAlarm
from gateway.core.kernel.events import Action, Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.rules.events import Breached, Cleared, StillActive
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.requests import KeepActive
from gateway.core.rules.rule import Rule
from gateway.core.site.site import Site


class Annunciator(Part):
    """Holds the standing alarms of a site and decides which step each makes."""

    name: ClassVar[str] = "alarms"
    actions: ClassVar[tuple[type[Action], ...]] = (Acknowledge, Reset)
    requests: ClassVar[tuple[type[Request], ...]] = (LinkTicket, RaiseAlarm, EndAlarm, Suppress, Release)

    def __init__(self, site: Site, rules: Sequence[Rule], seam: Seam) -> None:
        self._seam = seam
        self._definitions = Definitions(site, rules)
        self._standing = StandingAlarms()
        self._moves = Moves(site, self._definitions, self._standing, seam)
        self._suppressions = Suppressions()
        self._is_restoring = False
        """Whether parts above have yet to say again what they suppress."""
        self._is_blind = False

    def restore(self, rows: Sequence[AlarmRecord], now: Micros) -> None:
        """Restore the standing alarms; remove those whose rule or device no longer exists."""
        self._is_restoring = True
        for record in sorted(rows, key=lambda record: record.latest_raise):
            definition = self._definitions.find(record.rule, record.subject)
            alarm = Alarm.from_record(record, latched=definition is not None and definition.latched)
            self._standing.put_on_top(alarm)
            if definition is None:
                why = self._definitions.why_removed(alarm.rule, alarm.subject)
                self._moves.make(alarm, Step.REMOVE, now, note=why)
                continue
            if alarm.holds and alarm.rule not in BUILTIN:
                self._seam.ask(KeepActive(rule=alarm.rule, subject=alarm.subject, evidence=alarm.evidence, time=now))
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
                self._is_blind, self._is_restoring = True, False
                self._reconcile([*self._standing], event.noticed)
            case HearsAgain():
                self._is_blind = False
                self._reconcile([*self._standing], event.time)
            case StillActive() if (alarm := self._standing.find(event.rule.id, event.subject)) and alarm.holds:
                pass
            case Breached() | StillActive():
                cause = self._moves.record_evidence(event.evidence, event.subject)
                self._occur(
                    AlarmDefinition.of(event.rule),
                    event.subject,
                    event.time,
                    cause=cause,
                    evidence=event.evidence,
                    detail=event.detail,
                )
            case Cleared():
                if (alarm := self._standing.find(event.rule.id, event.subject)) and alarm.holds:
                    evidence = event.evidence
                    ended_by = self._moves.record_evidence(evidence, event.subject) if evidence else None
                    self._return(alarm, event.time, ended_by)

    def serve(self, request: Request) -> None:
        """Link an alarm to its ticket; raise a built-in alarm, or let it return; suppress alarms, and tell of them."""
        match request:
            case LinkTicket():
                self._moves.link(self._standing[request.alarm], request.ticket)
            case RaiseAlarm():
                self._raise_builtin(request)
            case EndAlarm():
                alarm = self._standing.find(request.rule, request.subject)
                if alarm is not None and alarm.returned_at is None:
                    self._return(alarm, request.time, request.cause)
            case Suppress():
                before = self._suppressions.drop(request.source)
                self._suppressions.put(request)
                self._reconcile(self._covered_by(before, request), request.time, request.cause)
            case Release():
                before = self._suppressions.drop(request.source)
                self._reconcile(self._covered_by(before), request.time, request.cause)

    def act(self, action: Action, now: Micros) -> None:
        """Acknowledge or reset an alarm.

        Raises:
            UnknownAlarm: no standing alarm has this number.
            IllegalTransition: its state does not allow it.
        """
        if not isinstance(action, AlarmAction):
            raise TypeError(f"{type(action).__name__} is no action on an alarm")
        alarm = self._standing.get(action.alarm)
        if alarm is None:
            raise UnknownAlarm(f"no standing alarm has the number {action.alarm}: it is back to normal, or never was")
        step = Step.RESET if isinstance(action, Reset) else Step.ACKNOWLEDGE
        self._moves.make(alarm, step, now, by=action.by, note=action.note)

    def standing(self) -> list[AlarmView]:
        """All alarms that are not normal, the latest raise first."""
        return self._standing.views()

    def standing_on(self, device: str) -> list[AlarmView]:
        """The alarms of a device that are not normal, the latest raise first."""
        return self._standing.views_on(device)

    def severities(self) -> Counter[str]:
        """How many of the alarms that are neither normal nor suppressed have each severity."""
        return self._standing.severities()

    def finish(self) -> list[AlarmRecord] | None:
        """The record after each move of this step. Publishes the MQTT event of each."""
        return self._moves.finish()

    def _raise_builtin(self, request: RaiseAlarm) -> None:
        alarm = self._standing.find(request.rule, request.subject)
        if alarm is None or alarm.returned_at is not None:
            definition = BUILTIN[request.rule]
            self._occur(definition, request.subject, request.time, cause=request.cause, detail=request.detail)
        elif alarm.detail != request.detail:
            alarm.detail = request.detail
            self._moves.keep(alarm)

    def _occur(
        self,
        definition: AlarmDefinition,
        subject: Subject,
        time: Micros,
        *,
        cause: int | None,
        evidence: Evidence | None = None,
        detail: str | None = None,
    ) -> None:
        """The condition begins to hold: people are told, unless something suppresses that."""
        alarm = self._standing.find(definition.id, subject)
        if alarm is None:
            alarm = Alarm(
                number=self._seam.counters.take("alarm"),
                rule=definition.id,
                subject=subject,
                latched=definition.latched,
                severity=definition.severity.value,
                title=self._definitions.title_of(definition),
                evidence=evidence,
                raised_at=time,
                first_raised_at=time,
            )
        alarm.evidence, alarm.detail = evidence, detail
        alarm.suppressed_by = self._suppressions.reasons(definition, subject)
        self._tell(alarm, definition, time, cause=cause or 0)

    def _tell(self, alarm: Alarm, definition: AlarmDefinition, time: Micros, *, cause: int) -> None:
        """Raise the alarm, or suppress it where there are reasons for that."""
        self._standing.put_on_top(alarm)
        title = self._definitions.title_of(definition)
        alarm.severity, alarm.title = definition.severity.value, title  # the rule may have changed
        alarm.raised_at = time
        alarm.returned_at = alarm.acknowledged_at = alarm.acknowledged_by = None
        alarm.event = cause
        if alarm.suppressed_by:
            self._moves.make(alarm, Step.SUPPRESS, time, occurs=True, note=alarm.why_suppressed)
        else:
            alarm.raised_count += 1
            self._moves.make(alarm, Step.RAISE, time)
        alarm.latched = definition.latched

    def _return(self, alarm: Alarm, time: Micros, cause: int | None) -> None:
        """The step before stands for a cause that is not known."""
        alarm.returned_at = time
        alarm.event = cause or alarm.event
        self._moves.make(alarm, Step.RETURN, time)

    def _covered_by(self, *suppressions: Suppress | None) -> list[Alarm]:
        """The standing alarms that one of these may suppress."""
        alarms: dict[int, Alarm] = {}
        for each in suppressions:
            if each is not None and each.devices is not None:
                near = [alarm for device in each.devices for alarm in self._standing.on_device(device)]
                alarms |= {alarm.number: alarm for alarm in near}
            elif each is not None:
                alarms |= {alarm.number: alarm for alarm in self._standing}
        return [alarms[number] for number in sorted(alarms)]

    def _reconcile(self, alarms: Iterable[Alarm], now: Micros, cause: int | None = None) -> None:
        """Suppress what is to be suppressed now, and tell of what is not any more."""
        if self._is_restoring:
            return
        for alarm in alarms:
            definition = self._definitions.find(alarm.rule, alarm.subject)
            if definition is None:  # it has been removed in this step
                continue
            reasons = self._suppressions.reasons(definition, alarm.subject)
            if reasons != alarm.suppressed_by:
                alarm.suppressed_by = reasons
                self._moves.keep(alarm)
            if alarm.state is State.SUPPRESSED and not reasons:
                if not self._is_blind or definition.life_safety:
                    self._tell_at_last(alarm, definition, now, cause)
            elif alarm.is_raised and any(reason.kind.takes_off_list for reason in reasons):
                alarm.event = cause or alarm.event
                self._moves.make(alarm, Step.SUPPRESS, now, note=alarm.why_suppressed)

    def _tell_at_last(self, alarm: Alarm, definition: AlarmDefinition, now: Micros, cause: int | None) -> None:
        """Nothing suppresses the alarm any more. One that latches may have returned: people learn of that as well."""
        returned_at = alarm.returned_at
        self._tell(alarm, definition, now, cause=cause or alarm.event)
        if returned_at is not None:
            self._return(alarm, now, None)
