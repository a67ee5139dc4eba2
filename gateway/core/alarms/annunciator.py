"""The part that raises and returns alarms, and lets people acknowledge and reset them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from gateway.core.alarms.actions import Acknowledge, AlarmAction, LinkTicket, Reset
from gateway.core.alarms.alarm import Alarm, AlarmRecord, AlarmView
from gateway.core.alarms.announcement import announce
from gateway.core.alarms.events import AlarmMoved
from gateway.core.alarms.lifecycle import State, Step
from gateway.core.kernel.errors import UnknownAlarm
from gateway.core.kernel.events import Action, Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros, isoformat
from gateway.core.rules.events import Breached, Cleared
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.rule import Rule
from gateway.core.site.site import Site


class Annunciator(Part):
    """Holds the standing alarms of a site and applies each step to them."""

    name: ClassVar[str] = "alarms"
    actions: ClassVar[tuple[type[Action], ...]] = (Acknowledge, Reset)
    requests: ClassVar[tuple[type[Request], ...]] = (LinkTicket,)

    def __init__(self, site: Site, rules: Sequence[Rule], seam: Seam) -> None:
        self._site = site
        self._rules = {rule.id: rule for rule in rules}
        self._seam = seam
        self._standing: dict[int, Alarm] = {}
        """By number, in the order of their latest raises."""
        self._by_cause: dict[tuple[str, Subject], Alarm] = {}
        """The standing alarms, by rule and subject."""
        self._moves: list[AlarmMoved] = []
        self._linked: dict[int, int] = {}
        """The tickets linked in this step, by alarm."""

    def restore(self, rows: Sequence[AlarmRecord], now: Micros) -> None:
        """Restore the standing alarms; remove those whose rule or device is no longer in the site's files."""
        for record in sorted(rows, key=lambda record: record.latest_raise):
            rule = self._rule_of(record.rule, record.subject)
            alarm = Alarm.from_record(record, latched=rule is not None and rule.spec.latched)
            self._standing[alarm.number] = alarm
            self._by_cause[alarm.rule, alarm.subject] = alarm
            if rule is None:
                self._move(alarm, Step.REMOVE, now)

    def on(self, event: Event) -> None:
        """Raise the alarm of a breached condition; return that of a cleared one."""
        match event:
            case Breached():
                self._raise(event)
            case Cleared():
                self._return(event)

    def serve(self, request: Request) -> None:
        """Link an alarm to its ticket."""
        if isinstance(request, LinkTicket):
            self._linked[request.alarm] = self._standing[request.alarm].ticket = request.ticket

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
        if isinstance(action, Reset):
            self._move(alarm, Step.RESET, now, by=action.by)
        else:
            self._move(alarm, Step.ACKNOWLEDGE, now, by=action.by)

    def standing(self) -> list[AlarmView]:
        """All alarms that are not normal, the latest raise first."""
        return [alarm.view() for alarm in reversed(self._standing.values())]

    def finish(self) -> list[AlarmRecord] | None:
        """The record after each move of this step. Publishes the MQTT event of each."""
        if not self._moves:
            return None
        moves, linked = self._moves, self._linked
        self._moves, self._linked = [], {}
        records = []
        for move in moves:
            record = move.alarm
            if record.number in linked:
                record = msgspec.structs.replace(record, ticket=linked[record.number])
            records.append(record)
            self._seam.publish(*announce(self._site, move, record))
        return records

    def _raise(self, breach: Breached) -> None:
        rule, subject = breach.rule, breach.subject
        alarm = self._by_cause.get((rule.id, subject))
        if alarm is None:
            alarm = Alarm(
                number=self._seam.counters.take("alarm"),
                rule=rule.id,
                subject=subject,
                latched=rule.spec.latched,
                severity=rule.spec.severity.value,
                title=rule.spec.title.in_language(self._site.header.language),
                evidence=breach.evidence,
                raised_at=breach.time,
                first_raised_at=breach.time,
            )
            self._by_cause[rule.id, subject] = alarm
        self._standing.pop(alarm.number, None)
        self._standing[alarm.number] = alarm  # last, as the order of the latest raises demands
        alarm.raised_at = breach.time
        alarm.returned_at = alarm.acknowledged_at = alarm.acknowledged_by = None
        alarm.raised_count += 1
        alarm.evidence = breach.evidence
        alarm.event = self._record_evidence(breach.evidence, subject)
        self._move(alarm, Step.RAISE, breach.time)

    def _return(self, clearing: Cleared) -> None:
        alarm = self._by_cause.get((clearing.rule.id, clearing.subject))
        if alarm is None:
            return
        alarm.returned_at = clearing.time
        if clearing.evidence is not None:
            alarm.event = self._record_evidence(clearing.evidence, clearing.subject)
        self._move(alarm, Step.RETURN, clearing.time)

    def _move(self, alarm: Alarm, step: Step, now: Micros, *, by: str | None = None) -> None:
        alarm.apply(step)
        if step is Step.ACKNOWLEDGE:
            alarm.acknowledged_at, alarm.acknowledged_by = now, by
        if alarm.state is State.NORMAL:
            alarm.closed_at = now
            del self._standing[alarm.number]
            del self._by_cause[alarm.rule, alarm.subject]
        rule = self._rule_of(alarm.rule, alarm.subject)
        data: dict[str, object] = {"alarm": alarm.number, "step": step.value, "state": alarm.state.value}
        if step is Step.RAISE and rule is not None:
            data |= {"when": rule.spec.when, "for_s": rule.on_delay / 1e6}
        subject = f"{alarm.rule}/{alarm.subject.level}"
        audit = self._seam.record("alarm", subject, now, data, cause=alarm.event or None, by=by)
        alarm.event = audit.number
        if step is Step.RAISE:
            alarm.latest_raise = audit.number
            alarm.first_raise = alarm.first_raise or audit.number
        move = AlarmMoved(audit=audit, step=step, alarm=alarm.record(), rule=rule, time=now, by=by)
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

    def _rule_of(self, rule_id: str, subject: Subject) -> Rule | None:
        """The rule, if it still watches the subject."""
        rule, device = self._rules.get(rule_id), self._site.devices.get(subject.device or "")
        return rule if rule is not None and device is not None and rule.watches(device) else None
