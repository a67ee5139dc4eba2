"""The alarms of which people were told, and what of them is to be stored."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.kernel.part import Seam
from gateway.core.notices.watch import Escalation, Watch, WatchRecord


class Watches:
    """Watches by alarm, with the timers of their escalations."""

    def __init__(self, seam: Seam) -> None:
        self._seam = seam
        self._watches: dict[int, Watch] = {}
        self._stored: dict[int, WatchRecord] = {}
        """Of an earlier run, until it is known whether the alarm stands."""
        self._changed: dict[int, Watch | None] = {}

    def restore(self, records: Iterable[WatchRecord]) -> None:
        """Go on with these, once all that stands is known."""
        self._stored = {each.alarm: each for each in records}

    def begin(self) -> None:
        """All that stands is known: forget the alarms that do not."""
        for number in self._stored:
            self._changed[number] = None
        self._stored = {}

    def all(self) -> list[Watch]:
        """All of them."""
        return [*self._watches.values()]

    def get(self, alarm: int) -> Watch | None:
        """That of the alarm of this number."""
        return self._watches.get(alarm)

    def find(self, alarm: AlarmRecord) -> Watch | None:
        """That of this alarm, also where the alarm is removed as an earlier run has left it."""
        record = self._stored.pop(alarm.number, None)
        if record is not None:
            self._watches[alarm.number] = Watch(record, alarm, None)
        watch = self._watches.get(alarm.number)
        if watch is not None:
            watch.alarm = alarm
        return watch

    def follow(self, alarm: AlarmRecord, definition: AlarmDefinition | None) -> Watch:
        """That of this alarm, which is a new one where nobody knows of the alarm."""
        watch = self.find(alarm) or Watch(WatchRecord(alarm.number, alarm.latest_raise, alarm.raised_at), alarm, None)
        watch.definition = definition
        self._watches[alarm.number] = watch
        return watch

    def forget_unknown(self, watch: Watch) -> None:
        """Nothing is kept of an alarm that nobody knows of."""
        if not watch.is_known:
            self._watches.pop(watch.number, None)

    def put(self, watch: Watch, escalation: Escalation) -> None:
        """The escalation is so from now on."""
        watch.escalations[escalation.route] = escalation
        self.wake(watch, escalation)
        self.keep(watch)

    def wake(self, watch: Watch, escalation: Escalation) -> None:
        """Have its next step made when it is due."""
        if escalation.due is None:
            return
        if escalation.is_first:
            self._seam.wake(("group", escalation.route), escalation.due)
        else:
            self._seam.wake(("alarm", watch.number, escalation.route), escalation.due)

    def end_escalations(self, watch: Watch) -> None:
        """No step comes any more."""
        for route in watch.escalations:
            self._seam.let_sleep(("alarm", watch.number, route))
        watch.escalations.clear()

    def keep(self, watch: Watch) -> None:
        """Store it as it is at the end of the step; of an alarm that nobody knows of, nothing is kept."""
        self.forget_unknown(watch)
        self._changed[watch.number] = watch

    def finish(self) -> dict[int, WatchRecord | None]:
        """What has changed in this step, by alarm; None for one that is over."""
        changed, self._changed = self._changed, {}
        return {
            number: watch.record() if watch is not None and watch.is_known else None
            for number, watch in changed.items()
        }
