"""The part that keeps alarms of devices under maintenance from people: in planned windows, and when a person says so.

Alarms are evaluated and recorded all the same. Nobody is told and no ticket opens until the maintenance is over; what
still stands then is told. Life-safety alarms are told at any time.

Planned windows run by wall time, and not at all while that is in doubt. What a person begins runs for a duration: a
clock that is set neither shortens nor prolongs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

import msgspec

from gateway.core.alarms.maintenance_actions import LONGEST, EndMaintenance, MaintenanceRecord, StartMaintenance
from gateway.core.alarms.suppression import Release, Suppress, SuppressionKind
from gateway.core.kernel.blindness import BecameBlind
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.errors import MaintenanceRefused
from gateway.core.kernel.events import Action, Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros, isoformat
from gateway.core.site.maintenance import MaintenanceWindow
from gateway.core.site.site import Site

_PLANNED, _BEGUN = 0, 1
"""The kinds of timers, each with an index or a number."""


class Maintenance(Part):
    """Asks for alarms to be suppressed while devices are worked on."""

    name: ClassVar[str] = "maintenance"
    actions: ClassVar[tuple[type[Action], ...]] = (StartMaintenance, EndMaintenance)

    def __init__(self, site: Site, seam: Seam) -> None:
        self._site = site
        self._seam = seam
        self._ends: dict[int, Micros] = {}
        """When the planned window that takes place ends, by the index of the window."""
        self._begun: dict[int, MaintenanceRecord] = {}
        """What people have begun and lasts, by number."""
        self._in_doubt: set[int] = set()
        """The numbers of those that began while the time was in doubt."""
        self._trusts_time = True
        self._is_restoring = False
        """Whether the windows that take place were begun by an earlier run, as far as is known."""
        self._changed: list[MaintenanceRecord] = []

    def restore(self, rows: Sequence[MaintenanceRecord], now: Micros) -> None:
        """Go on with what lasts; end what was over while the gateway was away."""
        for record in rows:
            self._begun[record.number] = record
            if record.ends_at <= now:
                self._end(record, now)
            else:
                self._suppress(record, now)
        self._is_restoring = True
        self._look_at_all(now)
        self._is_restoring = False

    def on(self, event: Event) -> None:
        """Begin with the first windows, stop them while the time is in doubt, and correct what that has made wrong."""
        match event:
            case BecameBlind():
                self._look_at_all(event.noticed)
            case ClockDoubted():
                self._trusts_time = False
                self._look_at_all(event.since)
            case ClockCorrected():
                for record in [*self._begun.values()]:
                    if event.by and record.number not in self._in_doubt:  # its times were right before
                        self._move(record, -event.by)
                if event.is_certain:
                    self._trusts_time = True
                    self._in_doubt.clear()
                self._look_soon()

    def act(self, action: Action, now: Micros) -> None:
        """Begin or end a maintenance.

        Raises:
            MaintenanceRefused: it cannot be done.
        """
        if isinstance(action, StartMaintenance):
            self._start(action, now)
            return
        if not isinstance(action, EndMaintenance):
            raise TypeError(f"{type(action).__name__} is no action on a maintenance")
        record = self._begun.get(action.maintenance)
        if record is None:
            raise MaintenanceRefused(f"maintenance {action.maintenance} does not last: it has ended, or never began")
        self._end(record, now, by=action.by, note=action.note)

    def tick(self, key: tuple[int, int], now: Micros) -> None:
        """A window begins or ends, or the time of a maintenance is over."""
        kind, number = key
        if kind == _PLANNED:
            self._look(number, self._site.maintenance[number], now)
        elif (record := self._begun.get(number)) is not None and record.ends_at <= now:
            self._end(record, now)

    def clock_set(self, by: Micros) -> None:
        """What people have begun keeps its length. Windows follow the clock."""
        for record in [*self._begun.values()]:
            self._move(record, by)
        self._look_soon()

    def finish(self) -> list[MaintenanceRecord] | None:
        """What was begun, has moved or has ended in this step."""
        changed = self._changed
        if not changed:
            return None
        self._changed = []
        return changed

    def _start(self, action: StartMaintenance, now: Micros) -> None:
        unknown = [device for device in action.devices if device not in self._site.devices]
        if unknown:
            raise MaintenanceRefused(f"there is no device {unknown[0]!r}")
        if not action.devices:
            raise MaintenanceRefused("no device is named: say on which the work is")
        if not 0 < action.duration <= LONGEST:
            raise MaintenanceRefused("a maintenance lasts for at most 30d: plan a longer one in the site's files")
        number, ends_at = self._seam.counters.take("maintenance"), now + action.duration
        data: dict[str, object] = {"step": "start", "devices": [*action.devices], "reason": action.reason}
        audit = self._seam.record("maintenance", str(number), now, data | {"until": isoformat(ends_at)}, by=action.by)
        self._seam.emit(Event(audit=audit))
        record = MaintenanceRecord(number, action.devices, action.reason, action.by, now, ends_at, audit.number)
        if not self._trusts_time:
            self._in_doubt.add(number)
        self._keep(record)
        self._suppress(record, now)

    def _keep(self, record: MaintenanceRecord) -> None:
        self._begun[record.number] = record
        self._changed.append(record)
        self._seam.wake((_BEGUN, record.number), record.ends_at)

    def _move(self, record: MaintenanceRecord, by: Micros) -> None:
        moved = msgspec.structs.replace(record, started_at=record.started_at + by, ends_at=record.ends_at + by)
        self._keep(moved)
        self._suppress(moved, moved.started_at)  # people see its new end

    def _suppress(self, record: MaintenanceRecord, now: Micros) -> None:
        self._seam.wake((_BEGUN, record.number), record.ends_at)
        self._ask(
            f"maintenance:{record.number}",
            record.devices,
            record.reason,
            until=record.ends_at,
            by=record.by,
            now=now,
            cause=record.event,
        )

    def _end(self, record: MaintenanceRecord, now: Micros, *, by: str | None = None, note: str | None = None) -> None:
        data: dict[str, object] = {"step": "end", "devices": [*record.devices], "reason": record.reason}
        data |= {"note": note} if note is not None else {}
        number = record.number
        audit = self._seam.record("maintenance", str(number), now, data, cause=record.event, by=by)
        self._seam.emit(Event(audit=audit))
        del self._begun[number]
        self._in_doubt.discard(number)
        self._seam.let_sleep((_BEGUN, number))
        self._changed.append(msgspec.structs.replace(record, ends_at=now, ended_at=now, ended_by=by))
        self._seam.ask(Release(source=f"maintenance:{number}", time=now, cause=audit.number))

    def _look_at_all(self, now: Micros) -> None:
        for index, window in enumerate(self._site.maintenance):
            self._look(index, window, now)

    def _look_soon(self) -> None:
        """The clock was set, and what it shows now comes with the next tick."""
        for index in range(len(self._site.maintenance)):
            self._seam.wake((_PLANNED, index), 0)

    def _look(self, index: int, window: MaintenanceWindow, now: Micros) -> None:
        """Begin or end a planned window as the time asks for it."""
        stretch = window.stretch(now)
        source, ends_at = f"maintenance-window:{index}", None
        if stretch is not None:
            takes_place = self._trusts_time and stretch.start <= now
            ends_at = stretch.end if takes_place else None
            self._seam.wake((_PLANNED, index), stretch.end if stretch.start <= now else stretch.start)
        if ends_at == self._ends.get(index):
            return
        if ends_at is not None:
            self._ends[index] = ends_at
            reason = window.reason.in_language(self._site.header.language)
            cause = None if self._is_restoring else self._record_window(window, "start", now, ends_at)
            self._ask(source, window.devices, reason, until=ends_at, by=None, now=now, cause=cause)
        else:
            del self._ends[index]
            cause = self._record_window(window, "end", now)
            self._seam.ask(Release(source=source, time=now, cause=cause))

    def _record_window(self, window: MaintenanceWindow, step: str, now: Micros, ends_at: Micros | None = None) -> int:
        """Record a step of a planned window in the audit trail; returns the record's number."""
        data: dict[str, object] = {"step": step, "devices": sorted(window.devices)}
        data |= {"until": isoformat(ends_at)} if ends_at is not None else {}
        reason = window.reason.in_language(self._site.header.language)
        audit = self._seam.record("maintenance", reason, now, data)
        self._seam.emit(Event(audit=audit))
        return audit.number

    def _ask(
        self,
        source: str,
        devices: Iterable[str],
        why: str,
        *,
        until: Micros,
        by: str | None,
        now: Micros,
        cause: int | None,
    ) -> None:
        self._seam.ask(
            Suppress(
                source=source,
                kind=SuppressionKind.MAINTENANCE,
                devices=frozenset(devices),
                rules=None,
                subject=None,
                why=why,
                until=until,
                by=by,
                time=now,
                cause=cause,
            )
        )
