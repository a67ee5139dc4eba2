"""The part that holds the latest values of all devices."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import ClassVar

import msgspec

from gateway.core.devices import snapshot as rows_of
from gateway.core.devices.attention import Attention, Follow
from gateway.core.devices.device import Device
from gateway.core.devices.device_view import DeviceView
from gateway.core.devices.events import DeviceHeard, ValuesAged, ValuesRevived
from gateway.core.devices.hearing import Hearing
from gateway.core.devices.requests import ReadLatest
from gateway.core.devices.restoring import restore_values
from gateway.core.devices.snapshot import DeviceRows, DeviceSnapshot, Snapshots
from gateway.core.kernel.blindness import BecameBlind, HearsAgain
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.events import Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import Site
from gateway.core.telemetry.events import AllRejected
from gateway.core.telemetry.readings import OF_EARLIER, Message, Reading

SAVED_AT_ONCE = 80
"""Devices that one step saves. All that have changed would keep messages and people waiting."""


class Devices(Part):
    """Applies readings to the latest values of their devices."""

    name: ClassVar[str] = "devices"
    requests: ClassVar[tuple[type[Request], ...]] = (ReadLatest,)

    def __init__(self, site: Site, profiles: Mapping[str, Profile], seam: Seam) -> None:
        self._seam = seam
        self.hearing = Hearing()
        self._devices = {spec.id: Device.of(spec, profiles[spec.profile]) for spec in site.devices.values()}
        self._snapshot_at = 0
        """The next message when the present or latest snapshot began."""
        self._unsaved: deque[Device] = deque()
        """The rest of the present snapshot."""
        self._snapshots: Snapshots | None = None
        self._departed: set[str] = set()
        """Devices of an earlier run that the site has no longer; until no reading of theirs can be read again."""
        self._doubted_since: Micros = 0
        """Since when the gateway does not know the time; 0 while it does."""
        self.late = 0
        """Readings since this run began that were older than the latest values: stored, but not evaluated."""

    def __getitem__(self, device: str) -> Device:
        """The device of this id; KeyError when the site has none."""
        return self._devices[device]

    def __iter__(self) -> Iterator[Device]:
        """All devices, in the order of the site's files."""
        return iter(self._devices.values())

    def restore(self, rows: DeviceRows, now: Micros) -> None:
        """Restore the latest values, and when each device was last heard, from the snapshots and the journal."""
        self.hearing.restore(rows.hearing)
        edited, departed = restore_values(self._devices, rows, self.hearing)
        self._departed = departed
        if edited or departed:  # stored before the first message: what comes now is of the files of now
            position = self._seam.counters.peek("message")
            changed = [rows_of.snapshot_of(self._devices[name], position, self.hearing) for name in edited]
            gone = [rows_of.left_behind(name, position) for name in sorted(departed)]
            self._snapshots = Snapshots(None, changed + gone)

    def reject(self, reading: Reading) -> Mapping[str, Value]:
        """The rejected values of a reading, without those for which a newer value is known. None becomes the latest."""
        return self._devices[reading.device].reject(reading)

    def update(self, reading: Reading, message: Message, number: int) -> Reading | None:
        """Apply a reading to the latest values of its device. Returns what rules must evaluate; None if nothing.

        Args:
            message: the message of the reading. One that was retained does not prove that the device is alive.
            number: the message's number in the journal.
        """
        device = self._devices[reading.device]
        is_heard = not message.retained
        if device.attention is not None:
            is_heard = self._attend(device, device.attention, reading, message, number)
        if reading.origin in OF_EARLIER:
            self.late += not device.backfill(reading)
            return None
        if is_heard:
            device.received = reading.received
        fresh = device.apply(reading)
        if fresh is reading.values:
            return reading
        if not fresh:
            self.late += 1
            return None
        return msgspec.structs.replace(reading, values=fresh)

    def on(self, event: Event) -> None:
        """Know whether the gateway hears and knows the time, and hear devices whose values are rejected."""
        match event:
            case AllRejected():
                device = self._devices[event.reading.device]
                device.received, device.changed = event.reading.received, True
                if device.attention is not None and device.attention.is_awaited:
                    heard = DeviceHeard(reading=event.reading, message=event.message, number=event.number)
                    self._tell(device, heard)
            case BecameBlind():
                self.hearing.end(event.heard_until or event.since)
                for device in self._devices.values():
                    device.heard(self.hearing)
            case HearsAgain():
                self.hearing.begin(event.time)
            case ClockDoubted():
                self._doubted_since = event.since
            case ClockCorrected():
                self._doubted_since = 0 if event.is_certain else event.since + event.by

    def serve(self, request: Request) -> None:
        """Say what a device has reported last."""
        if not isinstance(request, ReadLatest):
            raise TypeError(f"{type(request).__name__} is no request to devices")
        device = self._devices.get(request.device)
        if device is not None and (latest := device.latest(request.metric)) is not None:
            request.answer(latest)

    def attend(self, device: str, *, is_awaited: bool) -> None:
        """Emit `DeviceHeard` with the next words of a device, or no longer."""
        found = self._devices[device]
        attention = found.attention or Attention.of(found.profile, found.spec.dialect)
        attention.is_awaited = is_awaited
        found.attention = attention if attention.is_needed else None

    def follow(self, device: str, follow: Follow) -> None:
        """Call this with each reading of a device, also of the past, before the latest values include it."""
        found = self._devices[device]
        found.attention = found.attention or Attention.of(found.profile, found.spec.dialect)
        found.attention.follow = follow

    def age(self, device: str) -> None:
        """Nothing was heard of a device for long: its values are not known any more until it is heard again."""
        aged = self._devices[device].age()
        if aged:
            self._seam.emit(ValuesAged(device=device, metrics=aged))

    def outdate(self, device: str, metric: str) -> None:
        """A value is older than its highest age: it is not known any more until the device sends it again."""
        if self._devices[device].outdate(metric):
            self._seam.emit(ValuesAged(device=device, metrics=frozenset({metric})))

    def clock_set(self, by: Micros) -> None:
        """Move along when messages were received, against which later ones are measured, and begin to save that.

        What an earlier run has told by a clock that was right stays, where this run's was in the past.
        """
        right_before = self._doubted_since if by > 0 else 0
        self.hearing.clock_set(by)
        for device in self._devices.values():
            if device.received and device.received >= right_before:
                device.move_received(by)
                device.changed = True
            if device.pace_received and device.pace_received >= right_before:
                device.pace_received += by
                device.changed = True
        self._unsaved.clear()
        self._snapshot_at = 0
        self.snapshot()

    def snapshot(self) -> None:
        """Have the next changed devices saved at the end of the step, unless no message has come since the last one.

        A snapshot takes as many steps as `has_unsaved` says. Messages may come between them: each device is saved as it
        is then, with the position that it has reached.
        """
        position = self._seam.counters.peek("message")
        if not self._unsaved:
            if position == self._snapshot_at:
                return
            self._snapshot_at = position
            self._unsaved.extend(device for device in self._devices.values() if device.changed)
        saved: list[DeviceSnapshot] = []
        while self._unsaved and len(saved) < SAVED_AT_ONCE:
            device = self._unsaved.popleft()
            device.changed = False
            saved.append(rows_of.snapshot_of(device, position, self.hearing))
        self._snapshots = Snapshots(None if self._unsaved else self._snapshot_at, saved)
        if not self._unsaved and self._departed:
            self._snapshots = msgspec.structs.replace(self._snapshots, removed=sorted(self._departed))
            self._departed.clear()

    @property
    def has_unsaved(self) -> bool:
        """Whether the present snapshot needs another step."""
        return bool(self._unsaved)

    def find(self, device: str) -> DeviceView | None:
        """The device of this id; None when the site has none."""
        found = self._devices.get(device)
        return DeviceView.of(found) if found else None

    def stale_of(self, device: str) -> frozenset[str]:
        """The metrics of a device whose values are too old for rules; none where the site has no such device."""
        found = self._devices.get(device)
        return found.stale if found else frozenset()

    def finish(self) -> Snapshots | None:
        """The snapshots, when this step made some."""
        snapshots, self._snapshots = self._snapshots, None
        if hearing := self.hearing.finish():
            return msgspec.structs.replace(snapshots or Snapshots(None), hearing=hearing)
        return snapshots

    def _attend(self, device: Device, attention: Attention, reading: Reading, message: Message, number: int) -> bool:
        """Do what a reading means beside its values. Returns whether it proves that the device is alive."""
        if attention.follow is not None:
            attention.follow(reading, message, number)
        if attention.tags:
            for scan in attention.scans(reading):
                self._seam.emit(scan)
        is_heard = attention.proves_life(reading, message)
        if reading.origin not in OF_EARLIER:
            if attention.ages:
                attention.note_ages(reading, self.hearing, renew=not message.retained)
            if attention.is_awaited and is_heard:
                self._tell(device, DeviceHeard(reading=reading, message=message, number=number))
        return is_heard

    def _tell(self, device: Device, heard: DeviceHeard) -> None:
        """A device is heard whose word was awaited."""
        self._seam.emit(heard)
        if device.aged and (metrics := device.revive() - heard.reading.values.keys()):
            reading, message, number = heard.reading, heard.message, heard.number
            self._seam.emit(ValuesRevived(metrics=metrics, reading=reading, message=message, number=number))
