"""The state of a device as people see it."""

from __future__ import annotations

from typing import Self

import msgspec

from gateway.core.devices.device import Device
from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import DeviceSpec


class DeviceView(msgspec.Struct, frozen=True, gc=False):
    """A copy of a device's state."""

    spec: DeviceSpec
    profile: Profile
    values: dict[str, Value]
    times: dict[str, Micros]
    newest: Micros
    received: Micros
    stale: frozenset[str]
    """The metrics whose values are too old for rules."""

    @classmethod
    def of(cls, device: Device) -> Self:
        """The state of this device at present."""
        return cls(
            device.spec,
            device.profile,
            device.values,
            dict(device.times),
            device.newest,
            device.received,
            device.stale,
        )
