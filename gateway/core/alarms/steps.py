"""What the audit trail keeps of an alarm's step, and of the message that led to it."""

from __future__ import annotations

from gateway.core.alarms.alarm import Alarm
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.lifecycle import Step
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import isoformat
from gateway.core.rules.evidence import Evidence

_TELLING = (Step.RAISE, Step.SUPPRESS)
"""Those that say that the condition holds."""


def step_data(alarm: Alarm, step: Step, definition: AlarmDefinition | None, note: str | None) -> dict[str, object]:
    """The data of the audit record; `alarm` has made the step. Where its condition holds, that is said."""
    data: dict[str, object] = {"alarm": alarm.number, "step": step.value, "state": alarm.state.value}
    if step in _TELLING and definition is not None and definition.when is not None:
        data |= {"when": definition.when, "for_s": definition.on_delay / 1e6}
    if step in _TELLING and alarm.detail is not None:
        data |= {"detail": alarm.detail}
    if note is not None:
        data |= {"note": note}
    return data


def record_evidence(seam: Seam, evidence: Evidence, subject: Subject) -> int:
    """Record a message, if it is known, and its reading in the audit trail; returns the number of the latter."""
    received, cause = evidence.received, None
    if evidence.message:
        data: dict[str, object] = {"number": evidence.message, "payload": evidence.payload}
        message = seam.record("message", evidence.topic, received, data)
        seam.emit(Event(audit=message))
        cause = message.number
    data = {"time": isoformat(evidence.time), "values": evidence.values}
    reading = seam.record("reading", subject.level, received, data, cause=cause)
    seam.emit(Event(audit=reading))
    return reading.number
