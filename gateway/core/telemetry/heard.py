"""Until when the gateway has heard its devices, as the store is to know it."""

from __future__ import annotations

from gateway.core.kernel.blindness import Blindness
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.events import Event
from gateway.core.kernel.times import Micros


class Heard:
    """Follows the gateway's clock: a blindness keeps its length when the clock is set."""

    def __init__(self, blindness: Blindness) -> None:
        self._blindness = blindness
        self.saved: Micros = 0
        """Until when it has heard, as last saved."""
        self._before_start: Micros = 0
        """Until when an earlier run has heard; 0 if it never did."""
        self._is_clock_doubted = False

    def restore(self, reached: Micros, now: Micros) -> None:
        """An earlier run has heard until `reached`; since then the gateway is blind."""
        self._blindness.reached = reached
        self._blindness.since = self.saved = self._before_start = min(reached, now)

    def on(self, event: Event) -> None:
        """Know whether the gateway knows the time."""
        if isinstance(event, ClockDoubted):
            self._is_clock_doubted = True
        elif isinstance(event, ClockCorrected):
            self._is_clock_doubted = not event.is_certain

    def clock_set(self, by: Micros) -> bool:
        """Move the beginning of a blindness along. Returns whether what is saved has to move, too.

        Neither does where an earlier run has told it by a clock that was right, and this run's was in the past.
        """
        if by > 0 and self._is_clock_doubted and self._blindness.since == self._before_start:
            return False
        if self._blindness.since is not None:
            self._blindness.since += by
        return True
