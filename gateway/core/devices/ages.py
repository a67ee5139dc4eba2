"""Values that become older than the highest age of their metric."""

from __future__ import annotations

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

    def begin(self, reached: Micros) -> None:
        """Everything is restored: set aside what is too old already."""
        for device in self._devices:
            for metric, age in device.ages.items():
                # What an earlier release has stored is as old as this run.
                device.said.update({metric: reached} if metric in device.times and metric not in device.said else {})
                self._due.put((device.spec.id, metric), device.said.get(metric, reached) + age)
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
            device = self._devices[name]
            due = device.said.get(metric, reached) + device.ages[metric]
            if due <= reached:
                self._devices.outdate(name, metric)
                due = reached + device.ages[metric]
            self._due.put(key, due)
