"""Tells people of an alarm, or suppresses it where there are reasons for that."""

from __future__ import annotations

from gateway.core.alarms.alarm import Alarm
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.definitions import Definitions
from gateway.core.alarms.lifecycle import Step
from gateway.core.alarms.moves import Moves
from gateway.core.alarms.standing import StandingAlarms
from gateway.core.alarms.suppression import Suppressions
from gateway.core.alarms.told import Told
from gateway.core.kernel.times import Micros
from gateway.core.rules.events import Breached
from gateway.core.rules.groups.events import MembersJoined


class Telling:
    """Makes the steps with which people learn that a condition holds."""

    def __init__(
        self, definitions: Definitions, standing: StandingAlarms, moves: Moves, suppressions: Suppressions
    ) -> None:
        self._definitions, self._standing = definitions, standing
        self._moves, self._suppressions = moves, suppressions

    def tell(
        self,
        alarm: Alarm,
        definition: AlarmDefinition,
        time: Micros,
        *,
        cause: int,
        reminder: str | None = None,
        is_further: bool = False,
    ) -> None:
        """Raise the alarm, or suppress it where there are reasons for that.

        A reminder says why it is told again: it is no raise that counts, and the alarm was raised when it was.
        """
        self._standing.put_on_top(alarm)
        title = self._definitions.title_of(definition)
        alarm.severity, alarm.title = definition.severity.value, title  # the rule may have changed
        alarm.life_safety = definition.life_safety
        alarm.raised_at = alarm.raised_at if reminder is not None else time
        alarm.returned_at = None
        if alarm.told is None or not alarm.suppressed_by:  # else it stays acknowledged on the level that was told
            alarm.acknowledged_at = alarm.acknowledged_by = None
        alarm.event = cause
        if alarm.suppressed_by:
            self._moves.make(alarm, Step.SUPPRESS, time, occurs=True, note=alarm.why_suppressed)
        else:
            alarm.raised_count += reminder is None
            alarm.told = self.told(alarm, members=alarm.members)
            is_reminder = reminder is not None
            self._moves.make(alarm, Step.RAISE, time, note=reminder, is_reminder=is_reminder, is_further=is_further)
        alarm.latched = definition.latched

    def tell_of(
        self, alarm: Alarm, definition: AlarmDefinition, event: Breached | MembersJoined, *, is_further: bool = False
    ) -> None:
        """Tell people again of what stands, with what is new; a reading has said it, also in blindness."""
        alarm.suppressed_by = self._suppressions.reasons(definition, alarm.subject, alarm.members)
        alarm.evidence = event.evidence
        cause = self._moves.record_evidence(event.evidence, event.subject)
        self.tell(alarm, definition, event.time, cause=cause, is_further=is_further)

    @staticmethod
    def told(alarm: Alarm, *, members: tuple[str, ...] = ()) -> Told:
        """What people know now: of a group also of the members of which they were told before."""
        before = alarm.told
        if before is None:
            return Told(alarm.severity, members=frozenset(members))
        known = before.members - before.cleared if members else before.members
        return Told(alarm.severity, members=known.union(members), cleared=frozenset() if members else before.cleared)
