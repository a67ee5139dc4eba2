"""Makes the steps of alarms, and keeps what is to be stored and published of them at the end of the engine's step."""

from __future__ import annotations

import msgspec

from gateway.core.alarms.actions import MarkRaise
from gateway.core.alarms.alarm import Alarm, AlarmRecord
from gateway.core.alarms.announcement import announce
from gateway.core.alarms.definitions import Definitions
from gateway.core.alarms.events import AlarmMoved
from gateway.core.alarms.lifecycle import State, Step
from gateway.core.alarms.occurred import Occurred
from gateway.core.alarms.standing import StandingAlarms
from gateway.core.alarms.steps import record_evidence, step_data
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.rules.evidence import Evidence
from gateway.core.site.site import Site


class Moves:
    """The steps that alarms make."""

    def __init__(self, site: Site, definitions: Definitions, standing: StandingAlarms, seam: Seam) -> None:
        self._site = site
        self._definitions = definitions
        self._standing = standing
        self._seam = seam
        self._made: list[AlarmMoved] = []
        self._linked: dict[int, int] = {}
        """The tickets linked in this step of the engine, by alarm."""
        self._marks: dict[int, MarkRaise] = {}
        """The raises of this step of the engine that belong to a flood, by their audit records."""
        self._kept: dict[int, Alarm] = {}
        """The alarms that have changed without a step, by number."""

    def make(
        self,
        alarm: Alarm,
        step: Step,
        now: Micros,
        *,
        occurs: bool = False,
        by: str | None = None,
        note: str | None = None,
        is_reminder: bool = False,
        is_further: bool = False,
    ) -> None:
        """Make a step; the alarm's `event` is what caused it.

        Args:
            occurs: whether its condition begins to hold. A raise is always told as one.
            is_reminder: of a raise, whether nothing has happened: people know of it, and are told again.
            is_further: of a raise, whether only further members of a group have joined.

        Raises:
            IllegalTransition: the table has no such step.
        """
        alarm.apply(step)
        if step is Step.ACKNOWLEDGE:
            alarm.acknowledged_at, alarm.acknowledged_by = now, by
        if alarm.state is State.NORMAL:
            alarm.closed_at = now
            alarm.suppressed_by = ()
            alarm.occurred = None if alarm.occurred is None else Occurred(alarm.occurred.times)
            self._standing.remove(alarm)
        definition = self._definitions.of(alarm)
        data = step_data(alarm, step, definition, note)
        audit = self._seam.record("alarm", _name_of(alarm), now, data, cause=alarm.event or None, by=by)
        alarm.event = audit.number
        if occurs or step is Step.RAISE:
            alarm.latest_raise = audit.number
            alarm.first_raise = alarm.first_raise or audit.number
        move = AlarmMoved(
            audit=audit,
            step=step,
            alarm=alarm.record(),
            definition=definition,
            time=now,
            by=by,
            note=note,
            is_reminder=is_reminder,
            is_further=is_further,
        )
        self._made.append(move)
        self._kept.pop(alarm.number, None)  # the step stores it as well
        self._seam.emit(move)

    def comment(self, alarm: Alarm, text: str, now: Micros, *, by: str) -> None:
        """A person says something about the alarm: a record in its chain, and no step."""
        data: dict[str, object] = {"alarm": alarm.number, "step": "comment", "state": alarm.state.value, "note": text}
        audit = self._seam.record("alarm", _name_of(alarm), now, data, cause=alarm.event or None, by=by)
        alarm.event = audit.number
        self.keep(alarm)
        self._seam.emit(Event(audit=audit))

    def comment_over(self, alarm: AlarmRecord, text: str, now: Micros, *, by: str) -> None:
        """The same about one that is back to normal. Its record stays as it is: only this one names the other.

        The record may lag behind, as what ended it is perhaps being written, so its state is not taken from it.
        """
        data: dict[str, object] = {"alarm": alarm.number, "step": "comment", "state": State.NORMAL.value, "note": text}
        audit = self._seam.record("comment", str(alarm.number), now, data, cause=alarm.event, by=by)
        self._seam.emit(Event(audit=audit))

    def keep(self, alarm: Alarm) -> None:
        """The alarm has changed without a step, and is to be stored."""
        self._kept[alarm.number] = alarm

    def link(self, alarm: Alarm, ticket: int) -> None:
        """The alarm hangs on this ticket from now on."""
        self._linked[alarm.number] = alarm.ticket = ticket
        if all(move.alarm.number != alarm.number for move in self._made):
            self.keep(alarm)

    def mark(self, raised: MarkRaise) -> None:
        """The raise belongs to a flood."""
        self._marks[raised.raise_] = raised

    def record_evidence(self, evidence: Evidence, subject: Subject) -> int:
        """Record a message, if it is known, and its reading in the audit trail; returns the number of the latter."""
        return record_evidence(self._seam, evidence, subject)

    def finish(self) -> list[AlarmRecord] | None:
        """The record after each step, then of each change without one. Publishes the MQTT event of each step."""
        if not self._made and not self._kept:
            return None
        made, linked, kept = self._made, self._linked, self._kept
        marks = self._marks
        self._made, self._linked, self._kept, self._marks = [], {}, {}, {}
        records = []
        for move in made:
            record = move.alarm
            if record.number in linked:
                record = msgspec.structs.replace(record, ticket=linked[record.number])
            records.append(record)
            self._seam.publish(*announce(self._site, move, record, marks.get(record.event)))
        return records + [alarm.record() for alarm in kept.values()]


def _name_of(alarm: Alarm) -> str:
    """In the audit trail."""
    return f"{alarm.rule}/{alarm.subject.level}"
