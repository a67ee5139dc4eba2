"""The part that keeps the windows of all devices on which rules derive values."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Sequence
from typing import ClassVar

import msgspec

from gateway.core.devices.latest import Devices
from gateway.core.kernel.blindness import BecameBlind, Blindness, HearsAgain
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import MINUTE, SECOND, Micros
from gateway.core.rules.evaluation import CONFIRM_WITHIN
from gateway.core.rules.rule import Rule
from gateway.core.rules.windows.device_windows import DeviceWindows
from gateway.core.rules.windows.events import WindowsMoved
from gateway.core.rules.windows.heard import Gaps, Span
from gateway.core.rules.windows.kinds import StoredWindows
from gateway.core.rules.windows.looks import derivations_of, thresholds_on
from gateway.core.site.site import Site
from gateway.core.telemetry.readings import Message, Reading

SAVED_AT_ONCE = 20_000
"""Samples that one step saves, and what the last device has beyond: some 10 ms."""
SAVE_EVERY: Micros = 10 * MINUTE
"""How often windows are saved: they are much larger than latest values, and the journal has what came since."""
_PER_DEVICE = 50
"""What saving a device takes beside its samples, in samples."""


class WindowRows(msgspec.Struct, frozen=True):
    """What an earlier run has stored."""

    windows: Sequence[StoredWindows] = ()
    gaps: Sequence[Span] = ()
    """The blind gaps of earlier runs."""
    readings: Iterable[tuple[int, Reading]] = ()
    """The readings in the journal since, oldest first, each with the number of the first message of its batch."""


class WindowChanges(msgspec.Struct, frozen=True):
    """What one step saves of the windows."""

    position: int | None
    """Only when all are saved: they include every message before this one."""
    windows: Sequence[StoredWindows] = ()
    removed: Sequence[str] = ()
    """Devices of which no rule derives anything any more."""
    gaps: Sequence[Span] | None = None
    """None where they have not changed."""


class Windows(Part):
    """Reads each reading of a device into its windows, and tells when time alone may have moved them."""

    name: ClassVar[str] = "windows"

    def __init__(self, site: Site, rules: Sequence[Rule], devices: Devices, blindness: Blindness, seam: Seam) -> None:
        self._seam, self._blindness, self._devices = seam, blindness, devices
        deriving = [rule for rule in rules if rule.let]
        watching = ((spec.id, [each for each in deriving if each.watches(spec)]) for spec in site.devices.values())
        self._deriving: dict[str, list[Rule]] = {name: found for name, found in watching if found} if deriving else {}
        """The rules that derive values, by device."""
        self._rows = WindowRows()
        self._gaps = Gaps()
        self.by_device: dict[str, DeviceWindows] = {}
        """The windows of the devices of which rules derive values; empty until they begin."""
        self._timed: list[DeviceWindows] = []
        """Those that time alone may move."""
        self._unconfirmed_until = self._doubted_since = self._snapshot_at = 0
        self._grace: Micros = CONFIRM_WITHIN
        self._saved_at: Micros | None = None
        self._unsaved: deque[DeviceWindows] = deque()
        self._changes: WindowChanges | None = None
        self._gaps_changed = False

    @property
    def are_none(self) -> bool:
        """Whether no rule derives anything."""
        return not self._deriving

    def of(self, device: str) -> DeviceWindows:
        """The windows of a device; KeyError where no rule derives anything of it."""
        return self.by_device[device]

    @property
    def lost(self) -> int:
        """The readings of this run that left a window early, as there was no room."""
        return sum(found.lost for found in self.by_device.values())

    def restore(self, rows: WindowRows, now: Micros) -> None:
        """Restore the gaps; the windows follow when they begin."""
        self._rows = rows
        self._gaps.restore(rows.gaps)

    def begin(self, now: Micros) -> None:
        """Begin the windows, when the latest values of devices are known: from what is stored, and the journal since.

        Those of which nothing is stored are new, and begin now.
        """
        self._gaps.open(self._blindness.since or now)
        for each in self._devices.hearing.intervals:
            self._unconfirmed_until = each.since + self._grace
            self._grace = self._grace if each.until is None else self._left_at(each.until)
        for name, rules in self._deriving.items():
            device = self._devices[name]
            derivations, thresholds = derivations_of(rules), thresholds_on(device, rules)
            self.by_device[name] = DeviceWindows(derivations, device, now, self._gaps, thresholds)
            self._devices.follow(name, self.read)
        self._timed = [found for found in self.by_device.values() if found.looks.timed]
        rows, self._rows = self._rows, WindowRows()
        stored = {row.device: row for row in rows.windows}
        for name, found in self.by_device.items():
            found.restore(stored.get(name))
        positions = {name: row.position for name, row in stored.items() if name in self.by_device}
        for number, reading in rows.readings if positions else ():
            if number >= positions.get(reading.device, sys.maxsize):
                self.by_device[reading.device].read(reading)
        position = self._seam.counters.peek("message")
        new = [found.stored(position) for found in self.by_device.values() if found.has_new]
        removed = sorted(stored.keys() - self.by_device.keys())
        if new or removed:
            self._changes = WindowChanges(None, new, removed)

    def read(self, reading: Reading, message: Message, number: int) -> None:
        """Read a reading of a device with windows, before its latest values include it."""
        found = self.by_device[reading.device]
        found.read(reading, message, number)
        if found.looks.timed and self._blindness.since is None:
            self._wait(found, found.next_look(reading.received))

    def look(self, device: str, time: Micros) -> None:
        """Have the rules of a device evaluated at this time, as something else than a reading has changed one."""
        if self._blindness.since is None:
            self._wait(self.by_device[device], time)

    def on(self, event: Event) -> None:
        """Know whether the gateway hears, and whether it knows the time."""
        match event:
            case BecameBlind():
                self._set_blind(event.since)
            case HearsAgain():
                self._set_hearing(event.time)
            case ClockDoubted():
                self._doubted_since = event.since
            case ClockCorrected():
                self._doubted_since = 0 if event.is_certain else event.since + event.by

    def tick(self, key: str, now: Micros) -> None:
        """Have the rules of a device evaluated."""
        found = self.by_device[key]
        found.looks.due = None
        if self._blindness.since is None:
            self._seam.emit(WindowsMoved(device=key, time=now))
            self._wait(found, found.next_look(now, is_look=True))

    def clock_set(self, by: Micros) -> None:
        """Move what this run has told by the clock, or all of it where the clock was right before; begin to save that.

        What is stored was told by the clock as it was, and a restart could not tell.
        """
        since = self._doubted_since if by > 0 else 0
        self._gaps.move(by, since)
        self._gaps_changed = not self.are_none
        self._unconfirmed_until += by
        for found in self.by_device.values():
            found.clock_set(by, since)
        for found in self._timed if self._blindness.since is None else ():
            found.looks.due = None
            self._wait(found, found.looked_at + 1)
        self._saved_at = None
        self._unsaved.clear()
        self._begin_to_save()
        self._save_some()

    def snapshot(self, now: Micros) -> None:
        """Save the windows that have changed, some at once, unless they were saved lately."""
        if not self._unsaved:
            is_early = self._saved_at is not None and 0 <= now - self._saved_at < SAVE_EVERY
            if self._seam.counters.peek("message") == self._snapshot_at or (is_early and not self.are_none):
                return
            self._saved_at = now
            self._begin_to_save()
        self._save_some()

    def _begin_to_save(self) -> None:
        self._snapshot_at = self._seam.counters.peek("message")
        self._unsaved.extend(found for found in self.by_device.values() if found.is_changed)

    def _save_some(self) -> None:
        position = self._seam.counters.peek("message")
        saved: list[StoredWindows] = []
        size = 0
        while self._unsaved and size < SAVED_AT_ONCE:
            found = self._unsaved.popleft()
            size += found.size + _PER_DEVICE
            saved.append(found.stored(position))
        self._changes = WindowChanges(None if self._unsaved else self._snapshot_at, saved)

    @property
    def has_unsaved(self) -> bool:
        """Whether the present snapshot needs another step."""
        return bool(self._unsaved)

    def finish(self) -> WindowChanges | None:
        """What is to be saved; at the start of a run the windows that are new, so that a restart goes on with them."""
        changes, self._changes = self._changes, None
        if self._gaps_changed:
            self._gaps_changed = False
            changes = msgspec.structs.replace(changes or WindowChanges(None), gaps=tuple(self._gaps.closed))
        return changes

    def _set_blind(self, since: Micros) -> None:
        """The gateway cannot hear: from then on time alone moves nothing."""
        self._gaps.open(since)
        self._grace = self._left_at(since)
        for found in self._timed:
            found.looks.due = None
            self._seam.let_sleep(found.id)

    def _left_at(self, time: Micros) -> Micros:
        """What is left of the turn of devices when a hearing ends, or a whole one: links and processes that come and go
        must not put off an alarm for ever."""
        left = self._unconfirmed_until - time
        return left if 0 < left < CONFIRM_WITHIN else CONFIRM_WITHIN

    def _set_hearing(self, now: Micros) -> None:
        """The gateway hears again: first each device has its turn, then time alone decides again."""
        self._gaps.close(now)
        self._gaps_changed = not self.are_none
        self._unconfirmed_until = now + self._grace
        for found in self._timed:
            found.looks.forget()
            self._wait(found, self._unconfirmed_until)

    def _wait(self, found: DeviceWindows, until: Micros | None) -> None:
        """Look at the device at this time, if not earlier: at a whole second, when others are looked at as well."""
        if until is not None:
            due = -(-max(until, self._unconfirmed_until) // SECOND) * SECOND
            if found.looks.due is None or due < found.looks.due:
                found.looks.due = due
                self._seam.wake(found.id, due)
