"""The part that counts alarms, and how many seconds it has counted for."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from gateway.core.alarms.events import AlarmMoved
from gateway.core.kernel.events import Action, Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import SECOND, Micros


class TallyRecord(msgspec.Struct, frozen=True):
    """The count as it stands: a row of the store."""

    alarms: int = 0
    seconds: int = 0


class ClearTally(Action, frozen=True, kw_only=True):
    """The person wants to begin at zero."""


class Tally(Part):
    """Counts new alarms and, from the first one on, seconds."""

    name: ClassVar[str] = "tally"
    actions: ClassVar[tuple[type[Action], ...]] = (ClearTally,)

    def __init__(self, seam: Seam) -> None:
        self._seam = seam
        self._record = TallyRecord()
        self._changed = False

    def restore(self, rows: TallyRecord, now: Micros) -> None:
        """Go on with the count of an earlier run."""
        self._record = rows
        if rows.alarms:
            self._seam.wake("second", now + SECOND)

    def on(self, event: Event) -> None:
        """Count a new alarm."""
        if isinstance(event, AlarmMoved) and event.is_new:
            if not self._record.alarms:
                self._seam.wake("second", event.time + SECOND)
            self._set(self._record.alarms + 1, self._record.seconds)

    def act(self, action: Action, now: Micros) -> None:
        """Begin at zero."""
        self._seam.let_sleep("second")
        self._set(0, 0)
        audit = self._seam.record("tally", "tally", now, {"step": "clear"}, by=action.by)
        self._seam.emit(Event(audit=audit))

    def tick(self, key: str, now: Micros) -> None:
        """Another second."""
        self._seam.wake(key, now + SECOND)
        self._set(self._record.alarms, self._record.seconds + 1)

    def finish(self) -> TallyRecord | None:
        """The count, where it has changed."""
        if not self._changed:
            return None
        self._changed = False
        return self._record

    def _set(self, alarms: int, seconds: int) -> None:
        self._record = TallyRecord(alarms, seconds)
        self._changed = True
