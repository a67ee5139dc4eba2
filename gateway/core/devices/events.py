"""Events of devices."""

from __future__ import annotations

from gateway.core.kernel.events import Event
from gateway.core.kernel.times import Micros


class TagScanned(Event, frozen=True, kw_only=True):
    """A reader has scanned a tag."""

    device: str
    """The reader's id."""
    uid: str
    """Upper-case hex without separators."""
    time: Micros
    """When it was scanned."""
    received: Micros
    """When the gateway received it."""
