"""Why work waits, and which clocks wait with it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gateway.core.work.clocks import ClockKind


class HoldReason(StrEnum):
    """What the work waits for."""

    PARTS = "parts"
    """A spare part that is not there."""
    ACCESS = "access"
    """Somebody who lets people in, or a time at which they may."""
    CONTRACTOR = "contractor"
    """Somebody of another firm."""
    REPORTER = "reporter"
    """An answer of the one who reported it."""
    WEATHER = "weather"
    """An end of the rain, the wind or the frost."""
    OTHER = "other"


Pauses = Mapping[HoldReason, frozenset[ClockKind]]
"""The clocks that a hold pauses, by its reason."""

_NOBODY_CAN_GO = frozenset({ClockKind.ON_SITE, ClockKind.RESOLVE})
_DONE_LATER = frozenset({ClockKind.RESOLVE})

PAUSES: Pauses = {
    # Nothing that a ticket waits for keeps somebody from accepting it, so no reason pauses `respond`. A reason that
    # nobody can check pauses nothing. A site may say otherwise.
    HoldReason.PARTS: _DONE_LATER,
    HoldReason.ACCESS: _NOBODY_CAN_GO,
    HoldReason.CONTRACTOR: _DONE_LATER,
    HoldReason.REPORTER: _NOBODY_CAN_GO,
    HoldReason.WEATHER: _NOBODY_CAN_GO,
    HoldReason.OTHER: frozenset(),
}
PAUSES_OF_EMERGENCIES = _DONE_LATER
"""The only clock of an emergency that pauses: somebody must answer and be there, whatever the work waits for then."""
