"""Which stamps of devices are believed, and whether they are of the past."""

from __future__ import annotations

from gateway.core.kernel.blindness import Blindness
from gateway.core.kernel.times import Micros
from gateway.core.profiles.profile import ClockTolerance


class Stamps:
    """Compares stamps with the time received and, while the gateway is blind, with the time since when it is."""

    def __init__(self, blindness: Blindness) -> None:
        self._blindness = blindness

    def believes(self, stamp: Micros, received: Micros, tolerance: ClockTolerance) -> bool:
        """Whether the device's stamp is used rather than the time received.

        What the broker kept while the gateway was blind comes late, but its stamps are right.
        """
        if received - tolerance.behind <= stamp <= received + tolerance.ahead:
            return True
        since = self._blindness.since
        return bool(since) and since is not None and since - tolerance.behind <= stamp < received

    def is_stale(self, stamp: Micros) -> bool:
        """Whether a retained state with this believed stamp says nothing new: it was made before the blindness."""
        since = self._blindness.since
        return since is None or stamp < since
