"""The part that writes down each tag that was held to a reader."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from gateway.core.devices.events import TagScanned
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros


class Scan(msgspec.Struct, frozen=True):
    """A tag was held to a reader: a row of the store."""

    number: int
    """Never used twice; the order in which scans came in."""
    device: str
    uid: str
    time: Micros
    received: Micros


class Scans(Part):
    """Numbers the scans of a site."""

    name: ClassVar[str] = "scans"

    def __init__(self, seam: Seam) -> None:
        self._seam = seam
        self._new: list[Scan] = []

    def on(self, event: Event) -> None:
        """A scan is written down as it comes."""
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
