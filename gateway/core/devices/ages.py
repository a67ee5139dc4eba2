"""Values that become older than the highest age of their metric."""

from __future__ import annotations

from gateway.core.devices.attention import Attention
from gateway.core.devices.due import Due
from gateway.core.devices.latest import Devices
from gateway.core.kernel.times import Micros

MOST_CHECKED = 1000
"""Values that one sweep looks at, some 2 ms."""


class Ages:
    """Looks at each value that has a highest age when it may be too old, in hearing time."""

    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        self._due = Due[tuple[str, str]]()
        self._attention: dict[str, Attention] = {}
        """Of the devices with such values, by id."""

    def begin(self, reached: Micros) -> None:
        """Everything is restored: set aside what is too old already."""
        for device in self._devices:
            if device.attention is None or not device.attention.ages:
                continue
            attention = self._attention[device.spec.id] = device.attention
            said = attention.said
            for metric, age in attention.ages.items():
                # What an earlier release has stored is as old as this run.
                said.update({metric: reached} if metric in device.times and metric not in said else {})
                self._due.put((device.spec.id, metric), said.get(metric, reached) + age)
        self.sweep(reached)

    def earliest(self) -> Micros | None:
        """When the next value may be too old; None where none can be."""
        return self._due.earliest()

    def sweep(self, reached: Micros) -> None:
        """Set aside the values that are too old by now, or many of them."""
        for _ in range(MOST_CHECKED):
            if (key := self._due.pop(reached)) is None:
                return
            name, metric = key
            attention = self._attention[name]
            due = attention.said.get(metric, reached) + attention.ages[metric]
            if due <= reached:
                self._devices.outdate(name, metric)
                due = reached + attention.ages[metric]
            self._due.put(key, due)
