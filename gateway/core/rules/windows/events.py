"""Events of windows."""

from __future__ import annotations

from gateway.core.kernel.events import Event
from gateway.core.kernel.times import Micros


class WindowsMoved(Event, frozen=True, kw_only=True):
    """Time alone may have changed what is derived from a device's readings."""

    device: str
    time: Micros
    """The present, by the gateway's clock."""
