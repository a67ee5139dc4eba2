"""The part that records each scan of a tag."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from gateway.core.devices.events import TagScanned
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros


class Scan(msgspec.Struct, frozen=True, gc=False):
    """One scan of a tag by a reader: a row of the store."""

    number: int
    """Unique in the life of the store; scans are numbered in the order of arrival."""
    device: str
    """The reader."""
    uid: str
    time: Micros
    received: Micros


class Scans(Part):
    """Numbers and collects the scans of a site."""

    name: ClassVar[str] = "scans"

    def __init__(self, seam: Seam) -> None:
        self._seam = seam
        self._new: list[Scan] = []

    def on(self, event: Event) -> None:
        """Number a scan."""
        if isinstance(event, TagScanned):
            number = self._seam.counters.take("scan")
            self._new.append(Scan(number, event.device, event.uid, event.time, event.received))

    def finish(self) -> list[Scan] | None:
        """The scans of this step."""
        new = self._new
        if not new:
            return None
        self._new = []
        return new
