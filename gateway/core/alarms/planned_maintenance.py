"""The part that keeps alarms from people in the maintenance windows of the site's files.

Windows run by wall time, and not at all while that is in doubt. Which of them take place is stored, so that a restart
tells of the beginning and end of each once, also where it came while the gateway was off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from gateway.core.alarms.maintenance_steps import Work, tell_step
from gateway.core.alarms.suppression import Release, Suppress, SuppressionKind
from gateway.core.kernel.blindness import BecameBlind
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros
from gateway.core.site.maintenance import MaintenanceWindow
from gateway.core.site.site import Site


class PlannedRecord(msgspec.Struct, frozen=True, gc=False):
    """A window that takes place, as far as people were told: a row of the store."""

    place: int
    """Its place among the windows of the site's files."""
    reason: str
    """In the site's language."""
    devices: tuple[str, ...]
    since: Micros
    until: Micros

    @property
    def work(self) -> Work:
        """What it is about."""
        return Work(None, self.devices, self.reason, self.since, self.until)


class PlannedMaintenance(Part):
    """Asks for alarms to be suppressed in planned windows, and tells of each window."""

    name: ClassVar[str] = "planned_maintenance"

    def __init__(self, site: Site, seam: Seam) -> None:
        self._site = site
        self._seam = seam
        self._lasting: dict[int, PlannedRecord] = {}
        """By the window."""
        self._over: list[PlannedRecord] = []
        """What took place when the earlier run ended, and does not any more: nobody was told of its end."""
        self._trusts_time = True
        self._changed: dict[int, PlannedRecord | None] = {}

    def restore(self, rows: Sequence[PlannedRecord], now: Micros) -> None:
        """Go on with the windows that take place as they did. What else there is to tell, the first event brings."""
        left = [*rows]
        for index, window in enumerate(self._site.maintenance):
            planned = self._at(index, window, now)
            same = [row for row in left if planned == msgspec.structs.replace(row, place=index)]
            if planned is not None and same:
                left.remove(same[0])
                self._lasting[index] = planned
                self._suppress(planned, now, cause=None)
                self._seam.wake(index, planned.until)
        self._over = left
        before = {row.place: row for row in rows}
        for index in before.keys() | self._lasting.keys():
            if before.get(index) != self._lasting.get(index):
                self._changed[index] = self._lasting.get(index)

    def on(self, event: Event) -> None:
        """Begin with the first windows, and stop them while the time is in doubt."""
        match event:
            case BecameBlind():
                over, self._over = self._over, []
                for record in over:
                    tell_step(self._seam, self._site, record.work, "end", event.noticed)
                self._look_at_all(event.noticed)
            case ClockDoubted():
                self._trusts_time = False
                self._look_at_all(event.since)
            case ClockCorrected():
                self._trusts_time = self._trusts_time or event.is_certain
                self._look_soon()

    def tick(self, key: int, now: Micros) -> None:
        """A window begins or ends."""
        self._look(key, self._site.maintenance[key], now)

    def clock_set(self, by: Micros) -> None:
        """Windows follow the clock."""
        self._look_soon()

    def finish(self) -> dict[int, PlannedRecord | None] | None:
        """The windows that take place since this step, or None for those that do not any more."""
        if not self._changed:
            return None
        changed, self._changed = self._changed, {}
        return changed

    def _look_at_all(self, now: Micros) -> None:
        for index, window in enumerate(self._site.maintenance):
            self._look(index, window, now)

    def _look_soon(self) -> None:
        """The clock was set, and what it shows now comes with the next tick."""
        for index in range(len(self._site.maintenance)):
            self._seam.wake(index, 0)

    def _look(self, index: int, window: MaintenanceWindow, now: Micros) -> None:
        """Begin or end a window as the time asks for it."""
        if (stretch := window.stretch(now)) is not None:
            self._seam.wake(index, stretch.end if stretch.start <= now else stretch.start)
        before, planned = self._lasting.get(index), self._at(index, window, now) if self._trusts_time else None
        if planned == before:
            return
        cause = None
        if before is not None:
            del self._lasting[index]
            cause = tell_step(self._seam, self._site, before.work, "end", now).number
        self._changed[index] = planned
        if planned is not None:
            self._lasting[index] = planned
            cause = tell_step(self._seam, self._site, planned.work, "start", now).number
            self._suppress(planned, now, cause)
        else:
            self._seam.ask(Release(source=_source(index), time=now, cause=cause))

    def _at(self, index: int, window: MaintenanceWindow, now: Micros) -> PlannedRecord | None:
        """The window as it takes place now; None where it does not."""
        stretch = window.stretch(now)
        if stretch is None or stretch.start > now:
            return None
        reason = window.reason.in_language(self._site.header.language)
        return PlannedRecord(index, reason, tuple(sorted(window.devices)), stretch.start, stretch.end)

    def _suppress(self, planned: PlannedRecord, now: Micros, cause: int | None) -> None:
        self._seam.ask(
            Suppress(
                source=_source(planned.place),
                kind=SuppressionKind.MAINTENANCE,
                devices=frozenset(planned.devices),
                rules=None,
                subject=None,
                why=planned.reason,
                until=planned.until,
                by=None,
                time=now,
                cause=cause,
            )
        )


def _source(place: int) -> str:
    return f"maintenance-window:{place}"
