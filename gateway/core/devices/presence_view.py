"""Whether a device is heard, as people see it."""

from __future__ import annotations

import msgspec

from gateway.core.devices.device import Device
from gateway.core.devices.hearing import Hearing
from gateway.core.devices.watched import Presence, Watched
from gateway.core.kernel.times import Micros


class PresenceView(msgspec.Struct, frozen=True, gc=False):
    """Whether a device is heard: a copy."""

    state: Presence
    silent_since: Micros | None
    """When one that waits, is silent or unreachable was last heard, or first known; None otherwise."""
    waits_until: Micros | None = None
    """Of one that waits: when it is silent by itself at the latest, if the gateway goes on hearing; None otherwise, and
    while it does not hear."""
    waits_for: tuple[str, ...] = ()
    """Of one that waits: the devices whose word or silence it awaits."""


def view_of(watched: Watched | None, device: Device, hearing: Hearing) -> PresenceView:
    """Whether a device is heard; None where nobody expects it to send."""
    if watched is None:
        return PresenceView(Presence.UNWATCHED, None)
    match watched.state:
        case Presence.SILENT | Presence.UNREACHABLE:
            return PresenceView(watched.state, watched.since)
        case Presence.WAITING:
            due = max(watched.waits_until, watched.turn_until or 0)
            until = hearing.time_of(due) if hearing.is_on else None
            return PresenceView(watched.state, watched.since, until, watched.parents)
        case _:
            return PresenceView(Presence.HEARD if device.received else Presence.NEVER_HEARD, None)
