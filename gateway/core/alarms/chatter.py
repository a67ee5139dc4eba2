"""Chattering: an alarm that comes and goes many times in a short while is held as one until it is quiet."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gateway.core.alarms.alarm import Alarm, AlarmRecord
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.definitions import Definitions
from gateway.core.alarms.events import EndHeldBack
from gateway.core.alarms.moves import Moves
from gateway.core.alarms.occurred import Occurred
from gateway.core.kernel.part import Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros

_MOST_REMEMBERED = 1000


class Chatter:
    """Decides which alarms chatter, and when one is quiet.

    An alarm chatters from the raise that is one too many on. Its returns are held back, and what would be further
    raises only counts, until it has not changed for the time that its rule gives: then it makes the step that is due.
    Life-safety alarms never chatter.
    """

    def __init__(self, definitions: Definitions, moves: Moves, seam: Seam) -> None:
        self._definitions = definitions
        self._moves = moves
        self._seam = seam
        self._closed: dict[tuple[str, Subject], Occurred] = {}
        """Of alarms that are back to normal, the oldest first."""
        self._blind_since: Micros | None = None

    def remember(self, alarm: Alarm | AlarmRecord) -> None:
        """The alarm is back to normal; a new one of its rule and subject continues its count."""
        if alarm.occurred is not None:
            self._closed.pop((alarm.rule, alarm.subject), None)
            self._closed[alarm.rule, alarm.subject] = Occurred(alarm.occurred.times)
            if len(self._closed) > _MOST_REMEMBERED:
                del self._closed[next(iter(self._closed))]

    def count(self, alarm: Alarm, definition: AlarmDefinition, time: Micros) -> None:
        """The alarm occurs, or becomes worse. It may chatter from now on."""
        limit = definition.chatter
        before = alarm.occurred or self._closed.pop((alarm.rule, alarm.subject), None) or Occurred(())
        if limit is None:
            alarm.occurred = None
            return
        times = (*(each for each in before.times if 0 <= time - each < limit.within), time)[-limit.count :]
        changed_at = time if alarm.is_chattering or len(times) == limit.count else None
        alarm.occurred = Occurred(times, changed_at)
        if changed_at is not None:
            self._wake(alarm)

    def hold_back(self, alarm: Alarm, time: Micros, cause: int | None) -> bool:
        """Whether the alarm chatters, so that its end, or that of its worst level, is told only when it is quiet."""
        occurred = alarm.occurred
        if occurred is None or occurred.changed_at is None:
            return False
        alarm.occurred = msgspec.structs.replace(occurred, changed_at=time, is_better=True, better_by=cause)
        self._wake(alarm)
        self._moves.keep(alarm)
        self._seam.emit(EndHeldBack(alarm=alarm.record(), time=time))
        return True

    def comes_again(self, alarm: Alarm, time: Micros) -> None:
        """What was held back is not the end: people are not told anew of the alarm."""
        if alarm.is_raised:
            alarm.raised_count += 1
        occurred = alarm.occurred or Occurred(())
        alarm.occurred = msgspec.structs.replace(occurred, changed_at=time, is_better=False, better_by=None)
        self._wake(alarm)
        self._moves.keep(alarm)
        self._seam.emit(EndHeldBack(alarm=alarm.record(), time=time))

    def quiet(self, alarm: Alarm) -> Occurred | None:
        """The alarm has not changed for its time and chatters no more; returns how it was, None if it did not."""
        occurred = alarm.occurred
        if occurred is None or occurred.changed_at is None:
            return None
        alarm.occurred = None if occurred.is_better else Occurred(occurred.times)
        self._seam.let_sleep(alarm.number)
        self._moves.keep(alarm)
        return occurred

    def restore(self, alarm: Alarm) -> None:
        """Continue with an alarm of an earlier run. Time counts when the gateway hears."""
        self._wake(alarm)

    def set_blind(self, alarms: Iterable[Alarm], since: Micros) -> None:
        """No alarm is quiet because nothing is heard of it."""
        self._blind_since = since
        for alarm in alarms:
            if alarm.is_chattering:
                self._seam.let_sleep(alarm.number)

    def set_hearing(self, alarms: Iterable[Alarm], now: Micros) -> None:
        """The time in which nothing was heard counts as quiet for no alarm; that before it does."""
        since = now if self._blind_since is None else self._blind_since
        self._blind_since = None
        for alarm in alarms:
            if alarm.occurred is not None and (changed_at := alarm.occurred.changed_at) is not None:
                quiet = max(0, since - changed_at)
                alarm.occurred = msgspec.structs.replace(alarm.occurred, changed_at=now - quiet)
                self._wake(alarm)
                self._moves.keep(alarm)

    def clock_set(self, alarms: Iterable[Alarm], by: Micros) -> None:
        """The times between occurrences stay the same."""
        self._closed = {key: occurred.moved(by) for key, occurred in self._closed.items()}
        if self._blind_since is not None:
            self._blind_since += by
        for alarm in alarms:
            if alarm.occurred is not None:
                alarm.occurred = alarm.occurred.moved(by)
                self._moves.keep(alarm)
                self._wake(alarm)

    def _wake(self, alarm: Alarm) -> None:
        """While the gateway hears, wait until the alarm that chatters has been quiet for its time."""
        if self._blind_since is not None:
            return
        definition = self._definitions.of(alarm)
        limit = definition.chatter if definition is not None else None
        changed_at = alarm.occurred.changed_at if alarm.occurred is not None else None
        if changed_at is not None:
            self._seam.wake(alarm.number, changed_at + (0 if limit is None else limit.within))
