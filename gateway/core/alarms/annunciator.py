"""Raises, returns, acknowledges and resets alarms, and opens their tickets: the part that people hear from."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping

from gateway.core.alarms.lifecycle import ACTIVE, Alarm, AlarmRecord, Evidence, Pending, State, Step
from gateway.core.audit import Chronicle
from gateway.core.devices.device import Device
from gateway.core.kernel.errors import UnknownAlarm
from gateway.core.kernel.times import MINUTE, Micros
from gateway.core.outcomes import Outcome
from gateway.core.rules.rule import Rule
from gateway.core.telemetry.readings import Message, Reading

CONFIRM_WITHIN: Micros = MINUTE
"""After a restart a delay raises or returns an alarm by time alone only after this; before, a fresh reading must."""

_EVIDENCE_CHARACTERS = 4096


class Annunciator:
    """Moves the alarms of all devices. Alarm numbers never repeat in the life of a store."""

    def __init__(self, devices: Mapping[str, Device], chronicle: Chronicle, *, next_alarm: int) -> None:
        self._devices = devices
        self._chronicle = chronicle
        self._next_alarm = next_alarm
        self._standing: dict[int, Alarm] = {}
        self._timers: list[tuple[Micros, str, str]] = []
        self._due_of: dict[tuple[str, str], Micros] = {}

    def next_due(self) -> Micros | None:
        """When time alone may next move an alarm."""
        return self._timers[0][0] if self._timers else None

    def look(self, device: Device, reading: Reading, message: Message, number: int, outcome: Outcome) -> None:
        """Hold a fresh reading, already laid over the device's facts, against the device's rules."""
        values, facts, alarms = reading.values, device.facts, device.alarms
        for rule in device.rules:
            if rule.metrics.isdisjoint(values):
                continue
            alarm = alarms.get(rule.id)
            if alarm is None:
                if rule.when(facts):
                    self._breach(device, rule, _evidence(message, reading, number), reading.received, outcome)
            else:
                if alarm.unconfirmed_until:
                    alarm.unconfirmed_until = 0
                    if alarm.turning_since is not None:
                        self._schedule(alarm, rule)  # it was set for the end of the grace
                if alarm.state in ACTIVE:
                    self._watch_return(device, rule, alarm, reading.received, outcome)
                else:
                    evidence = _evidence(message, reading, number)
                    self._watch_raise(device, rule, alarm, evidence, reading.received, outcome)

    def tick(self, now: Micros, outcome: Outcome) -> None:
        """Time has passed: end the delays that are due."""
        for device, rule, alarm in self._due(now):
            if alarm.state in ACTIVE:
                self._return(device, rule, alarm, now, outcome)
            else:
                self._raise(device, rule, alarm, now, outcome)

    def shift(self, by: Micros, outcome: Outcome) -> None:
        """The clock was set by so much: a delay is a duration, so its beginning moves along."""
        self._timers.clear()
        self._due_of.clear()
        for device in self._devices.values():
            for rule in device.rules:
                alarm = device.alarms.get(rule.id)
                if alarm is not None and alarm.turning_since is not None:
                    alarm.turning_since += by
                    alarm.unconfirmed_until += by if alarm.unconfirmed_until else 0
                    self._wait(alarm, rule, outcome)

    def acknowledge(self, number: int, by: str, now: Micros, outcome: Outcome) -> None:
        """Somebody takes the alarm on.

        Raises:
            UnknownAlarm: no alarm of this number stands.
            IllegalTransition: it is acknowledged already.
        """
        alarm = self._find(number)
        alarm.take(Step.ACKNOWLEDGE)
        alarm.acknowledged_at, alarm.acknowledged_by = now, by
        self._record(alarm, Step.ACKNOWLEDGE, now, outcome, by=by)

    def reset(self, number: int, by: str, now: Micros, outcome: Outcome) -> None:
        """Somebody resets a latched alarm whose cause is gone.

        Raises:
            UnknownAlarm: no alarm of this number stands.
            IllegalTransition: it is not latched, still active, or not yet acknowledged.
        """
        alarm = self._find(number)
        alarm.take(Step.RESET)
        self._record(alarm, Step.RESET, now, outcome, by=by)

    def restore(self, record: AlarmRecord, now: Micros, outcome: Outcome) -> None:
        """Take up an alarm of an earlier run; one whose rule or device is gone from the files is removed."""
        device, rule = self._home(record.device, record.rule)
        latched = rule is not None and rule.spec.latched
        alarm = Alarm.from_record(record, latched=latched, unconfirmed_until=now + CONFIRM_WITHIN)
        if alarm.state is State.LATCHED:
            alarm.latched = True
        self._standing[alarm.number] = alarm
        if device is None or rule is None:
            alarm.take(Step.REMOVE)
            self._record(alarm, Step.REMOVE, now, outcome)
            return
        device.alarms[rule.id] = alarm
        if alarm.turning_since is not None:
            self._schedule(alarm, rule)

    def restore_pending(self, pending: Pending, now: Micros, outcome: Outcome) -> None:
        """Take up a delay of an earlier run; one whose rule or device is gone is dropped."""
        device, rule = self._home(pending.device, pending.rule)
        if device is None or rule is None or rule.id in device.alarms:
            outcome.pending[pending.rule, pending.device] = None
            return
        alarm = self._begin(device, rule, pending.evidence, pending.since)
        alarm.unconfirmed_until, alarm.restored = now + CONFIRM_WITHIN, True
        self._schedule(alarm, rule)

    def _home(self, device_id: str, rule_id: str) -> tuple[Device | None, Rule | None]:
        device = self._devices.get(device_id)
        rule = next((rule for rule in device.rules if rule.id == rule_id), None) if device else None
        return device, rule

    def _find(self, number: int) -> Alarm:
        alarm = self._standing.get(number)
        if alarm is None:
            raise UnknownAlarm(f"no standing alarm has the number {number}: it is back to normal, or never was")
        return alarm

    def _begin(self, device: Device, rule: Rule, evidence: Evidence, since: Micros) -> Alarm:
        alarm = Alarm(
            rule=rule.id,
            device=device.spec.id,
            evidence=evidence,
            latched=rule.spec.latched,
            severity=rule.spec.severity.value,
            title=self._chronicle.title_of(rule),
        )
        alarm.take(Step.BREACH)
        alarm.turning_since = since
        device.alarms[rule.id] = alarm
        return alarm

    def _breach(self, device: Device, rule: Rule, evidence: Evidence, now: Micros, outcome: Outcome) -> None:
        alarm = self._begin(device, rule, evidence, now)
        if rule.raise_after:
            self._wait(alarm, rule, outcome)
        else:
            self._raise(device, rule, alarm, now, outcome)

    def _watch_raise(
        self, device: Device, rule: Rule, alarm: Alarm, evidence: Evidence, now: Micros, outcome: Outcome
    ) -> None:
        breached = rule.when(device.facts)
        if breached:
            if alarm.turning_since is None:
                alarm.turning_since, alarm.evidence = now, evidence
                if rule.raise_after:
                    self._wait(alarm, rule, outcome)
            if self._elapsed(alarm, rule, now) >= rule.raise_after:
                self._raise(device, rule, alarm, now, outcome)
        elif breached is False and alarm.turning_since is not None:
            alarm.turning_since = None
            if alarm.state is State.PENDING:
                alarm.take(Step.RELEASE)
                del device.alarms[rule.id]
                outcome.pending[rule.id, device.spec.id] = None
            else:
                outcome.alarms.append(alarm.record())

    def _watch_return(self, device: Device, rule: Rule, alarm: Alarm, now: Micros, outcome: Outcome) -> None:
        cleared = rule.clears(device.facts)
        if cleared:
            if alarm.turning_since is None:
                alarm.turning_since = now
                if rule.clear_after:
                    self._wait(alarm, rule, outcome)
            if self._elapsed(alarm, rule, now) >= rule.clear_after:
                self._return(device, rule, alarm, now, outcome)
        elif cleared is False and alarm.turning_since is not None:
            alarm.turning_since = None
            outcome.alarms.append(alarm.record())

    def _wait(self, alarm: Alarm, rule: Rule, outcome: Outcome) -> None:
        self._schedule(alarm, rule)
        if alarm.state is State.PENDING:
            pending = Pending(alarm.rule, alarm.device, alarm.turning_since or 0, alarm.evidence)
            outcome.pending[alarm.rule, alarm.device] = pending
        else:
            outcome.alarms.append(alarm.record())

    def _elapsed(self, alarm: Alarm, rule: Rule, now: Micros) -> Micros:
        """How long a delay has run. One that began in the future began before the clock was set back: it begins now."""
        if alarm.turning_since is None or alarm.turning_since > now:
            alarm.turning_since = now
            self._schedule(alarm, rule)
        return now - alarm.turning_since

    def _schedule(self, alarm: Alarm, rule: Rule) -> None:
        key, due = (alarm.device, alarm.rule), _due_at(alarm, rule)
        if due < self._due_of.get(key, due + 1):  # a later timer is set again when the earlier one comes up
            self._due_of[key] = due
            heapq.heappush(self._timers, (due, *key))

    def _due(self, now: Micros) -> Iterator[tuple[Device, Rule, Alarm]]:
        """The alarms whose delay has ended. A timer whose delay was broken off is dropped, one moved is set again."""
        while self._timers and self._timers[0][0] <= now:
            due, device_id, rule_id = heapq.heappop(self._timers)
            if self._due_of.get((device_id, rule_id)) == due:
                del self._due_of[device_id, rule_id]
            device, rule = self._home(device_id, rule_id)
            alarm = device.alarms.get(rule_id) if device else None
            if device is None or rule is None or alarm is None or alarm.turning_since is None:
                continue
            if _due_at(alarm, rule) <= now:
                yield device, rule, alarm
            else:
                self._schedule(alarm, rule)

    def _raise(self, device: Device, rule: Rule, alarm: Alarm, now: Micros, outcome: Outcome) -> None:
        first = alarm.state is State.PENDING
        alarm.take(Step.RAISE)
        alarm.turning_since, alarm.returned_at = None, None
        alarm.acknowledged_at, alarm.acknowledged_by = None, None
        alarm.raised_count += 1
        alarm.event = self._chronicle.evidence(alarm, outcome)
        if first:
            alarm.number, alarm.raised_at = self._next_alarm, now
            self._next_alarm += 1
            self._standing[alarm.number] = alarm
            if rule.raise_after or alarm.restored:
                outcome.pending[rule.id, device.spec.id] = None
            if rule.spec.ticket is not None:
                alarm.ticket = self._chronicle.next_ticket
        self._record(alarm, Step.RAISE, now, outcome)
        if first and rule.spec.ticket is not None:
            self._chronicle.open_ticket(alarm, rule, now, outcome)

    def _return(self, device: Device, rule: Rule, alarm: Alarm, now: Micros, outcome: Outcome) -> None:
        alarm.take(Step.RETURN)
        alarm.turning_since, alarm.returned_at = None, now
        self._record(alarm, Step.RETURN, now, outcome)

    def _record(self, alarm: Alarm, step: Step, now: Micros, outcome: Outcome, by: str | None = None) -> None:
        device, rule = self._home(alarm.device, alarm.rule)
        closed = alarm.state is State.NORMAL
        since = alarm.turning_since
        if closed:
            alarm.closed_at, alarm.turning_since = now, None
            del self._standing[alarm.number]
            if device is not None:
                device.alarms.pop(alarm.rule, None)
        self._chronicle.transition(alarm, step, device, rule, now, outcome, by)
        outcome.alarms.append(alarm.record())
        if closed and since is not None and device is not None and rule is not None and step is not Step.RETURN:
            # It was closed while the condition had come back and its delay was running: that delay goes on.
            again = self._begin(device, rule, alarm.evidence, since)
            again.unconfirmed_until = alarm.unconfirmed_until
            self._wait(again, rule, outcome)


def _due_at(alarm: Alarm, rule: Rule) -> Micros:
    delay = rule.clear_after if alarm.state in ACTIVE else rule.raise_after
    return max((alarm.turning_since or 0) + delay, alarm.unconfirmed_until)


def _evidence(message: Message, reading: Reading, number: int) -> Evidence:
    return Evidence(
        message=number,
        topic=message.topic,
        payload=message.payload[:_EVIDENCE_CHARACTERS].decode("utf-8", "replace"),
        received=reading.received,
        time=reading.time,
        values=reading.values,
    )
