"""How many messages were received, and how many had each outcome."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """The counts of one batch, or since this run began. One message can count under several."""

    received: int = 0
    stored: int = 0
    duplicate: int = 0
    retained: int = 0
    delayed: int = 0
    """Readings from before, buffered by the broker or the device; their own time was believed."""
    stale: int = 0
    """Readings that a server heard too long ago and says again: stored at their time, but not evaluated."""
    clock_replaced: int = 0
    """Readings whose time stamp was unreadable or out of bounds; the time received replaces it. Of several readings in
    one message it replaces the newest stamp, and the others keep their distances to that."""
    rejected: int = 0
    """Whole messages."""
    decoder_failed: int = 0
    """Those among them on which a decoder failed: a bug of the gateway."""
    rejected_metrics: int = 0
    """Single metrics, and other parts of messages."""

    def add(self, other: Counts) -> None:
        """Add the other counts to these."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
