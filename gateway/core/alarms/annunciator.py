"""The part that raises and returns alarms, and lets people acknowledge and reset them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

import msgspec

from gateway.core.alarms.actions import Acknowledge, AlarmAction, EndAlarm, LinkTicket, RaiseAlarm, Reset
from gateway.core.alarms.alarm import Alarm, AlarmRecord, AlarmView
from gateway.core.alarms.announcement import announce
from gateway.core.alarms.builtin import BUILTIN
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.events import AlarmMoved
from gateway.core.alarms.lifecycle import State, Step
from gateway.core.alarms.removal import why_removed
from gateway.core.alarms.steps import step_data
from gateway.core.kernel.doubt import ClockCorrected
from gateway.core.kernel.errors import UnknownAlarm
from gateway.core.kernel.events import Action, Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros, isoformat
from gateway.core.rules.events import Breached, Cleared, StillActive
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.requests import KeepActive
from gateway.core.rules.rule import Rule
from gateway.core.site.site import Site


class Annunciator(Part):
    """Holds the standing alarms of a site and applies each step to them."""

    name: ClassVar[str] = "alarms"
    actions: ClassVar[tuple[type[Action], ...]] = (Acknowledge, Reset)
    requests: ClassVar[tuple[type[Request], ...]] = (LinkTicket, RaiseAlarm, EndAlarm)

    def __init__(self, site: Site, rules: Sequence[Rule], seam: Seam) -> None:
        self._site = site
        self._rules: dict[str, list[tuple[Rule, AlarmDefinition]]] = {}
        """With the definitions of their alarms, by id. The id of a built-in rule repeats, for groups of devices."""
        for rule in rules:
            self._rules.setdefault(rule.id, []).append((rule, AlarmDefinition.of(rule)))
        self._seam = seam
        self._standing: dict[int, Alarm] = {}
        """By number, in the order of their latest raises."""
        self._by_cause: dict[tuple[str, Subject], Alarm] = {}
        """The standing alarms, by rule and subject."""
        self._by_device: dict[str | None, dict[int, Alarm]] = {}
        """The standing alarms, in the order of their latest raises; under None those of other subjects."""
        self._moves: list[AlarmMoved] = []
        self._linked: dict[int, int] = {}
        """The tickets linked in this step, by alarm."""
        self._reworded: dict[int, Alarm] = {}
        """The alarms whose detail or times have changed in this step without a move, by number."""

    def restore(self, rows: Sequence[AlarmRecord], now: Micros) -> None:
        """Restore the standing alarms; remove those whose rule or device no longer exists."""
        for record in sorted(rows, key=lambda record: record.latest_raise):
            definition = self._definition_of(record.rule, record.subject)
            alarm = Alarm.from_record(record, latched=definition is not None and definition.latched)
            self._put_on_top(alarm)
            self._by_cause[alarm.rule, alarm.subject] = alarm
            if definition is None:
                self._move(
                    alarm, Step.REMOVE, now, note=why_removed(alarm.rule, alarm.subject, self._site, self._rules)
                )
            elif alarm.is_raised and alarm.rule not in BUILTIN:
                self._seam.ask(KeepActive(rule=alarm.rule, subject=alarm.subject, evidence=alarm.evidence, time=now))

    def on(self, event: Event) -> None:
        """Raise the alarm of a breached condition; return that of a cleared one. Correct times of a wrong clock."""
        match event:
            case ClockCorrected():
                self._reworded |= {alarm.number: alarm for alarm in self._standing.values() if alarm.correct(event.by)}
            case StillActive() if (alarm := self._by_cause.get((event.rule.id, event.subject))) and alarm.is_raised:
                pass
            case Breached() | StillActive():
                cause = self._record_evidence(event.evidence, event.subject)
                self._raise(
                    AlarmDefinition.of(event.rule),
                    event.subject,
                    event.time,
                    cause=cause,
                    evidence=event.evidence,
                    detail=event.detail,
                )
            case Cleared():
                alarm = self._by_cause.get((event.rule.id, event.subject))
                if alarm is not None and alarm.is_raised:
                    ended_by = self._record_evidence(event.evidence, event.subject) if event.evidence else None
                    self._return(alarm, event.time, ended_by)

    def serve(self, request: Request) -> None:
        """Link an alarm to its ticket; raise a built-in alarm, or let it return."""
        match request:
            case LinkTicket():
                self._linked[request.alarm] = self._standing[request.alarm].ticket = request.ticket
            case RaiseAlarm():
                self._raise_builtin(request)
            case EndAlarm():
                alarm = self._by_cause.get((request.rule, request.subject))
                if alarm is not None and alarm.returned_at is None:
                    self._return(alarm, request.time, request.cause)

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
        self._move(alarm, step, now, by=action.by, note=action.note)

    def standing(self) -> list[AlarmView]:
        """All alarms that are not normal, the latest raise first."""
        return [alarm.view() for alarm in reversed(self._standing.values())]

    def standing_on(self, device: str) -> list[AlarmView]:
        """The alarms of a device that are not normal, the latest raise first."""
        return [alarm.view() for alarm in reversed(self._by_device.get(device, {}).values())]

    def severities(self) -> Counter[str]:
        """How many of the alarms that are not normal have each severity."""
        return Counter(alarm.severity for alarm in self._standing.values())

    def finish(self) -> list[AlarmRecord] | None:
        """The record after each move of this step. Publishes the MQTT event of each."""
        if not self._moves and not self._reworded:
            return None
        moves, linked, reworded = self._moves, self._linked, self._reworded
        self._moves, self._linked, self._reworded = [], {}, {}
        records = []
        for move in moves:
            record = move.alarm
            if record.number in linked:
                record = msgspec.structs.replace(record, ticket=linked[record.number])
            records.append(record)
            self._seam.publish(*announce(self._site, move, record))
        return records + [alarm.record() for alarm in reworded.values()]

    def _raise_builtin(self, request: RaiseAlarm) -> None:
        alarm = self._by_cause.get((request.rule, request.subject))
        if alarm is None or alarm.returned_at is not None:
            definition = BUILTIN[request.rule]
            self._raise(definition, request.subject, request.time, cause=request.cause, detail=request.detail)
        elif alarm.detail != request.detail:
            alarm.detail = request.detail
            self._reworded[alarm.number] = alarm

    def _raise(
        self,
        definition: AlarmDefinition,
        subject: Subject,
        time: Micros,
        *,
        cause: int | None,
        evidence: Evidence | None = None,
        detail: str | None = None,
    ) -> None:
        alarm = self._by_cause.get((definition.id, subject))
        if alarm is None:
            alarm = Alarm(
                number=self._seam.counters.take("alarm"),
                rule=definition.id,
                subject=subject,
                latched=definition.latched,
                severity=definition.severity.value,
                title=self._title_of(definition),
                evidence=evidence,
                raised_at=time,
                first_raised_at=time,
            )
            self._by_cause[definition.id, subject] = alarm
        self._put_on_top(alarm)
        alarm.severity, alarm.title = definition.severity.value, self._title_of(definition)  # the rule may have changed
        alarm.latched = definition.latched
        alarm.raised_at = time
        alarm.returned_at = alarm.acknowledged_at = alarm.acknowledged_by = None
        alarm.raised_count += 1
        alarm.evidence, alarm.detail = evidence, detail
        alarm.event = cause or 0
        self._move(alarm, Step.RAISE, time)

    def _title_of(self, definition: AlarmDefinition) -> str:
        return definition.title.in_language(self._site.header.language)

    def _put_on_top(self, alarm: Alarm) -> None:
        """The alarm has the latest raise of all."""
        for alarms in (self._standing, self._by_device.setdefault(alarm.subject.device, {})):
            alarms.pop(alarm.number, None)
            alarms[alarm.number] = alarm

    def _return(self, alarm: Alarm, time: Micros, cause: int | None) -> None:
        """The step before stands for a cause that is not known."""
        alarm.returned_at = time
        alarm.event = cause or alarm.event
        self._move(alarm, Step.RETURN, time)

    def _move(self, alarm: Alarm, step: Step, now: Micros, *, by: str | None = None, note: str | None = None) -> None:
        alarm.apply(step)
        if step is Step.ACKNOWLEDGE:
            alarm.acknowledged_at, alarm.acknowledged_by = now, by
        if alarm.state is State.NORMAL:
            alarm.closed_at = now
            del self._standing[alarm.number]
            del self._by_device[alarm.subject.device][alarm.number]
            del self._by_cause[alarm.rule, alarm.subject]
        definition = self._definition_of(alarm.rule, alarm.subject)
        data = step_data(alarm, step, definition, note)
        subject = f"{alarm.rule}/{alarm.subject.level}"
        audit = self._seam.record("alarm", subject, now, data, cause=alarm.event or None, by=by)
        alarm.event = audit.number
        if step is Step.RAISE:
            alarm.latest_raise = audit.number
            alarm.first_raise = alarm.first_raise or audit.number
        record = alarm.record()
        move = AlarmMoved(audit=audit, step=step, alarm=record, definition=definition, time=now, by=by, note=note)
        self._moves.append(move)
        self._seam.emit(move)

    def _record_evidence(self, evidence: Evidence, subject: Subject) -> int:
        """Record a message and its reading in the audit trail; returns the number of the latter."""
        received = evidence.received
        data: dict[str, object] = {"number": evidence.message, "payload": evidence.payload}
        message = self._seam.record("message", evidence.topic, received, data)
        data = {"time": isoformat(evidence.time), "values": evidence.values}
        reading = self._seam.record("reading", subject.level, received, data, cause=message.number)
        self._seam.emit(Event(audit=message))
        self._seam.emit(Event(audit=reading))
        return reading.number

    def _definition_of(self, rule_id: str, subject: Subject) -> AlarmDefinition | None:
        """The definition of the rule's alarms, if it still watches the subject."""
        definition = BUILTIN.get(rule_id)
        if definition is not None:
            return definition if definition.subject is subject.kind else None
        device = self._site.devices.get(subject.device or "")
        if device is None:
            return None
        return next((definition for rule, definition in self._rules.get(rule_id, ()) if rule.watches(device)), None)
