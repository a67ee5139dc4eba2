"""What follows when the condition of an alarm begins to hold, changes its level, or ends: which step it makes."""

from __future__ import annotations

from gateway.core.alarms.actions import RaiseAlarm
from gateway.core.alarms.alarm import Alarm
from gateway.core.alarms.builtin import BUILTIN
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.definitions import Definitions
from gateway.core.alarms.lifecycle import State, Step
from gateway.core.alarms.moves import Moves
from gateway.core.alarms.standing import StandingAlarms
from gateway.core.alarms.suppression import Suppressions
from gateway.core.kernel.part import Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import rank
from gateway.core.rules.events import Breached, Cleared
from gateway.core.rules.evidence import Evidence


class Occurrences:
    """Begins, changes and ends the occurrences of alarms."""

    def __init__(
        self,
        definitions: Definitions,
        standing: StandingAlarms,
        moves: Moves,
        suppressions: Suppressions,
        seam: Seam,
    ) -> None:
        self._definitions = definitions
        self._standing = standing
        self._moves = moves
        self._suppressions = suppressions
        self._seam = seam

    def raise_builtin(self, request: RaiseAlarm) -> None:
        """Raise a built-in alarm. Where it is raised already, only its detail changes."""
        alarm = self._standing.find(request.rule, request.subject)
        if alarm is None or alarm.returned_at is not None:
            definition = BUILTIN[request.rule]
            self.begin(definition, request.subject, request.time, cause=request.cause, detail=request.detail)
        elif alarm.detail != request.detail:
            alarm.detail = request.detail
            self._moves.keep(alarm)

    def begin(
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
        alarm.levels = {definition.severity.value}
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

    def rise(self, alarm: Alarm, event: Breached) -> None:
        """A further level of the rule is reached: if it is the worst, people are told again, unless suppressed."""
        definition = AlarmDefinition.of(event.rule)
        alarm.levels.add(definition.severity.value)
        if rank(definition.severity) >= rank(alarm.severity):
            return
        alarm.evidence, alarm.detail = event.evidence, event.detail
        cause = self._moves.record_evidence(event.evidence, event.subject)
        if alarm.suppressed_by and alarm.state is State.UNACKNOWLEDGED:
            alarm.acknowledgement_due = True  # it was told on its lower level
        self._tell(alarm, definition, event.time, cause=cause)

    def fall(self, alarm: Alarm, event: Cleared) -> None:
        """A level of the rule has ended: the alarm returns with the last one."""
        alarm.levels.discard(event.rule.spec.severity.value)
        worst = min(alarm.levels, key=rank, default=None)
        if worst is not None and rank(worst) <= rank(alarm.severity):
            return
        evidence = event.evidence
        ended_by = self._moves.record_evidence(evidence, event.subject) if evidence else None
        if worst is None:
            self.end(alarm, event.time, ended_by, note=event.why)
        else:
            alarm.severity = worst
            alarm.event = ended_by or alarm.event
            self._moves.make(alarm, Step.FALL, event.time)

    def end(self, alarm: Alarm, time: Micros, cause: int | None, *, note: str | None = None) -> None:
        """The condition is over. The step before stands for a cause that is not known."""
        alarm.returned_at = time
        alarm.event = cause or alarm.event
        self._moves.make(alarm, Step.RETURN, time, note=note)

    def tell_at_last(self, alarm: Alarm, definition: AlarmDefinition, now: Micros, cause: int | None) -> None:
        """Nothing suppresses the alarm any more. One that latches may have returned: people learn of that as well."""
        returned_at = alarm.returned_at
        self._tell(alarm, definition, now, cause=cause or alarm.event)
        if returned_at is not None:
            self.end(alarm, now, None)
