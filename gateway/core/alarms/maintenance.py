"""The part that keeps alarms of devices under maintenance from people while somebody works on them.

Alarms are evaluated and recorded all the same. Nobody is told and no ticket opens until the maintenance is over; what
still stands then is told. Life-safety alarms are told at any time.

What a person begins runs for a duration: a clock that is set neither shortens nor prolongs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from gateway.core.alarms.events import MaintenanceEnded
from gateway.core.alarms.maintenance_actions import (
    LONGEST,
    BeginMaintenance,
    EndMaintenance,
    FinishMaintenance,
    MaintenanceRecord,
    StartMaintenance,
)
from gateway.core.alarms.maintenance_steps import Work, tell_step
from gateway.core.alarms.suppression import Release, Suppress, SuppressionKind
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.errors import MaintenanceRefused
from gateway.core.kernel.events import Action, Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros
from gateway.core.site.site import Site


class Maintenance(Part):
    """Asks for alarms to be suppressed while people work on devices."""

    name: ClassVar[str] = "maintenance"
    actions: ClassVar[tuple[type[Action], ...]] = (StartMaintenance, EndMaintenance)
    requests: ClassVar[tuple[type[Request], ...]] = (BeginMaintenance, FinishMaintenance)

    def __init__(self, site: Site, seam: Seam) -> None:
        self._site = site
        self._seam = seam
        self._begun: dict[int, MaintenanceRecord] = {}
        """What people have begun and lasts, by number."""
        self._in_doubt: set[int] = set()
        """The numbers of those that began while the time was in doubt."""
        self._trusts_time = True
        self._changed: list[MaintenanceRecord] = []

    def restore(self, rows: Sequence[MaintenanceRecord], now: Micros) -> None:
        """Go on with what lasts; end what was over while the gateway was away."""
        for record in rows:
            self._begun[record.number] = record
            if record.ends_at <= now:
                self._end(record, now)
            else:
                self._suppress(record, now)

    def on(self, event: Event) -> None:
        """Correct what a wrong clock has made wrong."""
        match event:
            case ClockDoubted():
                self._trusts_time = False
            case ClockCorrected():
                for record in [*self._begun.values()]:
                    if event.by and record.number not in self._in_doubt:  # its times were right before
                        self._move(record, -event.by)
                if event.is_certain:
                    self._trusts_time = True
                    self._in_doubt.clear()

    def serve(self, request: Request) -> None:
        """Begin or end a maintenance with the work of a ticket."""
        match request:
            case BeginMaintenance():
                begun = self._begin(
                    request.devices, request.duration, request.reason, request.time, request.by, cause=request.cause
                )
                request.answer(begun)
            case FinishMaintenance() if (record := self._begun.get(request.maintenance)) is not None:
                self._end(record, request.time, by=request.by)

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

    def tick(self, key: int, now: Micros) -> None:
        """The time of a maintenance is over."""
        if (record := self._begun.get(key)) is not None and record.ends_at <= now:
            self._end(record, now)

    def clock_set(self, by: Micros) -> None:
        """What people have begun keeps its length."""
        for record in [*self._begun.values()]:
            self._move(record, by)

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
        if action.duration <= 0:
            raise MaintenanceRefused("a maintenance lasts for some time: say for how long, such as 2h")
        if action.duration > LONGEST:
            raise MaintenanceRefused("a maintenance lasts for at most 30d: plan a longer one in the site's files")
        self._begin(action.devices, action.duration, action.reason, now, action.by)

    def _begin(
        self,
        devices: tuple[str, ...],
        duration: Micros,
        reason: str,
        now: Micros,
        by: str,
        *,
        cause: int | None = None,
    ) -> int:
        number, ends_at = self._seam.counters.take("maintenance"), now + duration
        work = Work(number, devices, reason, now, ends_at)
        audit = tell_step(self._seam, self._site, work, "start", now, by=by, cause=cause)
        record = MaintenanceRecord(number, devices, reason, by, now, ends_at, audit.number)
        if not self._trusts_time:
            self._in_doubt.add(number)
        self._keep(record)
        self._suppress(record, now)
        return number

    def _keep(self, record: MaintenanceRecord) -> None:
        self._begun[record.number] = record
        self._changed.append(record)
        self._seam.wake(record.number, record.ends_at)

    def _move(self, record: MaintenanceRecord, by: Micros) -> None:
        moved = msgspec.structs.replace(record, started_at=record.started_at + by, ends_at=record.ends_at + by)
        self._keep(moved)
        self._suppress(moved, moved.started_at)  # people see its new end

    def _suppress(self, record: MaintenanceRecord, now: Micros) -> None:
        self._seam.wake(record.number, record.ends_at)
        self._seam.ask(
            Suppress(
                source=f"maintenance:{record.number}",
                kind=SuppressionKind.MAINTENANCE,
                devices=frozenset(record.devices),
                rules=None,
                subject=None,
                why=record.reason,
                until=record.ends_at,
                by=record.by,
                time=now,
                cause=record.event,
            )
        )

    def _end(self, record: MaintenanceRecord, now: Micros, *, by: str | None = None, note: str | None = None) -> None:
        number = record.number
        work = Work(number, record.devices, record.reason, record.started_at, record.ends_at)
        audit = tell_step(self._seam, self._site, work, "end", now, by=by, note=note, cause=record.event)
        del self._begun[number]
        self._in_doubt.discard(number)
        self._seam.let_sleep(number)
        self._changed.append(msgspec.structs.replace(record, ends_at=now, ended_at=now, ended_by=by))
        self._seam.ask(Release(source=f"maintenance:{number}", time=now, cause=audit.number))
        self._seam.emit(MaintenanceEnded(maintenance=number, devices=record.devices))
