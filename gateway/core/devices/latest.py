"""The part that knows the latest values of all devices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

import msgspec

from gateway.core.devices.device import Device, DeviceSnapshot
from gateway.core.devices.events import TagScanned
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import DeviceSpec, Site
from gateway.core.telemetry.readings import PAST, STAMPED, Reading


class DeviceRows(msgspec.Struct, frozen=True):
    """What an earlier run left."""

    snapshots: Sequence[DeviceSnapshot] = ()
    readings: Iterable[Reading] = ()
    """The journal since the snapshots, oldest first."""


class Snapshots(msgspec.Struct, frozen=True):
    """The devices that have changed since the last snapshot."""

    position: int
    """The number of the first message that they do not cover."""
    devices: list[DeviceSnapshot]


class DeviceView(msgspec.Struct, frozen=True):
    """A device as it was at one moment: a copy, for another thread."""

    spec: DeviceSpec
    profile: Profile
    values: dict[str, Value]
    times: dict[str, Micros]
    newest: Micros
    received: Micros


class Devices(Part):
    """Lays readings over what is known of their devices."""

    name: ClassVar[str] = "devices"

    def __init__(self, site: Site, profiles: Mapping[str, Profile], seam: Seam) -> None:
        self._seam = seam
        self._devices = {spec.id: Device.of(spec, profiles[spec.profile]) for spec in site.devices.values()}
        self._snapshot_at = 0
        self._snapshots: Snapshots | None = None
        self.late = 0
        """Readings since this run began that were older than what was already known: stored, but no rule sees them."""

    def __getitem__(self, device: str) -> Device:
        """The device of this id; KeyError when the site has none."""
        return self._devices[device]

    def restore(self, rows: DeviceRows, now: Micros) -> None:
        """Know again what an earlier run knew."""
        for snapshot in rows.snapshots:
            if device := self._devices.get(snapshot.device):
                device.restore(snapshot)
        for reading in rows.readings:
            known = self._devices.get(reading.device)
            if known is not None and (values := known.fitting(reading.values)):
                fitting = msgspec.structs.replace(reading, values=values)
                if reading.origin == PAST:
                    known.recall(fitting)
                else:
                    known.apply(fitting, stamped=_is_stamped(reading))

    def update(self, reading: Reading, retained: bool) -> Reading | None:
        """Lay a reading over what is known of its device; of it, what rules are to see: None when that is nothing.

        Args:
            retained: whether the broker kept its message from earlier: then it is known, and no rule sees it.
        """
        device = self._devices[reading.device]
        device.received = reading.received
        if device.tags and not retained:
            for event in _scans(device, reading):
                self._seam.emit(event)
        if reading.origin == PAST:
            self.late += not device.recall(reading)
            return None
        fresh = device.apply(reading, stamped=reading.origin == STAMPED)
        if not fresh:
            self.late += 1
            return None
        if retained:
            return None
        if len(fresh) < len(reading.values):
            return msgspec.structs.replace(reading, values=fresh)
        return reading

    def snapshot(self) -> None:
        """Have the latest values saved that have changed since the last time; not when no message has come since."""
        position = self._seam.counters.peek("message")
        if position == self._snapshot_at:
            return
        self._snapshot_at = position
        changed = [device for device in self._devices.values() if device.changed]
        self._snapshots = Snapshots(position, [device.snapshot() for device in changed])
        for device in changed:
            device.changed = False

    def find(self, device: str) -> DeviceView | None:
        """The device of this id; None when the site has none."""
        found = self._devices.get(device)
        return _view(found) if found else None

    def views(self) -> Iterator[DeviceView]:
        """All devices, in the order of the site's files."""
        return map(_view, self._devices.values())

    def finish(self) -> Snapshots | None:
        """The snapshots, when this step made some."""
        snapshots, self._snapshots = self._snapshots, None
        return snapshots


def _view(device: Device) -> DeviceView:
    return DeviceView(device.spec, device.profile, device.values, dict(device.times), device.newest, device.received)


def _scans(device: Device, reading: Reading) -> Iterator[TagScanned]:
    for metric in device.tags:
        uid = reading.values.get(metric)
        if isinstance(uid, str):
            yield TagScanned(device=reading.device, uid=uid, time=reading.time, received=reading.received)


def _is_stamped(reading: Reading) -> bool:
    return reading.origin == STAMPED or (not reading.origin and reading.time != reading.received)
