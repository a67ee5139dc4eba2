"""Members of a group that join what an alarm tells of, or leave it: what of that is news."""

from __future__ import annotations

from enum import Enum

import msgspec

from gateway.core.alarms.alarm import Alarm
from gateway.core.alarms.chatter import Chatter
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.events import ReasonsChanged
from gateway.core.alarms.lifecycle import State
from gateway.core.alarms.moves import Moves
from gateway.core.alarms.suppression import UNTIL_HEARD, Suppressions
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.rules.events import Breached
from gateway.core.rules.groups.events import MembersMoved


class News(Enum):
    """What people are to be told."""

    NONE = "none"
    FURTHER = "further"
    """Members count of which they were not told."""
    AGAIN = "again"
    """What everybody may take for over, as only members of which nothing is known kept it, has begun again."""


class Joining:
    """Keeps the members that count with the alarm."""

    def __init__(self, moves: Moves, suppressions: Suppressions, chatter: Chatter, seam: Seam) -> None:
        self._moves, self._suppressions, self._chatter, self._seam = moves, suppressions, chatter, seam

    def move(self, alarm: Alarm, definition: AlarmDefinition, event: Breached | MembersMoved) -> News:
        """Other members count. What suppressed the alarm may not cover them; where it does, they are told when it ends.

        A raised alarm stays on the list, whatever covers the members that join.
        """
        is_breached = event.is_breached if isinstance(event, MembersMoved) else True
        if is_breached is None:
            self._note_left(alarm, event)
        before, members, is_back = alarm.members, event.members, False
        if members:
            alarm.members = members
            is_back = bool(is_breached) and alarm.told is not None and not {*members}.isdisjoint(alarm.told.left)
        if not is_back and (not members or frozenset(members) == frozenset(before)):
            return News.NONE
        alarm.detail = event.detail
        reasons = self._suppressions.reasons(definition, event.subject, members)
        if not is_back and frozenset(before).issuperset(members):
            reasons = tuple(each for each in alarm.suppressed_by if each in (*reasons, UNTIL_HEARD))
            has_changed, alarm.suppressed_by = reasons != alarm.suppressed_by, reasons
            self._keep(alarm, event.time, has_changed=has_changed)
            return News.NONE
        has_changed, alarm.suppressed_by = reasons != alarm.suppressed_by, reasons
        if is_back:
            is_back = not alarm.is_chattering
            self._chatter.count(alarm, definition, event.time)
        is_known = alarm.state is not State.SUPPRESSED and not alarm.untold and not is_back
        if reasons or is_known:
            self._keep(alarm, event.time, has_changed=has_changed)
            return News.NONE
        return News.AGAIN if is_back else News.FURTHER

    def _note_left(self, alarm: Alarm, event: Breached | MembersMoved) -> None:
        """Nobody knows whether the rule is breached: members that people were told of, and that no longer count, are
        news when it certainly is."""
        if (told := alarm.told) is None:
            return
        left = tuple(each for each in told.members if each not in event.members or each in told.left)
        if left != told.left:
            alarm.told = msgspec.structs.replace(told, left=left)
            self._moves.keep(alarm)

    def _keep(self, alarm: Alarm, time: Micros, *, has_changed: bool) -> None:
        self._moves.keep(alarm)
        if has_changed:
            self._seam.emit(ReasonsChanged(alarm=alarm.record(), time=time))
