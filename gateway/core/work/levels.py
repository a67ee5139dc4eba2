"""Service levels: how soon a ticket is to be responded to, attended on site, and resolved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import Priority
from gateway.core.work.clocks import ClockKind
from gateway.core.work.holds import HoldReason
from gateway.core.work.sla import Deadlines

_PAUSED: Mapping[HoldReason, frozenset[ClockKind]] = {
    HoldReason.REPORTER: frozenset(ClockKind),
}


class Level(NamedTuple):
    """The targets of a ticket."""

    targets: Mapping[ClockKind, Micros]
    calendar: str | None = None


class ServiceLevels:
    """The targets of each priority."""

    def __init__(self, by_priority: Mapping[Priority, Deadlines]) -> None:
        self._by_priority = by_priority

    def of(self, category: str, priority: str, location: str | None) -> Level:
        """The targets of a ticket."""
        deadlines = self._by_priority[Priority(priority)]
        return Level(
            {
                ClockKind.RESPOND: deadlines.respond,
                ClockKind.ON_SITE: deadlines.on_site,
                ClockKind.RESOLVE: deadlines.resolve,
            }
        )

    def pauses(self, reason: HoldReason) -> frozenset[ClockKind]:
        """The clocks that a hold for this reason pauses."""
        return _PAUSED.get(reason, frozenset({ClockKind.RESOLVE}))
