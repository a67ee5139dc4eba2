"""What suppresses alarms comes and goes: which of those that stand are suppressed by that, or told at last."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.core.alarms.alarm import Alarm
from gateway.core.alarms.definitions import Definitions
from gateway.core.alarms.events import ReasonsChanged
from gateway.core.alarms.lifecycle import State
from gateway.core.alarms.moves import Moves
from gateway.core.alarms.occurrences import Occurrences
from gateway.core.alarms.standing import StandingAlarms
from gateway.core.alarms.suppression import UNTIL_HEARD, Release, Suppress, Suppressions
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.rules.groups.requests import Counted


class Covering:
    """Compares the alarms that stand with the reasons that hold."""

    def __init__(
        self,
        definitions: Definitions,
        standing: StandingAlarms,
        moves: Moves,
        suppressions: Suppressions,
        occurrences: Occurrences,
        seam: Seam,
    ) -> None:
        self._definitions, self._standing, self._moves = definitions, standing, moves
        self._suppressions, self._occurrences, self._seam = suppressions, occurrences, seam
        self.is_restoring = False
        """Whether parts above have yet to say again what they suppress."""
        self.is_blind = False

    def put(self, request: Suppress) -> None:
        """There is a further reason, or another in its place."""
        before = self._suppressions.drop(request.source)
        self._suppressions.put(request)
        near, is_decision = self._near(before, request), request.kind.takes_off_list
        self._look_at(near, request.time, request.cause, is_decision=is_decision)

    def release(self, request: Release) -> None:
        """A reason is over."""
        before = self._suppressions.drop(request.source)
        self._look_at(self._near(before), request.time, request.cause)

    def look_at_all(self, now: Micros) -> None:
        """Blindness has begun or ended."""
        self._look_at([*self._standing], now)

    def _near(self, *suppressions: Suppress | None) -> list[Alarm]:
        """The standing alarms that one of these may suppress."""
        alarms: dict[int, Alarm] = {}
        for each in suppressions:
            if each is not None:
                near = self._standing if each.is_general else self._standing.concerning(each.near)
                alarms |= {alarm.number: alarm for alarm in near}
        return [alarms[number] for number in sorted(alarms)]

    def _look_at(
        self, alarms: Iterable[Alarm], now: Micros, cause: int | None = None, *, is_decision: bool = False
    ) -> None:
        """Suppress what is to be suppressed now, and tell of what is not any more.

        Args:
            is_decision: whether people have just decided that something is taken off the list. Only then an alarm is of
                which they were told: at any other time a member of its group may have left by which it stayed.
        """
        if self.is_restoring:
            return
        for alarm in alarms:
            definition = self._definitions.of(alarm)
            if definition is None:
                continue  # it has been removed in this step
            counted = self._occurrences.joining.ask(alarm)
            about = definition, alarm.subject, counted.members
            reasons = self._suppressions.reasons(*about)
            is_over = alarm.state is State.SUPPRESSED and not reasons
            if waits := is_over and self.is_blind and not definition.life_safety:
                reasons = (UNTIL_HEARD,)
            have_changed, alarm.suppressed_by = reasons != alarm.suppressed_by, reasons
            if have_changed:
                self._moves.keep(alarm)
            if is_over and not waits:
                alarm.members, alarm.detail, _ = counted
                self._occurrences.tell_at_last(alarm, definition, now, cause)
            elif is_decision and alarm.is_raised and self._suppressions.take_off_list(*about):
                alarm.members, alarm.detail, _ = counted
                self._occurrences.put_aside(alarm, now, cause)
            elif not reasons and not self.is_blind and self._has_untold(alarm, counted):
                alarm.members, alarm.detail, _ = counted
                self._occurrences.tell_untold(alarm, definition, now, cause)
            elif have_changed:
                self._seam.emit(ReasonsChanged(alarm=alarm.record(), time=now))

    @staticmethod
    def _has_untold(alarm: Alarm, counted: Counted) -> bool:
        """Whether the alarm is on the list, and members count of which people were not told."""
        is_known = alarm.told is not None and alarm.told.members.issuperset(counted.members)
        return alarm.is_raised and counted.is_sure and not is_known
