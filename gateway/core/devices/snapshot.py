"""What is stored of a device from time to time: a restart then needs only the end of the journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from gateway.core.devices.device import Device
from gateway.core.devices.hearing import BEGINNING, Hearing, HearingInterval, Position
from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.readings import RECEIVED, STAMPED, Reading


class DeviceSnapshot(msgspec.Struct, frozen=True, gc=False):
    """The latest values of one device: a row of the store."""

    device: str
    newest: Micros
    values: dict[str, Value]
    """As rules read them; without metrics that are known from `earlier` alone."""
    times: dict[str, Micros]
    unstamped: list[str] = []
    """Metrics whose latest value came without a believed stamp."""
    pace: tuple[Micros, Micros] = (0, 0)
    """Stamp and time received of the latest message whose stamp was believed, or was a server's and stale."""
    position: int = 0
    """The number of the first message that is not in it; 0 where an earlier release has stored it."""
    earlier: dict[str, Value] = {}
    """The latest values of metrics of which the latest is of the past: shown to people, but not read by rules."""
    received: Micros = 0
    """When it was last heard; 0 if it never was, or an earlier release has stored it."""
    heard: tuple[Micros, int] = (0, 0)
    """The same in hearing time."""
    said: dict[str, Micros] = {}
    """At which hearing time it has last sent each metric that has a highest age of its own."""
    units: dict[str, str] | None = None
    """The units of the profile's metrics that have one; None where an earlier release has stored it."""


class DeviceRows(msgspec.Struct, frozen=True):
    """What an earlier run has stored."""

    snapshots: Sequence[DeviceSnapshot] = ()
    readings: Iterable[Reading] = ()
    """The readings in the journal since the snapshot of their device, oldest first."""
    hearing: Sequence[HearingInterval] = ()
    """When the gateway has heard."""


class Snapshots(msgspec.Struct, frozen=True):
    """A part of the devices that have changed since the last snapshot."""

    position: int | None
    """Only with the last part: the snapshots of all devices include every message before this one."""
    devices: list[DeviceSnapshot] = []
    hearing: list[HearingInterval] = []
    """The times in which the gateway heard, as far as they have changed."""
    removed: list[str] = []
    """Devices that the site has no longer, with the last part: nothing in the journal since is theirs."""


def left_behind(device: str, position: int) -> DeviceSnapshot:
    """The row of a device that the site has no longer: one that is added under its id knows nothing of before."""
    return DeviceSnapshot(device, 0, {}, {}, position=position)


def snapshot_of(device: Device, position: int, hearing: Hearing) -> DeviceSnapshot:
    """The row to store, when message `position` is the next. That a value is too old is not stored."""
    earlier = {name: value for name, value in device.earlier.items() if name not in device.stale}
    return DeviceSnapshot(
        device.spec.id,
        device.newest,
        {name: value for name, value in device.values.items() if name not in earlier},
        dict(device.times),
        sorted(device.unstamped),
        device.pace,
        position,
        earlier,
        device.received,
        device.heard(hearing) or BEGINNING,
        dict(device.attention.said) if device.attention is not None else {},
        _units(device.profile),
    )


def restore(device: Device, snapshot: DeviceSnapshot) -> frozenset[str]:
    """Restore a snapshot, without metrics that the profile no longer has, or has with another type or unit.

    Returns:
        Those with another unit: what the journal has of them since is in the unit of before, too.
    """
    units = _units(device.profile)
    before = units if snapshot.units is None else snapshot.units
    others = frozenset(name for name in device.profile.metrics if units.get(name) != before.get(name))
    values = compatible(_without(snapshot.values, others), device.profile)
    device.earlier = compatible(_without(snapshot.earlier, others), device.profile)
    device.facts.update(values)
    device.times.update({name: snapshot.times[name] for name in (*values, *device.earlier)})
    device.newest = snapshot.newest
    device.pace_stamp, device.pace_received = snapshot.pace
    device.set_heard(snapshot.received, Position(*snapshot.heard))
    if (attention := device.attention) is not None:
        attention.said = {name: heard for name, heard in snapshot.said.items() if name in attention.ages}
    device.unstamped = frozenset(name for name in snapshot.unstamped if name in values)
    return others


def in_present_units(reading: Reading, others: frozenset[str]) -> Reading:
    """A reading of the journal without these metrics."""
    if others.isdisjoint(reading.values):
        return reading
    return msgspec.structs.replace(reading, values=_without(reading.values, others))


def _without(values: Mapping[str, Value], others: frozenset[str]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if name not in others}


def _units(profile: Profile) -> dict[str, str]:
    return {name: metric.unit for name, metric in profile.metrics.items() if metric.unit}


def compatible(values: Mapping[str, Value], profile: Profile) -> dict[str, Value]:
    """The values of an earlier run whose metrics the profile still has, with the same type."""
    compatible: dict[str, Value] = {}
    for name, value in values.items():
        metric = profile.metrics.get(name)
        if metric is not None and _fits(metric.type, value):
            compatible[name] = float(value) if metric.type == "float" else value
    return compatible


def _fits(metric_type: str, value: Value) -> bool:
    if metric_type == "bool":
        return isinstance(value, bool)
    if metric_type in ("int", "float"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def origin_of(reading: Reading) -> int:
    """Of its time; a journal that was written before the origin was recorded shows it by two times that differ."""
    return reading.origin or (STAMPED if reading.time != reading.received else RECEIVED)


def was_heard(reading: Reading, hearing: Hearing) -> bool:
    """Whether a reading in the journal was not retained.

    The journal does not say so: what is retained has no stamp, and comes in blindness.
    """
    return reading.origin == STAMPED or hearing.includes(reading.received)
