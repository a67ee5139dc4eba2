"""How many messages came, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """Since the gateway began, or of one batch. One message can count under several."""

    received: int = 0
    stored: int = 0
    duplicate: int = 0
    retained: int = 0
    delayed: int = 0
    """Kept by the broker while the gateway was away, or by the device; its own time was believed."""
    clock_replaced: int = 0
    """The device's time stamp was unreadable or beyond its bounds; the time received stands in its place. Of several
    readings in one message it stands for the newest, and the others keep their distances to it."""
    rejected: int = 0
    """Messages of which nothing could be used."""
    rejected_metrics: int = 0

    def add(self, other: Counts) -> None:
        """Add another's numbers to these."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
