"""What devices tell the parts above."""

from __future__ import annotations

from gateway.core.kernel.events import Event
from gateway.core.kernel.times import Micros


class TagScanned(Event, frozen=True, kw_only=True):
    """A tag was held to a reader."""

    device: str
    """Of the reader."""
    uid: str
    """Upper-case hex without separators."""
    time: Micros
    """When it was scanned."""
    received: Micros
    """When the gateway heard of it."""
