"""A seam for a part that is tested alone: what it emits, asks, publishes and sets is there to look at."""

from __future__ import annotations

from gateway.core.kernel.changes import Publication
from gateway.core.kernel.counters import Counters
from gateway.core.kernel.events import Event, Request
from gateway.core.kernel.part import Seam
from gateway.core.kernel.timers import Timers


class LoneSeam(Seam):
    """Delivers nothing."""

    def __init__(self, part: str, **counters: int) -> None:
        self.emitted: list[Event] = []
        self.asked: list[Request] = []
        self.published: list[Publication] = []
        self.timers = Timers()
        super().__init__(
            part,
            counters=Counters(counters),
            timers=self.timers,
            emit=self.emitted.append,
            ask=self.asked.append,
            publications=self.published,
        )

    def taken(self) -> list[Event]:
        """What was emitted since this was last called."""
        emitted, self.emitted[:] = self.emitted.copy(), []
        return emitted
