"""The turn of devices after blindness: for some time only what they say changes groups, and not time alone."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.core.devices.hearing import HearingInterval
from gateway.core.kernel.times import Micros
from gateway.core.rules.evaluation import CONFIRM_WITHIN


class Turn:
    """What a short hearing has used up of it is not given again: a link that comes and goes, or a gateway that restarts
    each minute, must not put off an alarm for ever."""

    def __init__(self) -> None:
        self.until: Micros = 0
        """When the present or latest one is over."""
        self._length: Micros = CONFIRM_WITHIN

    def restore(self, hearings: Iterable[HearingInterval]) -> None:
        """Earlier runs have heard, the earliest first. The last hearing ends with the blindness of the start."""
        for hearing in hearings:
            self.begin(hearing.since)
            if hearing.until is not None:
                self.end(hearing.until)

    def begin(self, now: Micros) -> None:
        """The gateway hears from now on."""
        self.until = now + self._length

    def end(self, since: Micros) -> None:
        """It hears no longer: what is left comes afterwards, or a whole turn where nothing is."""
        left = self.until - since
        self._length = left if 0 < left < CONFIRM_WITHIN else CONFIRM_WITHIN

    def clock_set(self, by: Micros) -> None:
        """The gateway's clock was set."""
        self.until += by if self.until else 0
