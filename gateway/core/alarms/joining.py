"""Members of a group that count while its alarm stands: which of them are news, and what suppresses them."""

from __future__ import annotations

from enum import Enum

import msgspec

from gateway.core.alarms.alarm import Alarm
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.events import ReasonsChanged
from gateway.core.alarms.lifecycle import State
from gateway.core.alarms.moves import Moves
from gateway.core.alarms.suppression import Suppressions
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.rules.groups.events import MembersCleared
from gateway.core.rules.groups.requests import Counted, NameMembers


class News(Enum):
    """What people are to be told."""

    NONE = "none"
    FURTHER = "further"
    """Members count of which they were not told."""
    AGAIN = "again"
    """What everybody may take for over, as only members of which nothing is known kept it, has begun again."""
    UNCOVERED = "uncovered"
    """Members that they know count again, which nothing suppresses."""


class Joining:
    """Asks which members count, and decides what of that is news."""

    def __init__(self, moves: Moves, suppressions: Suppressions, seam: Seam) -> None:
        self._moves, self._suppressions, self._seam = moves, suppressions, seam

    def ask(self, alarm: Alarm) -> Counted:
        """Which members count now. Where none does, as nothing is known of them, those of its latest step."""
        found: list[Counted] = []
        if alarm.subject.device is None:
            self._seam.ask(NameMembers(rule=alarm.rule, subject=alarm.subject, answer=found.append))
        if found and found[0].members:
            return found[0]
        return Counted(alarm.members, alarm.detail, is_sure=False)

    def join(self, alarm: Alarm, definition: AlarmDefinition, members: frozenset[str] | None, time: Micros) -> News:
        """These members have joined; None where any that counts may have.

        One that people know and that comes and goes is no news. A raised alarm stays on the list, whatever covers
        those that join; what covers them ends before they are told. What has suppressed the alarm may not cover them.
        """
        told, is_suppressed = alarm.told, alarm.state is State.SUPPRESSED
        is_known = told is not None and members is not None and members <= told.members and not told.cleared
        if is_known and not is_suppressed:
            return News.NONE
        counted = self.ask(alarm)
        counting = tuple(dict.fromkeys((*counted.members, *sorted(members or ()))))
        is_new = told is None or not told.members.issuperset(counting)
        is_again = told is not None and not told.cleared.isdisjoint(counting)
        reasons = self._suppressions.reasons(definition, alarm.subject, counting)
        if reasons or not (is_new or is_again or is_suppressed):
            have_changed, alarm.suppressed_by = reasons != alarm.suppressed_by, reasons
            if have_changed:
                self._moves.keep(alarm)
                self._seam.emit(ReasonsChanged(alarm=alarm.record(), time=time))
            return News.NONE
        alarm.members, alarm.detail = counting, counted.detail
        if is_again and not (alarm.is_chattering and is_new):  # chatter holds back no further member
            return News.AGAIN
        return News.FURTHER if is_new else News.UNCOVERED

    def clear(self, alarm: Alarm, event: MembersCleared) -> None:
        """Of these members it is certain that they are clear, and it is not certain that the rule is breached: when it
        is, they are news again."""
        told = alarm.told
        if told is not None and (cleared := (told.cleared | event.members) & told.members) != told.cleared:
            alarm.told = msgspec.structs.replace(told, cleared=cleared)
            self._moves.keep(alarm)
